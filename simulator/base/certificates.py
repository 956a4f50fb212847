"""The simulator's own CA and the certificates it signs, and a second CA that the servers do not trust."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
import ssl
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=825)
_RENEW_BEFORE = timedelta(days=1)

_generate_key = partial(generate_private_key, SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """PEM files in one folder.

    `client_certificate`, `renewed_certificate`, which is valid for longer, and `expired_certificate` belong to
    `client_key`. `encrypted_key` is the same key, encrypted with `password`. `other_key` belongs to no certificate. The
    `foreign_*` files are a client of the second CA.
    """

    ca: Path
    server_certificate: Path
    server_key: Path
    client_certificate: Path
    renewed_certificate: Path
    client_key: Path
    encrypted_key: Path
    other_key: Path
    expired_certificate: Path
    foreign_ca: Path
    foreign_certificate: Path
    foreign_key: Path
    password: str = "open sesame"  # noqa: S105 - a simulated key

    @classmethod
    def issue(cls, directory: Path, clocks: Collection[datetime] = ()) -> Self:
        """Use the files in the folder, or write all of them if one is missing or the server's expires soon. Blocks.

        New ones are valid at the present time of each of these clocks; by default, of the system's.
        """
        directory.mkdir(parents=True, exist_ok=True)
        certificates = cls(
            ca=directory / "ca.pem",
            server_certificate=directory / "server.pem",
            server_key=directory / "server.key",
            client_certificate=directory / "client.pem",
            renewed_certificate=directory / "renewed.pem",
            client_key=directory / "client.key",
            encrypted_key=directory / "client.encrypted.key",
            other_key=directory / "other.key",
            expired_certificate=directory / "expired.pem",
            foreign_ca=directory / "foreign-ca.pem",
            foreign_certificate=directory / "foreign.pem",
            foreign_key=directory / "foreign.key",
        )
        if not certificates._are_valid():
            certificates._write(clocks or [datetime.now(UTC)])
        return certificates

    def server_context(self) -> ssl.SSLContext:
        """Make the SSL context of a server that asks for no client certificate. Blocks."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_certificate, self.server_key)
        return context

    def mutual_context(self) -> ssl.SSLContext:
        """Make the SSL context of a server that requires a client certificate (mutual TLS). Blocks."""
        context = self.server_context()
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.ca)
        return context

    def public_context(self) -> ssl.SSLContext:
        """Make the SSL context of a client that trusts this CA and those of the system. Blocks."""
        context = ssl.create_default_context()
        context.load_verify_locations(self.ca)
        return context

    def _are_valid(self) -> bool:
        paths = (path for path in vars(self).values() if isinstance(path, Path))
        if not all(path.is_file() for path in paths):
            return False
        try:
            server = x509.load_pem_x509_certificate(self.server_certificate.read_bytes())
        except ValueError:
            return False
        return server.not_valid_after_utc - _RENEW_BEFORE > datetime.now(UTC)

    def _write(self, clocks: Collection[datetime]) -> None:
        valid = _Validity(min(clocks) - timedelta(hours=1), max(clocks) + _LIFETIME)
        renewed = _Validity(valid.since, valid.until + _LIFETIME)
        expired = _Validity(valid.since - 2 * _LIFETIME, valid.since - _LIFETIME)
        ca, foreign_ca = _Authority("Simulator", valid), _Authority("Foreign", valid)
        client_key, server_key, foreign_key = _generate_key(), _generate_key(), _generate_key()

        _write_certificate(self.ca, ca.certificate)
        _write_certificate(self.server_certificate, ca.sign_server(server_key))
        _write_key(self.server_key, server_key)
        _write_certificate(self.client_certificate, ca.sign_client(client_key))
        _write_certificate(self.renewed_certificate, ca.sign_client(client_key, renewed))
        _write_certificate(self.expired_certificate, ca.sign_client(client_key, expired))
        _write_key(self.client_key, client_key)
        _write_key(self.encrypted_key, client_key, self.password)
        _write_key(self.other_key, _generate_key())
        _write_certificate(self.foreign_ca, foreign_ca.certificate)
        _write_certificate(self.foreign_certificate, foreign_ca.sign_client(foreign_key))
        _write_key(self.foreign_key, foreign_key)


class _Validity(NamedTuple):
    """How long a certificate is good for."""

    since: datetime
    until: datetime


class _Authority:
    """A CA. Its key is in memory only, never in a file."""

    def __init__(self, name: str, valid: _Validity) -> None:
        self._key = _generate_key()
        self._valid = valid
        self._name = _name(f"{name} CA")
        usage = _key_usage(key_cert_sign=True, crl_sign=True)
        self.certificate = (
            _builder(self._name, self._name, self._key, valid)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def sign_server(self, key: EllipticCurvePrivateKey) -> x509.Certificate:
        """Sign a server certificate for localhost and 127.0.0.1."""
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        builder = self._leaf("localhost", key, ExtendedKeyUsageOID.SERVER_AUTH)
        return builder.add_extension(names, critical=False).sign(self._key, hashes.SHA256())

    def sign_client(self, key: EllipticCurvePrivateKey, valid: _Validity | None = None) -> x509.Certificate:
        """Sign a client certificate for the API."""
        builder = self._leaf("Simulator client", key, ExtendedKeyUsageOID.CLIENT_AUTH, valid)
        return builder.sign(self._key, hashes.SHA256())

    def _leaf(
        self,
        name: str,
        key: EllipticCurvePrivateKey,
        purpose: x509.ObjectIdentifier,
        valid: _Validity | None = None,
    ) -> x509.CertificateBuilder:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            _builder(_name(name), self._name, key, valid or self._valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(issuer, critical=False)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, valid: _Validity
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid.since)
        .not_valid_after(valid.until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: EllipticCurvePrivateKey, password: str | None = None) -> None:
    protection = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection))
