"""Sign in and out of the console, see to one's password; make the first administrator by the one-use setup link."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from app import audit, journal, limits, times, tokens
from app.db import reading, writing
from app.errors import Problem
from app.people import browser, ending, hashing, keeping, proving
from app.people.models import Person, Session, SetupLink
from app.text import fold, is_keepable, nfc, printable

LASTS = 12 * times.HOUR
KNOWN = 90 * times.DAY
"""How long a browser keeps its cookie: when the session is over, it tells that somebody signed in there before."""
FIRST_ROLES = ("administrator", "supervisor")
_TRIES_BY_NAME, _TRIES_BY_PLACE = 10, 30


class Whence(NamedTuple):
    """Where somebody signs in from; `session` is the one that the browser had, which ends."""

    address: str
    agent: str = ""
    session: bytes | None = None


class Signed(NamedTuple):
    """Who signed in; `cookie` and `csrf` are secrets of the browser."""

    person_id: int
    name: str
    cookie: str
    csrf: str


def sign_in(name: str, password: str, whence: Whence, code: str | None = None) -> Signed:
    """Begin a session; who has an authenticator gives a code too.

    Raises unauthorized, in the same time for a wrong password and an unknown name; code_needed, too_many_requests.
    """
    folded = fold(nfc(name).strip())
    by_name = tokens.digest(folded).hex()
    limits.attempt("sign_in_place", whence.address, _TRIES_BY_PLACE)
    with reading() as tx:
        tries = ("sign_in_name", by_name) if whence.session is None else _tries(tx, folded, by_name, whence.session)
    limits.attempt(*tries, _TRIES_BY_NAME)
    with reading() as tx:
        found = tx.execute(
            select(Person.id, Person.name, Person.password).where(Person.folded == folded, Person.archived_at.is_(None))
        ).one_or_none() if is_keepable(folded) else None  # fmt: skip
    if not hashing.fits(found.password if found else None, password) or found is None:
        _note_failed(found.id if found else None, whence, "password")
        raise Problem("unauthorized", "The name or the password is wrong.")
    limits.forgive("sign_in_place", whence.address)
    limits.forgive(*tries)
    has_authenticator = proving.enrolled(found.id)
    if has_authenticator:
        if not code:
            raise Problem("code_needed")
        try:
            proving.take(found.id, code)
        except Problem as problem:
            if problem.code == "code_needed":
                _note_failed(found.id, whence, "code")
            raise
    with writing() as tx:
        return _begin(tx, found.id, found.name, whence, proven=has_authenticator)


def _tries(tx: Connection, folded: str, by_name: str, session: bytes) -> tuple[str, str]:
    """Return what a browser's tries are counted by: where it holds a session of that person that nobody ended, by that, however old it
    is, so that guessing elsewhere doesn't keep them out; each such browser may guess as often as all others together."""
    mine = select(Session.token_hash).join(Person, Person.id == Session.person_id)
    known = tx.scalar(mine.where(Session.token_hash == session, Session.ended_at.is_(None), Person.folded == folded))
    return ("sign_in_name", by_name) if known is None else ("sign_in_known", session.hex())


def sign_out(session: bytes) -> None:
    """End a session."""
    with writing() as tx:
        person = tx.scalar(
            update(Session)
            .where(Session.token_hash == session, Session.ended_at.is_(None))
            .values(ended_at=times.now())
            .returning(Session.person_id)
        )
        if person is not None:
            audit.write(tx, "signed_out", f"person {person}")


def setup_needed(tx: Connection) -> bool:
    """Tell whether nobody can sign in yet."""
    return tx.scalar(select(Person.id).where(Person.password.is_not(None)).limit(1)) is None


def new_setup_link(tx: Connection) -> str:
    """Make the secret of a setup link and void the ones before it."""
    token, now = tokens.mint(), times.now()
    journal.lock(tx, journal.GLOBAL)
    tx.execute(update(SetupLink).where(SetupLink.spent_at.is_(None)).values(spent_at=now))
    tx.execute(insert(SetupLink), {"token_hash": tokens.digest(token), "created_at": now})
    audit.write(tx, "setup_link_made", "setup")
    return token


