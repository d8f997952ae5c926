"""Core programs as z3 terms: finds records that meet conditions, or proves that there are none."""
