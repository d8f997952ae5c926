"""Proofs about checked programs: tables, overrides, properties, changes between two versions, why not.

Everything here takes programs (see ``core.program``) and gives findings or values; no files, no clock.
Whatever is shown as a counterexample was replayed by the reference interpreter before.
"""
