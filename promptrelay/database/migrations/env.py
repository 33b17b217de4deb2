"""Alembic's entry: runs the migrations on the connection that `promptrelay.database.upgrade` holds."""

from __future__ import annotations

from alembic import context

from promptrelay.database.schema import metadata

# The caller's transaction carries the whole upgrade, so a migration that fails leaves nothing behind.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
