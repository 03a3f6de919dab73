"""Above a value a count is approved by two persons."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the two persons differ, in the database too."""
    op.add_column("sites", sa.Column("second_above", sa.String(20), nullable=True))
    op.add_column("counts", sa.Column("second_above", sa.String(20), nullable=True))
    op.execute(
        f"ALTER TABLE counts ADD COLUMN seconded_by {'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'} "
        "CONSTRAINT fk_counts_seconded_by_people REFERENCES people (id) "
        "CONSTRAINT ck_counts_seconded_by_another CHECK (seconded_by <> approved_by)"
    )
    op.add_column("counts", sa.Column("seconded_at", sa.BigInteger, nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("counts", "seconded_at")
    op.drop_column("counts", "seconded_by")
    op.drop_column("counts", "second_above")
    op.drop_column("sites", "second_above")
