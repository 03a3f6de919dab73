"""Settings, all of them from the environment, each with its default and meaning (docs/operating.md lists them)."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from app import times

MAX_BODY = 1 << 20
"""Bytes of a JSON body, before and after gunzip."""
MAX_IMPORT = 32 << 20
"""Bytes of an import file."""
PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128")
)
"""The networks that belong to nobody: the only addresses that `LAN=1` serves and certifies."""


PRINTER_PORT = 9100
"""Where label printers take raw jobs."""
_PRINTER = re.compile(r"([A-Za-z0-9_-]{1,40})=([A-Za-z0-9.:\[\]-]{1,260})(?:/(203|300))?")


class Printer(NamedTuple):
    """A label printer that may be printed on; it speaks ZPL."""

    name: str
    host: str
    port: int
    dpi: int


class BadSetting(Exception):
    """What is wrong with a setting, in a sentence."""


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    database_url: str
    data_dir: Path
    base_url: str | None
    demo: bool
    crash: str
    """Test only: `before-commit` or `after-commit` ends the process there (fault campaigns)."""
    lan: bool = False
    """Serve the local network with https, by a certificate authority of our own."""
    lan_addresses: tuple[str, ...] = ()
    """The addresses to certify; empty: those this machine has."""
    printers: tuple[Printer, ...] = ()
    """The only ones that labels are ever sent to."""
    plan_at: int | None = None
    """When counts are planned by rules each day, in ms after midnight UTC, where a site says nothing; None: not by the server itself."""
    approval_codes: str = "enrolled"
    """Whose approvals of counts need a code of an authenticator: `enrolled` (those who have one), `always`, `off`."""
    pepper: str = ""
    """What PINs are hashed with besides; empty: it lies in DATA_DIR."""
    in_store: str = ""
    """The codes that a shop makes for itself, as it writes them (`app/own_codes.py`), where a site says nothing."""

    @property
    def sqlite(self) -> bool:
        """Tell whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a PostgreSQL URL of any common spelling becomes psycopg 3's. Raises BadSetting."""
    data_dir = Path(env.get("DATA_DIR", "var")).resolve()
    url = env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'scanledger.db'}"
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            url = "postgresql+psycopg://" + url.removeprefix(old)
    if not url.startswith(("sqlite://", "postgresql+psycopg://")):
        kind = url.partition(":")[0][:40] if "://" in url else "something else"
        raise BadSetting(
            f"DATABASE_URL names a database of another kind ({kind!r}); only SQLite (sqlite:///FILE) and PostgreSQL "
            "(postgresql://USER:PASSWORD@HOST/NAME) are supported."
        )
    return Settings(
        database_url=url,
        data_dir=data_dir,
        base_url=_base(env.get("BASE_URL", "")),
        demo=env.get("DEMO", "1") != "0",
        crash=env.get("SCANLEDGER_CRASH", ""),
        lan=env.get("LAN", "0") not in ("", "0"),
        lan_addresses=_addresses(env.get("LAN_ADDRESS", "")),
        printers=_printers(env.get("PRINTERS", "")),
        pepper=_secret("PEPPER", env.get("PEPPER", "")),
        in_store=env.get("IN_STORE", ""),
        approval_codes=_one_of("APPROVAL_CODES", env.get("APPROVAL_CODES", "enrolled"), ("enrolled", "always", "off")),
        plan_at=_time_of_day("PLAN_AT", env.get("PLAN_AT", "04:00")),
    )


def _base(said: str) -> str | None:
    """Return what links begin with, None where nothing was said; raises BadSetting for what no link can begin with."""
    if said and not (said.startswith(("http://", "https://")) and urlsplit(said).hostname):
        raise BadSetting(f"BASE_URL={said[:80]} is no address; write https://stock.example.com.")
    return said.rstrip("/") or None


def _addresses(said: str) -> tuple[str, ...]:
    """Return the addresses of a list with commas; raises BadSetting for one that no local network has."""
    found = []
    for part in said.replace(",", " ").split():
        try:
            address = ipaddress.ip_address(part)
        except ValueError as error:
            raise BadSetting(f"LAN_ADDRESS={part[:40]} is no address; write 192.168.1.20.") from error
        if not is_private(address):
            raise BadSetting(f"LAN_ADDRESS={part[:40]} is no address of a local network; only private ones are certified.")
        found.append(str(address))
    return tuple(found)


def _one_of(name: str, said: str, words: tuple[str, ...]) -> str:
    """Return what was said; raises BadSetting where it is none of the words."""
    if said not in words:
        raise BadSetting(f"{name}={said[:40]} is none of {', '.join(words)}.")
    return said


def _secret(name: str, said: str) -> str:
    """Return what was said; raises BadSetting, which doesn't repeat it, where it is so short that it could be guessed."""
    if said and len(said) < 32:
        raise BadSetting(f"{name} is shorter than 32 characters; take random ones, as openssl rand -hex 32 gives.")
    return said


def _time_of_day(name: str, said: str) -> int | None:
    """Return ms after midnight of `04:00`, None of `off`; raises BadSetting."""
    try:
        return times.of_day(said)
    except ValueError as error:
        raise BadSetting(f"{name}={said[:40]} is no time of a day; write 04:00, or off.") from error


def _printers(said: str) -> tuple[Printer, ...]:
    """Return the printers of a list with commas, `dock=192.168.1.50:9100/203`; raises BadSetting."""
    found: dict[str, Printer] = {}
    for part in said.replace(",", " ").split():
        read = _PRINTER.fullmatch(part)
        try:
            where = urlsplit(f"//{read[2]}") if read else None
            host, port = (where.hostname, where.port) if where else (None, None)
        except ValueError:
            host, port = None, None
        if read is None or not host or port == 0 or read[1] in found:
            raise BadSetting(f"PRINTERS={part[:80]} names no printer; write dock=192.168.1.50:9100/203, each name once.")
        found[read[1]] = Printer(read[1], host, port or PRINTER_PORT, int(read[3] or 203))
    return tuple(found.values())


def is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address belongs to a network that nobody owns."""
    return any(address in network for network in PRIVATE)
