"""A person may have roles in several sites; a session is of one of them, which they choose."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what a session chose."""
    op.add_column("sessions", sa.Column("site_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("sessions", "site_id")
