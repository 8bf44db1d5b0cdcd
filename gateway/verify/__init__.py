"""Prove that every route gives the same answers: those of the golden vectors, or of `native` on a user's input."""
