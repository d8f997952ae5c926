"""The store of running workflows and their append-only journal. Knows neither policies nor machines."""
