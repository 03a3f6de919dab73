"""Streams keep which version of its app a device said it runs."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("streams", sa.Column("app", sa.String(40)))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("streams", "app")
