"""Checks every dependency's licence, in three languages, against allow.toml."""
