"""Index moves by place and time: new ones then go to the end of their place's range, and a look at one place is a range."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PLACES = ("source", "target")


def upgrade() -> None:
    """Leave the product out of the two indexes."""
    for place in PLACES:
        op.drop_index(f"ix_moves_{place}", "moves")
        op.create_index(f"ix_moves_{place}", "moves", [f"{place}_id", "occurred_at"])


def downgrade() -> None:
    """Put the product back between place and time."""
    for place in PLACES:
        op.drop_index(f"ix_moves_{place}", "moves")
        op.create_index(f"ix_moves_{place}", "moves", [f"{place}_id", "product_id", "occurred_at"])
