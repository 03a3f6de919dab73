"""Sessions say where they began and when they were last used, so that people can see and end them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; of those that are there nobody knows where they began."""
    op.add_column("sessions", sa.Column("seen_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("sessions", sa.Column("address", sa.String(length=60), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("agent", sa.String(length=80), server_default="", nullable=False))
    op.execute("UPDATE sessions SET seen_at = created_at")
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_sessions_person_id", "sessions")
    for name in ("agent", "address", "seen_at"):
        op.drop_column("sessions", name)
