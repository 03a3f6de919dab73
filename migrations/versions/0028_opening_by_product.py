"""Find what OPENING gave a product at a place by an index, for imports of stock take their rows in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
_OPENING = sa.text("kind = 'opening'")


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_moves_opening", "moves", ["product_id", "source_id", "target_id"], sqlite_where=_OPENING, postgresql_where=_OPENING
    )  # fmt: skip


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_moves_opening", table_name="moves")
