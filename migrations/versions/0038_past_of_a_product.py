"""What happened to a product is found in time: its holds by an index of their own, its moves among all of a place by the index."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

SIDES = ("source", "target")


def upgrade() -> None:
    """Make the indexes."""
    _moves("product_id")
    holds, noted = sa.text("task IN ('hold', 'release')"), sa.text("outcome = 'noted'")
    op.create_index("ix_scans_holds", "scans", ["site_id", "product_id", "occurred_at"], sqlite_where=holds, postgresql_where=holds)
    op.create_index("ix_resolutions_noted", "resolutions", ["site_id", "product_id"], sqlite_where=noted, postgresql_where=noted)


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_resolutions_noted", "resolutions")
    op.drop_index("ix_scans_holds", "scans")
    _moves()


def _moves(*more: str) -> None:
    for side in SIDES:
        op.drop_index(f"ix_moves_{side}", "moves")
        op.create_index(f"ix_moves_{side}", "moves", [f"{side}_id", "occurred_at", *more])
