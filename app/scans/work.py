"""What one recording works with: who sent what, and what is known and about to be stored."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.journal import Numbers
from app.ledger.posting import Book, Draft
from app.scans.codes import Named, Place
from app.scans.said import Item
from app.scans.sheets import Desk
from app.scans.streams import Clock, State


class Sender(NamedTuple):
    """Who sends an envelope: a device, or a person by key or session."""

    site_id: int
    device_id: int | None
    person_id: int | None
    tasks: frozenset[str] | None
    revoked: bool
    supervisor: bool
    floor: bool
    proof: bytes | None = None
    """The hash of a device's token that is yet to be proven."""
    hand: str | None = None
    """Who counts besides the badges that the scans name: see `sheets.hand`."""


@dataclass(slots=True)
class Envelope:
    """A batch as it was read."""

    sender: Sender
    items: list[Item]
    batch: str | None = None
    stream: str | None = None
    made: int | None = None
    sent_at: int | None = None
    courier: bool = False
    """Carried in a file: when it was sent says nothing about the device's clock."""
    app: str | None = None
    """Which version of its app the device says it runs."""
    xor: int | None = None
    """Of all ids that the stream has, as its sender says."""
    state: State | None = None
    """What its scans go into, while it is recorded."""

    @property
    def stream_id(self) -> str | None:
        """Return the stream that its scans are recorded in."""
        return None if self.state is None else self.state.id


@dataclass(slots=True)
class Known:
    """A scan that is stored (or about to be): what a resend or a void needs to know of it."""

    hash: bytes
    site_id: int
    device_id: int | None
    sender_id: int | None
    stream_id: str | None
    task: str
    operator: str | None
    outcome: str
    reason: str | None
    warnings: str
    journal: int
    location_id: int | None = None
    sheet_id: int | None = None
    voids: str | None = None
    quantity: int | None = None
    supervisor: bool = False
    """Of a void: whether a supervisor sent it."""


@dataclass(slots=True)
class Work:
    """What one transaction knows and is about to store."""

    tx: Connection
    site_id: int
    numbers: Numbers
    at: int
    known: dict[str, Known]
    voided: dict[str, list[Known]]
    names: dict[str, Named]
    people: dict[str, int | None]
    grants: dict[tuple[int, str], list[tuple[int, int]]] | None
    """From when until when who may work on which device; None: here that isn't asked."""
    virtual: dict[str, Place]
    book: Book
    desk: Desk
    held: set[tuple[int, str]]
    lots: dict[tuple[int, str], str | None]
    """When the lots that are known expire."""
    there: dict[int, dict[int, int]] = field(default_factory=dict)
    """On hand by product, of the places that take one product at a time and are posted to."""
    live: dict[int, int] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    clocks: dict[int, Clock] = field(default_factory=dict)
    extras: set[tuple[str, str]] = field(default_factory=set)
    scans: list[tuple[Any, ...]] = field(default_factory=list)
    conflicts: dict[tuple[str, bytes], tuple[Any, ...]] = field(default_factory=dict)
    malformed: dict[bytes, tuple[Any, ...]] = field(default_factory=dict)
    new_lots: dict[tuple[int, str], str | None] = field(default_factory=dict)
    """Lots that were met, with the expiry that a label told where none was known."""
    serials: set[tuple[int, int, str]] = field(default_factory=set)
    """Sheet, product and serial that were counted."""
    holds: dict[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)
    drafts: dict[str, list[tuple[int, Draft]]] = field(default_factory=dict)
    reversible: dict[str, list[Draft]] = field(default_factory=dict)
