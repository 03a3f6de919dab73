"""A count keeps the journal's number of its first approval: what arrives between two approvals stays late."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the number; of a count that waits for its second approval it is that of its row."""
    op.add_column("counts", sa.Column("approved_journal", sa.BigInteger(), nullable=True))
    op.execute("UPDATE counts SET approved_journal = journal WHERE status = 'approved'")


def downgrade() -> None:
    """Take it away."""
    op.drop_column("counts", "approved_journal")
