"""Workflows: definitions as values, their checks, and what they mean over time. Knows neither policies
nor stores."""
