"""Sites say when their rules run, and what their own codes mean."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sites", sa.Column("plan_at", sa.String(5)))
    op.add_column("sites", sa.Column("in_store", sa.String(500)))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("sites", "in_store")
    op.drop_column("sites", "plan_at")
