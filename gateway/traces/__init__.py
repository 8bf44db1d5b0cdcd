"""Traces of calls: stages of one call, its waterfall, the spans that processes export."""
