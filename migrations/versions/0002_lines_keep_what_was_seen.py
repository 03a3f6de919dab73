"""Lines keep all that the reconciliation showed of them, the product's name included: an export of it never changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lines", sa.Column("seen", sa.Text(), server_default="{}", nullable=False))
    op.add_column("lines", sa.Column("name", sa.String(length=200), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("lines", "name")
    op.drop_column("lines", "seen")
