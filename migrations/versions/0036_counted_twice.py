"""A count, and a rule, may say that two people count each location."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for table in ("counts", "count_rules"):
        op.add_column(table, sa.Column("twice", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take them away."""
    for table in ("count_rules", "counts"):
        op.drop_column(table, "twice")
