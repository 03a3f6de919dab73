"""A stream that goes by the id of another's has its own, and what it is called."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

UUID = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    """Add the column."""
    op.add_column("streams", sa.Column("said", UUID, nullable=True))
    op.create_index("ix_streams_said", "streams", ["said"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_streams_said", "streams")
    op.drop_column("streams", "said")
