"""Sheets tell who closed them, and streams since which number of the journal all that they made is known."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute(
        f"ALTER TABLE sheets ADD COLUMN closed_by {'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'} "
        "CONSTRAINT fk_sheets_closed_by_people REFERENCES people (id)"
    )
    op.add_column("streams", sa.Column("heard_journal", sa.BigInteger, nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("streams", "heard_journal")
    op.drop_column("sheets", "closed_by")
