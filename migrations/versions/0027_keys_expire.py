"""Keys expire, may be for reading only, and say who made them and when they were last used."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns; keys that are there never expire."""
    with op.batch_alter_table("keys") as keys:
        keys.add_column(sa.Column("expires_at", sa.BigInteger(), nullable=True))
        keys.add_column(sa.Column("used_at", sa.BigInteger(), nullable=True))
        keys.add_column(sa.Column("reads_only", sa.Boolean(), server_default=sa.false(), nullable=False))
        keys.add_column(sa.Column("made_by", _NUMBER, nullable=True))
        keys.create_foreign_key(op.f("fk_keys_made_by"), "people", ["made_by"], ["id"])


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("keys") as keys:
        keys.drop_constraint(op.f("fk_keys_made_by"), type_="foreignkey")
        for name in ("made_by", "reads_only", "used_at", "expires_at"):
            keys.drop_column(name)
