"""Make the two certificates: an authority that can vouch for private addresses and local names only, and the server's own.

Both are ECDSA P-256. The constraints are critical, so whoever steals the authority's key can't use it against a bank: devices refuse
what it signs for any name of the internet.
"""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.config import PRIVATE

AUTHORITY_LASTS = datetime.timedelta(days=3650)
LEAF_LASTS = datetime.timedelta(days=397)
"""The longest that browsers took from any authority, kept for private ones too (Apple: 825 days)."""
EARLIER = datetime.timedelta(days=1)
"""How much before now they begin, for devices whose clock is behind."""
LOCAL = ("localhost", "local")

Key = ec.EllipticCurvePrivateKey


def make_key() -> Key:
    """Return a new private key."""
    return ec.generate_private_key(ec.SECP256R1())


def make_authority(key: Key, host: str, now: datetime.datetime) -> x509.Certificate:
    """Return an authority for private addresses, `.local`, and this host; it can't make others."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ScanLedger"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"ScanLedger on {host or 'this network'}"[:64]),
        ]
    )
    names: list[x509.GeneralName] = [x509.DNSName(one) for one in (*LOCAL, *([host] if host else []))]
    names += [x509.IPAddress(network) for network in PRIVATE]
    return (
        _begun(name, name, key.public_key(), now, now - EARLIER + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def make_leaf(key: Key, names: frozenset[str], authority: x509.Certificate, authority_key: Key, now: datetime.datetime) -> x509.Certificate:
    """Return the server's certificate for these addresses and hosts, signed by the authority."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ScanLedger server")])
    ends = min(now - EARLIER + LEAF_LASTS, authority.not_valid_after_utc)
    issuer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _begun(subject, authority.subject, key.public_key(), now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in sorted(names)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def names_of(leaf: x509.Certificate) -> frozenset[str]:
    """Return the addresses and hosts a certificate is for."""
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return frozenset(str(name.value) for name in names)


def allowed(authority: x509.Certificate, hosts: tuple[str, ...]) -> list[str]:
    """Return those of these hosts that the authority may vouch for: a machine that was renamed keeps its authority."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    ends = tuple(str(name.value) for name in permitted if isinstance(name, x509.DNSName))
    return [host for host in hosts if any(host == end or host.endswith(f".{end}") for end in ends)]


def both(certificate: x509.Certificate, key: Key) -> bytes:
    """Return a key and its certificate as one PEM file."""
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + certificate.public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return a certificate's SHA-256 in the form that phones show."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime, ends: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(ends)
    )


def _usage(digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature, key_cert_sign=key_cert_sign, crl_sign=crl_sign, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
