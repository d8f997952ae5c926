"""Box algebra: rows of decision tables as products of sets of values, in big integers.

Nothing here knows records or findings: a ``Grid`` in; pairs of rows that meet, regions that no row covers,
rows that never answer out.
"""
