"""Counts may have tolerances of their own for a product, a part of the site or an ABC class."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("counts", sa.Column("tolerances", sa.Text, nullable=True))


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("counts", "tolerances")
