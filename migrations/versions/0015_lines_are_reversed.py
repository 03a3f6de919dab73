"""What a count posted for a line can be reversed, once; who did it and why is kept and never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SAYS = "line_reversals are never changed or deleted"


def upgrade() -> None:
    """Add the table, hold it, and let the moves of a line be found."""
    op.create_table(
        "line_reversals",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_line_reversals_site_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_line_reversals_person_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_line_reversals")),
    )
    here = sa.text("line_id IS NOT NULL")
    op.create_index("ix_moves_line", "moves", ["line_id"], sqlite_where=here, postgresql_where=here)
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER line_reversals_never_{deed.lower()} BEFORE {deed} ON line_reversals "
                f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
            )
        return
    for name, when in (("changed", "UPDATE OR DELETE ON line_reversals FOR EACH ROW"), ("truncated", "TRUNCATE ON line_reversals")):
        op.execute(f"CREATE TRIGGER line_reversals_never_{name} BEFORE {when} EXECUTE FUNCTION never_changed()")


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_moves_line", "moves")
    op.drop_table("line_reversals")
