"""The lines of a count are kept as they stand, and what is decided about many at once can be undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTEWISE = sa.String(128).with_variant(postgresql.VARCHAR(128, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and the column that says which bulk decision a decision is of."""
    op.add_column("decisions", sa.Column("bulk_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "bulk_decisions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("count_id", _NUMBER, nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_bulk_decisions_count_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bulk_decisions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_decisions")),
    )
    op.create_index(op.f("ix_bulk_decisions_count_id"), "bulk_decisions", ["count_id"])
    op.create_table(
        "decisions_before",
        sa.Column("bulk_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("line", sa.String(40), nullable=False),
        sa.Column("decision", sa.String(7), nullable=True),
        sa.Column("reason_code", sa.String(200), nullable=True),
        sa.Column("note", sa.String(2000), nullable=True),
        sa.Column("lots", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("before_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_decisions.id"], name=op.f("fk_decisions_before_bulk_id")),
        sa.PrimaryKeyConstraint("bulk_id", "line", name=op.f("pk_decisions_before")),
    )
    _make_standing()


def _make_standing() -> None:
    op.create_table(
        "standings",
        sa.Column("count_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("products_journal", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_standings_count_id")),
        sa.PrimaryKeyConstraint("count_id", name=op.f("pk_standings")),
    )
    op.create_table(
        "standing_places",
        sa.Column("count_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("location_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("late", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_standing_places_count_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_standing_places_location_id")),
        sa.PrimaryKeyConstraint("count_id", "location_id", name=op.f("pk_standing_places")),
    )
    op.create_table(
        "standing_lines",
        sa.Column("count_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("line", sa.String(40), nullable=False),
        sa.Column("location_id", _NUMBER, nullable=False),
        sa.Column("place", _BYTEWISE, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("product_id", _NUMBER, nullable=True),
        sa.Column("sku", _BYTEWISE, nullable=False),
        sa.Column("lot", sa.String(200), nullable=True),
        sa.Column("abc", sa.String(1), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("counters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(11), nullable=False),
        sa.Column("automatic", sa.String(7), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("counted", "needs_lots", "unknown", "flagged", "adjusted", "priced")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("variance", "expected_value", "value")),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_standing_lines_count_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_standing_lines_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_standing_lines_product_id")),
        sa.PrimaryKeyConstraint("count_id", "line", name=op.f("pk_standing_lines")),
    )
    op.create_index("ix_standing_lines_location", "standing_lines", ["count_id", "location_id"])
    op.create_index("ix_standing_lines_place", "standing_lines", ["count_id", "place", "number"])
    op.create_index("ix_standing_lines_sku", "standing_lines", ["count_id", "sku", "place", "number"])
    op.create_index("ix_standing_lines_rank", "standing_lines", ["count_id", "rank", "place", "number"])
    op.create_table(
        "standing_shown",
        sa.Column("count_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("line", sa.String(40), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_standing_shown_count_id")),
        sa.PrimaryKeyConstraint("count_id", "line", name=op.f("pk_standing_shown")),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("standing_shown", "standing_lines", "standing_places", "standings", "decisions_before", "bulk_decisions"):
        op.drop_table(table)
    op.drop_column("decisions", "bulk_id")
