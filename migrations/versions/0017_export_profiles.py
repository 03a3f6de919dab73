"""Profiles of CSV files are kept by name, and a package remembers which it was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "export_profiles",
        sa.Column("site_id", number, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_export_profiles_site_id")),
        sa.PrimaryKeyConstraint("site_id", "name", name=op.f("pk_export_profiles")),
    )
    op.add_column("packages", sa.Column("profile", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("packages", "profile")
    op.drop_table("export_profiles")
