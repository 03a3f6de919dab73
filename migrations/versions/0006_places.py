"""Let locations have a place in the walk, one product only and check digits; let products and locations be searched.

What devices keep of a location has grown, so each one that people made gets a new number of its site's journal and is fetched again.
"""

import re
import secrets
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.String(1100).with_variant(postgresql.VARCHAR(1100, collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, fill them, index them."""
    op.add_column("sites", sa.Column("check_digits", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("sites", sa.Column("check_key", sa.String(64), nullable=False, server_default=""))
    op.add_column("locations", sa.Column("walk", sa.BigInteger, nullable=True))
    op.add_column("locations", sa.Column("walk_key", _KEY, nullable=False, server_default=""))
    op.add_column("locations", sa.Column("single_product", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("locations", sa.Column("search", sa.Text, nullable=False, server_default=""))
    op.add_column("products", sa.Column("search", sa.Text, nullable=False, server_default=""))
    fill()
    op.create_index("ix_locations_parent", "locations", ["parent_id", "walk_key"])


def fill() -> None:
    """Give every site a key, every location its place in the natural order, and everything the text by which it is searched."""
    tx = op.get_bind()
    for (site,) in tx.execute(sa.text("SELECT id FROM sites")).all():
        tx.execute(sa.text("UPDATE sites SET check_key = :key WHERE id = :site"), {"key": secrets.token_hex(16), "site": site})
    places = tx.execute(sa.text("SELECT id, site_id, code, name, kind, journal FROM locations ORDER BY site_id, journal")).all()
    numbers = {site: value for site, value in tx.execute(sa.text("SELECT site_id, value FROM journals"))}
    rows = []
    for one in places:
        number = one.journal
        if one.kind not in ("site", "virtual"):
            number = numbers[one.site_id] = numbers[one.site_id] + 1
        search = f"{_fold(one.code)}\n{_fold(one.name)}"
        rows.append({"id": one.id, "key": "~ " + _natural(one.code), "search": search, "journal": number})
    if rows:
        tx.execute(sa.text("UPDATE locations SET walk_key = :key, search = :search, journal = :journal WHERE id = :id"), rows)
    for site, value in numbers.items():
        tx.execute(sa.text("UPDATE journals SET value = :value WHERE site_id = :site"), {"value": value, "site": site})
    texts = {number: [sku, name] for number, sku, name in tx.execute(sa.text("SELECT id, sku, name FROM products"))}
    for number, code in tx.execute(sa.text("SELECT product_id, code FROM barcodes ORDER BY id")):
        texts[number].append(code)
    if texts:
        rows = [{"id": number, "search": "\n".join(map(_fold, parts))} for number, parts in texts.items()]
        tx.execute(sa.text("UPDATE products SET search = :search WHERE id = :id"), rows)


def _natural(code: str) -> str:
    return re.sub("[0-9]+", lambda found: f"{len(digits := found[0].lstrip('0') or '0'):03}{digits}", _fold(code))


def _fold(code: str) -> str:
    if code.isascii():
        return code.casefold()
    shown = "".join(c for c in unicodedata.normalize("NFKC", code) if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", shown.casefold())


def downgrade() -> None:
    """Take the columns away."""
    op.drop_index("ix_locations_parent", "locations")
    for table, columns in (
        ("products", ("search",)),
        ("locations", ("search", "single_product", "walk_key", "walk")),
        ("sites", ("check_key", "check_digits")),
    ):
        for column in columns:
            op.drop_column(table, column)