def set_up(token: str, name: str, password: str, whence: Whence) -> Signed:
    """Spend the setup link: make the person (or take the one of that name) administrator and supervisor of all sites, and sign in.

    Raises code_spent for a wrong or spent link, bad_request for a weak password.
    """
    name = keeping.plain(name)
    limits.attempt("setup", whence.address, _TRIES_BY_PLACE)
    hashing.check(password, name)
    mine, now = tokens.digest(token), times.now()
    with reading() as tx:
        if tx.scalar(select(SetupLink.id).where(SetupLink.token_hash == mine, SetupLink.spent_at.is_(None))) is None:
            raise Problem("code_spent", "This setup link is used, replaced by a newer one, or wrong.")
    kept = hashing.hashed(password)
    with writing() as tx:
        journal.lock(tx, journal.GLOBAL)
        spent = update(SetupLink).where(SetupLink.token_hash == mine, SetupLink.spent_at.is_(None)).values(spent_at=now)
        if tx.scalar(spent.returning(SetupLink.id)) is None:
            raise Problem("code_spent", "This setup link is used, replaced by a newer one, or wrong.")
        person = keeping.named(tx, name)
        if person is None:
            person = keeping.add(tx, name, roles=FIRST_ROLES, password=kept, reason="setup link")
        else:
            keeping.grant(tx, person, FIRST_ROLES, None)
            number = journal.take(tx, journal.GLOBAL)
            tx.execute(update(Person).where(Person.id == person).values(password=kept, archived_at=None, journal=number))
            audit.write(tx, "password_set", f"person {person}", after={"roles": FIRST_ROLES}, reason="setup link")
            ending.end(tx, person)
        shown = tx.scalar(select(Person.name).where(Person.id == person)) or name
        signed = _begin(tx, person, shown, whence)
    limits.forgive("setup", whence.address)
    return signed


def be_oneself(person_id: int, password: str, field: str) -> Any:
    """Return a signed-in person's name and password's hash where they know it. Raises bad_request, too_many_requests, as sign-ins do."""
    with reading() as tx:
        person = tx.execute(select(Person.name, Person.folded, Person.password).where(Person.id == person_id)).one()
    by_name = tokens.digest(person.folded).hex()
    limits.attempt("sign_in_name", by_name, _TRIES_BY_NAME)
    if not hashing.fits(person.password, password):
        raise Problem("bad_request", "That is not your password.", [{"field": field, "message": "That is not your password."}])
    limits.forgive("sign_in_name", by_name)
    return person


def change_password(person_id: int, session: bytes, old: str, new: str) -> None:
    """Give oneself another password, and end one's other sessions.

    Raises bad_request for a wrong old or a weak new one, changed, too_many_requests.
    """
    person = be_oneself(person_id, old, "old")
    hashing.check(new, person.name, "new")
    kept = hashing.hashed(new)
    with writing() as tx:
        journal.lock(tx, journal.GLOBAL)
        number = journal.take(tx, journal.GLOBAL)
        mine = update(Person).where(Person.id == person_id, Person.password == person.password)
        if not tx.execute(mine.values(password=kept, journal=number)).rowcount:
            raise Problem("changed", "The password was changed meanwhile.")
        audit.write(tx, "password_changed", f"person {person_id}")
        ending.end(tx, person_id, but=session)


def _begin(tx: Connection, person_id: int, name: str, whence: Whence, proven: bool = False) -> Signed:
    signed, now = Signed(person_id, name, tokens.mint(), tokens.mint()), times.now()
    if whence.session is not None:
        tx.execute(update(Session).where(Session.token_hash == whence.session, Session.ended_at.is_(None)).values(ended_at=now))
    tx.execute(
        insert(Session),
        {
            "token_hash": tokens.digest(signed.cookie), "person_id": person_id, "csrf": signed.csrf,
            "created_at": now, "expires_at": now + LASTS, "seen_at": now, "proven_at": now if proven else None,
            "address": printable(whence.address)[:60], "agent": browser.shortened(whence.agent),
        },
    )  # fmt: skip
    audit.write(tx, "signed_in", f"person {person_id}", after=_told(whence))
    return signed


def _note_failed(person_id: int | None, whence: Whence, wrong: str) -> None:
    """Write down that a sign-in failed: a name that is nobody's may be a password typed in the wrong place, so it isn't kept."""
    with writing() as tx:
        audit.write(tx, "sign_in_failed", f"person {person_id}" if person_id else "nobody", after=_told(whence) | {"wrong": wrong})


def _told(whence: Whence) -> dict[str, str]:
    return {"address": printable(whence.address)[:60], "browser": browser.shortened(whence.agent)}
