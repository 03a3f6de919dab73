"""Seals: the rows that never change are sealed in a chain of hashes, which never changes either."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SAYS = "seals are never changed or deleted"


def upgrade() -> None:
    """Add the table, hold it, and let reversals of lines be found by their number."""
    op.create_table(
        "seals",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=36).with_variant(sa.UUID(as_uuid=False), "postgresql"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("upto >= first", name=op.f("ck_seals_range")),
        sa.PrimaryKeyConstraint("site_id", "number", name=op.f("pk_seals")),
    )
    op.create_index("ix_line_reversals_site_journal", "line_reversals", ["site_id", "journal"])
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER seals_never_{deed.lower()} BEFORE {deed} ON seals BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END")
        return
    for name, when in (("changed", "UPDATE OR DELETE ON seals FOR EACH ROW"), ("truncated", "TRUNCATE ON seals")):
        op.execute(f"CREATE TRIGGER seals_never_{name} BEFORE {when} EXECUTE FUNCTION never_changed()")


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_line_reversals_site_journal", "line_reversals")
    op.drop_table("seals")
