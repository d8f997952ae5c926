"""Steps from one schema of the store to the next, run by Alembic; they travel in the wheel."""
