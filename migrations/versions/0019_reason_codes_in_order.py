"""Reason codes have a place in the list, and may have another account for what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.add_column("reason_codes", sa.Column("account_found", sa.String(length=200), server_default="", nullable=False))
    op.add_column("reason_codes", sa.Column("place", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("reason_codes", "place")
    op.drop_column("reason_codes", "account_found")
