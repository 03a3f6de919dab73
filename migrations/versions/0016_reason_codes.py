"""Reason codes are a list that people extend; each names the account it is posted to."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KNOWN = ("damaged", "expired", "found", "lost", "miscount", "other", "unknown", "wrong_location")


def upgrade() -> None:
    """Add the table with the codes that the console and the app have offered so far."""
    codes = op.create_table(
        "reason_codes",
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("account", sa.String(length=200), server_default="", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_reason_codes")),
    )
    op.bulk_insert(codes, [{"code": code} for code in KNOWN])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("reason_codes")
