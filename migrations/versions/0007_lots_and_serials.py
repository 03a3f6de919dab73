"""Lots and serials: a resolution keeps the serial it read, a piece is found wherever it is, who holds what, what expires when."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and indexes."""
    op.add_column("resolutions", sa.Column("serial", sa.String(length=200), server_default="", nullable=False))
    some = sa.text("serial <> ''")
    op.create_index("ix_balances_serial", "balances", ["serial", "product_id"], sqlite_where=some, postgresql_where=some)
    key = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE holds ADD COLUMN person_id {key} CONSTRAINT fk_holds_person_id REFERENCES people (id)")
    op.create_index("ix_lots_expiry", "lots", ["expiry"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_lots_expiry", "lots")
    with op.batch_alter_table("holds") as holds:
        holds.drop_column("person_id")
    op.drop_index("ix_balances_serial", "balances")
    op.drop_column("resolutions", "serial")
