"""Posted lines keep what measures ask of them: the value that was expected, the product's class, and how often they were counted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SAYS = "lines are never changed or deleted"
_SQLITE = (
    "UPDATE lines SET expected_value = CAST(REPLACE(json_extract(seen, '$.expected_value'), '.', '') AS INTEGER), "
    "abc = COALESCE((SELECT p.abc FROM products p WHERE p.id = lines.product_id), ''), "
    "rounds = (SELECT COUNT(*) FROM json_each(lines.passes) e WHERE json_extract(e.value, '$[0]') IS NOT NULL)"
)
_POSTGRES = (
    "UPDATE lines SET expected_value = REPLACE(seen::json ->> 'expected_value', '.', '')::bigint, "
    "abc = COALESCE((SELECT p.abc FROM products p WHERE p.id = lines.product_id), ''), "
    "rounds = (SELECT COUNT(*) FROM json_array_elements(passes::json) e WHERE e ->> 0 IS NOT NULL)"
)


def upgrade() -> None:
    """Add them; lines that are there get them from what they keep, and the class that their product has now."""
    op.add_column("lines", sa.Column("expected_value", sa.BigInteger(), nullable=True))
    op.add_column("lines", sa.Column("abc", sa.String(length=1), server_default="", nullable=False))
    op.add_column("lines", sa.Column("rounds", sa.Integer(), server_default="0", nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER lines_no_update")
        op.execute(_SQLITE)
        op.execute(f"CREATE TRIGGER lines_no_update BEFORE UPDATE ON lines BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END")
    else:
        op.execute("ALTER TABLE lines DISABLE TRIGGER lines_never_changed")
        op.execute(_POSTGRES)
        op.execute("ALTER TABLE lines ENABLE TRIGGER lines_never_changed")


def downgrade() -> None:
    """Take them away."""
    for name in ("rounds", "abc", "expected_value"):
        op.drop_column("lines", name)
