"""A saved mapping of columns keeps how the file writes numbers and dates."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; mappings that are there are of files that write as we do."""
    op.add_column("import_mappings", sa.Column("decimal", sa.String(5), nullable=False, server_default="point"))
    op.add_column("import_mappings", sa.Column("dates", sa.String(10), nullable=False, server_default="YYYY-MM-DD"))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("import_mappings", "dates")
    op.drop_column("import_mappings", "decimal")
