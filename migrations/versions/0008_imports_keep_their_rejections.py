"""Every import keeps the rows it refused and can be cancelled; mappings of columns have names."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = "status IN ('running', 'done', 'failed')"
_SINCE = "status IN ('running', 'done', 'failed', 'cancelled')"


def upgrade() -> None:
    """Add what is new."""
    with op.batch_alter_table("imports") as batch:
        batch.drop_constraint(op.f("ck_imports_status"), type_="check")
        batch.alter_column("status", existing_type=sa.String(length=7), type_=sa.String(length=9), existing_nullable=False)
        batch.add_column(sa.Column("name", sa.String(length=200), server_default="", nullable=False))
        batch.add_column(sa.Column("rejected", sa.LargeBinary(), nullable=True))
        batch.create_check_constraint(op.f("ck_imports_status"), _SINCE)
        batch.create_index("ix_imports_created_at", ["created_at"])
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("site_id", sa.Integer(), server_default="0", nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), server_default="", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint("kind", "site_id", "name", name=op.f("uq_import_mappings_kind_site_id_name")),
    )


def downgrade() -> None:
    """Take it away; a cancelled import has failed."""
    op.drop_table("import_mappings")
    op.execute("UPDATE imports SET status = 'failed' WHERE status = 'cancelled'")
    with op.batch_alter_table("imports") as batch:
        batch.drop_index("ix_imports_created_at")
        batch.drop_constraint(op.f("ck_imports_status"), type_="check")
        batch.drop_column("rejected")
        batch.drop_column("name")
        batch.alter_column("status", existing_type=sa.String(length=9), type_=sa.String(length=7), existing_nullable=False)
        batch.create_check_constraint(op.f("ck_imports_status"), _BEFORE)
