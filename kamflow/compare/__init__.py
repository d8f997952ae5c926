"""Two versions of policies: what they decide differently, for whom, and a record that shows it.

Programs in, values out; proofs and boxes come from ``prove`` and ``tables``.
"""
