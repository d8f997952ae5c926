"""What Alembic runs: the steps, on the connection that ``schema.py`` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from kamflow.journal.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table="kamflow_version",  # a team's database may hold other schemas that Alembic keeps
    compare_type=True,
    transactional_ddl=False,  # the transaction is the caller's: all steps or none
)
context.run_migrations()
