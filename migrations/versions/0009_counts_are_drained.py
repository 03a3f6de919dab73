"""Counts keep what proved at their approval that nothing was on its way, and why somebody approved without that."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    proof = sa.CheckConstraint("proof IN ('enforce', 'declare')", name="ck_sites_proof")
    op.add_column("sites", sa.Column("proof", sa.String(10), proof, nullable=False, server_default="declare"))
    op.add_column("counts", sa.Column("drained", sa.Text, nullable=True))
    op.add_column("counts", sa.Column("override", sa.String(2000), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("counts", "override")
    op.drop_column("counts", "drained")
    op.drop_column("sites", "proof")
