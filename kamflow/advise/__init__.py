"""One record: the smallest changes that would give another answer, and whether there are any."""
