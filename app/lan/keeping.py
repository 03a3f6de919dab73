"""Keep the certificates in DATA_DIR/tls, renew the server's own when addresses change or its end comes near, and hand out the newest.

The authority's key stays there with mode 0600, in no backup: a device that trusts it must be able to rely on it being in one place.
"""

import contextlib
import datetime
import fcntl
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.lan import certifying
from app.lan.addresses import Place

RENEWED = datetime.timedelta(days=30)
"""How long before its end a certificate is renewed."""
EACH_READ = 30.0
"""Seconds that one read or write may take, before its thread is given to somebody else."""
LOOKS = 5.0
"""Seconds between two looks at this machine's addresses."""


class NoCertificates(Exception):
    """Why there is no certificate to serve with, in a sentence."""


class Patient(ssl.SSLSocket):
    """A TLS socket whose waiting has an end."""

    def setblocking(self, flag: bool) -> None:
        """Wait for reads and writes, for EACH_READ seconds; or not at all."""
        self.settimeout(EACH_READ if flag else 0.0)


class Certificates:
    """An authority and the server's certificate, each made when there is none."""

    def __init__(self, folder: Path, place: Callable[[], Place], now: Callable[[], datetime.datetime] | None = None) -> None:
        self.folder, self.place = folder, place
        self.now = now or (lambda: datetime.datetime.now(datetime.UTC))
        self.names: frozenset[str] = frozenset()
        self.primary = ""
        self._context: ssl.SSLContext | None = None
        self._authority: x509.Certificate | None = None
        self._loaded = b""

    @property
    def context(self) -> ssl.SSLContext:
        """Return how to speak TLS now; a new object after each renewal, so that handshakes under way keep theirs."""
        assert self._context is not None, "look() comes first"
        return self._context

    @property
    def shown(self) -> tuple[bytes, str, str]:
        """Return what devices are shown of the authority: its certificate (DER), its fingerprint, its name."""
        assert self._authority is not None, "look() comes first"
        name = self._authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        return self._authority.public_bytes(serialization.Encoding.DER), certifying.fingerprint(self._authority), str(name)

    def look(self) -> bool:
        """Make, renew and load what is needed; tell whether there is something new. Raises NoCertificates."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with _alone(self.folder / ".lock"):
                return self._look()
        except (OSError, ValueError, TypeError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise NoCertificates(
                f"the certificates in {self.folder} can't be used ({' '.join(why.split())}). Make them readable, or move the folder away: "
                "new ones are made, which each device has to trust anew."
            ) from error

    def keep_looking(self, failed: Callable[[str], None]) -> None:
        """Look again all the time, in a thread of its own; what goes wrong is told and the old certificate stays."""

        def run() -> None:
            pause = threading.Event()
            while not pause.wait(LOOKS):
                try:
                    self.look()
                except NoCertificates as why:
                    failed(str(why))

        threading.Thread(target=run, name="certificates", daemon=True).start()

    def _look(self) -> bool:
        place, now = self.place(), self.now()
        authority, key = self._authority_and_key(place, now)
        wanted = frozenset({*place.addresses, *certifying.allowed(authority, (*place.hosts, "localhost")), "127.0.0.1", "::1"})
        self.primary = place.addresses[0] if place.addresses else self.primary
        path = self.folder / "server.pem"
        kept = path.read_bytes() if path.exists() else b""
        if not kept or not self._fits(kept, authority, wanted if place.addresses else None, now):
            fresh = certifying.make_key()
            leaf = certifying.make_leaf(fresh, wanted, authority, key, now)
            kept = certifying.both(leaf, fresh)
            _write(path, kept)
        if kept == self._loaded:
            return False
        self._context = _context(path)
        self.names = certifying.names_of(x509.load_pem_x509_certificate(kept))
        self._loaded, self._authority = kept, authority
        return True

    def _authority_and_key(self, place: Place, now: datetime.datetime) -> tuple[x509.Certificate, certifying.Key]:
        path = self.folder / "authority.pem"
        if path.exists():
            kept = path.read_bytes()
            found, key = x509.load_pem_x509_certificate(kept), serialization.load_pem_private_key(kept, None)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != found.public_key():
                raise ValueError(f"{path.name} holds another certificate's key")
            if found.not_valid_after_utc - now > RENEWED:
                return found, key
        key = certifying.make_key()
        found = certifying.make_authority(key, place.hosts[0] if place.hosts else "", now)
        _write(path, certifying.both(found, key))
        return found, key

    def _fits(self, kept: bytes, authority: x509.Certificate, wanted: frozenset[str] | None, now: datetime.datetime) -> bool:
        """Tell whether a kept certificate still serves; without any address there is nothing better."""
        try:
            leaf = x509.load_pem_x509_certificate(kept)
            leaf.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False
        return (
            leaf.not_valid_before_utc <= now
            and leaf.not_valid_after_utc - now > RENEWED
            and (wanted is None or certifying.names_of(leaf) == wanted)
        )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process of several make certificates; the others find them made."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(path)
    context.sslsocket_class = Patient
    return context


def _write(path: Path, content: bytes) -> None:
    """Put a file in place at once, readable by nobody else."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
