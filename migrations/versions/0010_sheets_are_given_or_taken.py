"""Sheets keep why a person closed them, and whether they were given: those that somebody took are free again after a while."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nobody knows who took a sheet before, so all stay theirs."""
    op.add_column("sheets", sa.Column("given", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("sheets", sa.Column("reason", sa.String(2000), nullable=False, server_default=""))
    op.execute("UPDATE sheets SET given = (1 = 1) WHERE operator IS NOT NULL")


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("sheets", "reason")
    op.drop_column("sheets", "given")
