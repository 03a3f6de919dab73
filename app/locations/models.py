"""What is kept of places: sites, and the tree of locations in each."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db

KINDS = ("site", "zone", "aisle", "bin", "dock", "staging", "virtual")
VIRTUAL = ("SUPPLIER", "CUSTOMER", "PRODUCTION", "VARIANCE", "SCRAP", "OPENING", "TRANSIT")
"""Reserved in each site: where stock comes from and goes to."""
_Bytewise = String(1100).with_variant(postgresql.VARCHAR(1100, collation="C"), "postgresql")
"""A text that both engines order byte by byte."""


class Site(db.Model):  # type: ignore[name-defined,misc]
    """One site: its own journal, its own tree of locations."""

    __tablename__ = "sites"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    code: Mapped[str] = mapped_column(String(128), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    independence: Mapped[str] = mapped_column(String(10), default="enforce", server_default="enforce")
    proof: Mapped[str] = mapped_column(String(10), default="declare", server_default="declare")
    second_above: Mapped[str | None] = mapped_column(String(20))
    """Above this value of its accepted variances a count takes two approvals."""
    plan_at: Mapped[str | None] = mapped_column(String(5))
    """When its rules run each day, `04:00` UTC or `off`; None: as the server was started."""
    in_store: Mapped[str | None] = mapped_column(String(500))
    """What its own codes mean (`app/own_codes.py`); None: as the server was started."""
    pin: Mapped[str] = mapped_column(String(10), default="off", server_default="off")
    """Whether who scans with a device must have proven it by PIN."""
    idle_minutes: Mapped[int | None] = mapped_column()
    """After so long without use a device asks for the PIN again; null: never."""
    last_count: Mapped[int] = mapped_column(default=0, server_default="0")
    check_digits: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    check_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (
        CheckConstraint("independence IN ('enforce', 'declare')", name="independence"),
        CheckConstraint("proof IN ('enforce', 'declare')", name="proof"),
        CheckConstraint("pin IN ('off', 'required')", name="pin"),
    )


class Location(db.Model):  # type: ignore[name-defined,misc]
    """A place with a printed code. `path` is `/1/7/42/`: the ids from the site's root down to this one.

    `walk_key` is its place in the walking order, `search` what it is found by; whoever writes code, name or walk writes them too.
    """

    __tablename__ = "locations"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    code: Mapped[str] = mapped_column(String(128))
    folded: Mapped[str] = mapped_column(String(400))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    path: Mapped[str] = mapped_column(String(400))
    blocked: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    single_product: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    walk: Mapped[int | None] = mapped_column(BigInteger)
    walk_key: Mapped[str] = mapped_column(_Bytewise, default="", server_default="")
    search: Mapped[str] = mapped_column(Text, default="", server_default="")
    archived_at: Mapped[int | None] = mapped_column(Ms)
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        UniqueConstraint("site_id", "folded"),
        CheckConstraint("kind IN ('site', 'zone', 'aisle', 'bin', 'dock', 'staging', 'virtual')", name="kind"),
        Index("ix_locations_site_code", "site_id", "code"),
        Index("ix_locations_site_journal", "site_id", "journal"),
        Index("ix_locations_path", "path"),
        Index("ix_locations_parent", "parent_id", "walk_key"),
    )
