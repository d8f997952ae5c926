"""Workflows joined with policies and with the journal: linked, proved, run, reviewed, replayed."""
