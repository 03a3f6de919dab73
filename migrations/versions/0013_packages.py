"""Packages of a posted count are numbered, and what they held is remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "packages",
        sa.Column("count_id", number, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.String(length=64), nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_packages_count_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_packages_person_id")),
        sa.PrimaryKeyConstraint("count_id", "number", name=op.f("pk_packages")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("packages")
