"""Rules say all that may hold for a count: tolerances by what is counted, and when a second person approves."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.add_column("count_rules", sa.Column("tolerances", sa.Text(), nullable=True))
    op.add_column("count_rules", sa.Column("second_above", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("count_rules", "second_above")
    op.drop_column("count_rules", "tolerances")
