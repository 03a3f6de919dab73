"""The authority vouches for private addresses and local names only; the server's certificate follows its addresses and its end."""

import contextlib
import datetime
import ipaddress
import os
import plistlib
import socket
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from app import config
from app.lan import addresses, certifying, keeping
from app.lan.addresses import Place
from app.lan.profile import profile

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
HOME = Place(("192.168.1.20",), ("depot", "depot.local"))


class Machine:
    """A machine whose addresses and clock can change."""

    def __init__(self, folder: Path) -> None:
        self.place, self.now = HOME, NOW
        self.folder = folder / "tls"
        self.certificates = self.started_again()

    def started_again(self) -> keeping.Certificates:
        self.certificates = keeping.Certificates(self.folder, lambda: self.place, lambda: self.now)
        self.certificates.look()
        return self.certificates

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "server.pem").read_bytes())

    @property
    def authority(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "authority.pem").read_bytes())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def client(*trusted: x509.Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for one in trusted:
        context.load_verify_locations(
            cadata=certifying.both(one, certifying.make_key()).decode().partition("-----END PRIVATE KEY-----\n")[2]
        )
    return context


def shake(server: ssl.SSLContext, by: ssl.SSLContext, host: str) -> x509.Certificate:
    """Let a client that asks for a host meet a server, in memory; return the certificate it was shown, raise why it refused."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server.sslsocket_class = ssl.SSLSocket
    ours, theirs = server.wrap_bio(up, down, server_side=True), by.wrap_bio(down, up, server_hostname=host)
    for _ in range(10):
        try:
            theirs.do_handshake()
            return x509.load_der_x509_certificate(theirs.getpeercert(True) or b"")
        except ssl.SSLWantReadError:
            pass
        with contextlib.suppress(ssl.SSLWantReadError):
            ours.do_handshake()
    raise AssertionError("the handshake has no end")


def served(leaf: x509.Certificate, key: certifying.Key, folder: Path) -> ssl.SSLContext:
    (folder / "leaf.pem").write_bytes(certifying.both(leaf, key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    return context


def test_the_authority_makes_no_others_and_is_limited_critically(machine: Machine) -> None:
    authority = machine.authority
    by_name = {type(extension.value): extension for extension in authority.extensions}
    basic, usage = by_name[x509.BasicConstraints], by_name[x509.KeyUsage]
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.digital_signature) == (True, True, False)
    names = by_name[x509.NameConstraints]
    assert names.critical
    permitted = names.value.permitted_subtrees
    networks = {str(one.value) for one in permitted if isinstance(one, x509.IPAddress)}
    assert networks == {
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
    }  # fmt: skip
    assert {one.value for one in permitted if isinstance(one, x509.DNSName)} == {"local", "localhost", "depot"}
    assert authority.not_valid_after_utc - NOW == datetime.timedelta(days=3649)


def test_the_servers_certificate_is_one_that_phones_take(machine: Machine) -> None:
    leaf = machine.leaf
    assert certifying.names_of(leaf) == {"192.168.1.20", "127.0.0.1", "::1", "depot", "depot.local", "localhost"}
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=397)
    assert leaf.not_valid_before_utc < NOW
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    leaf.verify_directly_issued_by(machine.authority)


@pytest.mark.parametrize("host", ["192.168.1.20", "127.0.0.1", "::1", "localhost", "depot", "depot.local"])
def test_who_trusts_the_authority_trusts_the_server(machine: Machine, host: str) -> None:
    assert shake(machine.certificates.context, client(machine.authority), host) == machine.leaf


def test_who_does_not_trust_it_refuses(machine: Machine) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|self-signed"):
        shake(machine.certificates.context, client(), "192.168.1.20")


@pytest.mark.parametrize("host", ["example.com", "www.depot", "local.example.com", "8.8.8.8", "192.169.0.1", "2001:db8::1"])
def test_what_the_authority_signs_for_the_internet_is_refused(tmp_path: Path, host: str) -> None:
    """And an authority without constraints, the naive way, is believed."""
    key, server = certifying.make_key(), certifying.make_key()
    ours = certifying.make_authority(key, "depot", NOW)
    naive = x509.CertificateBuilder(ours.issuer, ours.subject, key.public_key(), ours.serial_number, ours.not_valid_before_utc, ours.not_valid_after_utc)  # fmt: skip
    for extension in ours.extensions:
        if not isinstance(extension.value, x509.NameConstraints):
            naive = naive.add_extension(extension.value, extension.critical)
    leaf = certifying.make_leaf(server, frozenset({host}), ours, key, NOW)
    context = served(leaf, server, tmp_path)
    wide = naive.sign(key, certifying.hashes.SHA256())
    assert shake(context, client(wide), host) == leaf
    if host == "www.depot":
        assert shake(context, client(ours), host) == leaf, "what is below the host's own name is its own"
        return
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake(context, client(ours), host)


def test_nobody_else_can_read_the_keys(machine: Machine) -> None:
    assert stat.S_IMODE(machine.folder.stat().st_mode) == 0o700
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in machine.folder.iterdir()}
    assert kept == {"authority.pem": 0o600, "server.pem": 0o600, ".lock": 0o600}


def test_a_restart_changes_nothing(machine: Machine) -> None:
    before = (machine.authority, machine.leaf)
    machine.now += 300 * DAY
    machine.started_again()
    assert (machine.authority, machine.leaf) == before


def test_a_new_address_is_certified_while_serving(machine: Machine) -> None:
    before, trusting = machine.certificates.context, client(machine.authority)
    assert not machine.certificates.look()
    machine.place = Place(("10.0.0.7", "192.168.1.20"), HOME.hosts)
    assert machine.certificates.look()
    assert shake(machine.certificates.context, trusting, "10.0.0.7") == machine.leaf
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        shake(before, trusting, "10.0.0.7")
    assert machine.certificates.primary == "10.0.0.7"


def test_without_any_network_the_certificate_stays(machine: Machine) -> None:
    before = machine.leaf
    machine.place = Place((), HOME.hosts)
    assert not machine.certificates.look()
    assert machine.leaf == before
    assert machine.certificates.primary == "192.168.1.20"


def test_a_certificate_is_renewed_a_month_before_its_end(machine: Machine) -> None:
    first, authority = machine.leaf, machine.authority
    machine.now += 366 * DAY - datetime.timedelta(seconds=1)
    assert not machine.certificates.look()
    machine.now += datetime.timedelta(seconds=1)
    assert machine.certificates.look()
    assert machine.leaf != first
    assert machine.authority == authority


def test_an_authority_at_its_end_is_replaced_and_its_certificates_too(machine: Machine) -> None:
    authority = machine.authority
    machine.now += 3620 * DAY
    machine.certificates.look()
    assert machine.authority != authority
    machine.leaf.verify_directly_issued_by(machine.authority)


def test_a_renamed_machine_keeps_its_authority_and_is_found_by_its_local_name(machine: Machine) -> None:
    authority = machine.authority
    machine.place = Place(HOME.addresses, ("hub", "hub.local"))
    machine.certificates.look()
    assert machine.authority == authority
    assert "hub.local" in certifying.names_of(machine.leaf)
    assert "hub" not in certifying.names_of(machine.leaf)


def test_a_second_process_serves_the_same_certificate(machine: Machine) -> None:
    other = keeping.Certificates(machine.folder, lambda: machine.place, lambda: machine.now)
    other.look()
    assert other.shown == machine.certificates.shown
    machine.place = Place(("10.0.0.7",), HOME.hosts)
    assert other.look()
    leaf = machine.leaf
    assert machine.certificates.look()
    assert machine.leaf == leaf


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_broken_server_certificate_is_made_anew(machine: Machine, broken: bytes) -> None:
    (machine.folder / "server.pem").write_bytes(broken)
    assert shake(machine.started_again().context, client(machine.authority), "192.168.1.20")


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"other key"])
def test_a_broken_authority_is_said_and_never_replaced(machine: Machine, broken: bytes) -> None:
    """Replacing it would cut off all devices that trust it, for what may be a wrong mount."""
    path = machine.folder / "authority.pem"
    content = certifying.both(machine.authority, certifying.make_key()) if broken == b"other key" else broken
    path.write_bytes(content)
    with pytest.raises(keeping.NoCertificates, match="can't be used"):
        machine.started_again()
    assert path.read_bytes() == content


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("")
    with pytest.raises(keeping.NoCertificates, match="can't be used"):
        Machine(tmp_path)


def test_iphones_get_the_authority_as_a_profile(machine: Machine) -> None:
    der, fingerprint, name = machine.certificates.shown
    found = plistlib.loads(profile(der, name))
    (inner,) = found["PayloadContent"]
    assert (found["PayloadType"], inner["PayloadType"]) == ("Configuration", "com.apple.security.root")
    assert x509.load_der_x509_certificate(inner["PayloadContent"]) == machine.authority
    assert profile(der, name) == profile(der, name)
    assert name == "ScanLedger on depot"
    assert len(fingerprint.split(":")) == 32


def test_a_tls_socket_never_waits_for_ever(machine: Machine) -> None:
    assert machine.certificates.context.sslsocket_class is keeping.Patient
    with ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_socket(socket.socket(), server_side=True) as plain:
        plain.setblocking(True)
        assert plain.gettimeout() is None
    with machine.certificates.context.wrap_socket(socket.socket(), server_side=True) as patient:
        patient.setblocking(True)
        assert patient.gettimeout() == keeping.EACH_READ


def test_this_machines_addresses_are_private_ones_that_others_can_reach() -> None:
    found = addresses.place(config.from_environment({}))
    for text in found.addresses:
        address = ipaddress.ip_address(text)
        assert config.is_private(address)
        assert not address.is_loopback
    assert len(found.hosts) in (0, 2)


def test_addresses_can_be_named() -> None:
    settings = config.from_environment({"LAN": "1", "LAN_ADDRESS": "192.168.7.1, fd00::7"})
    assert settings.lan
    assert addresses.place(settings).addresses == ("192.168.7.1", "fd00::7")
    for wrong in ("8.8.8.8", "depot", "192.168.1.0/24"):
        with pytest.raises(config.BadSetting, match="is no address"):
            config.from_environment({"LAN_ADDRESS": wrong})


@pytest.mark.parametrize(
    "name, hosts", [("Depot-3.example.com", ("depot-3", "depot-3.local")), ("localhost", ()), ("bad_name", ()), ("", ())]
)
def test_only_host_names_that_names_can_hold_are_certified(monkeypatch: pytest.MonkeyPatch, name: str, hosts: tuple[str, ...]) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: name)
    assert addresses.place(config.from_environment({"LAN_ADDRESS": "10.0.0.1"})).hosts == hosts


def test_the_umask_does_not_open_the_keys(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        machine = Machine(tmp_path)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in machine.folder.iterdir()} == {0o600}
