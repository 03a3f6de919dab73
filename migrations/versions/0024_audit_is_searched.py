"""The audit trail is searched by time, deed and person."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_audit_at", "audit", ["site_id", "at"])
    op.create_index("ix_audit_deed", "audit", ["site_id", "deed", "journal"])
    op.create_index("ix_audit_person", "audit", ["site_id", "person_id", "journal"])


def downgrade() -> None:
    """Drop them."""
    for name in ("ix_audit_person", "ix_audit_deed", "ix_audit_at"):
        op.drop_index(name, "audit")
