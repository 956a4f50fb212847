"""Load, check and date the certificate files; build the TLS context for the API.

The API wants mutual TLS: a client certificate with its private key, and the CA certificate that vouches for the
server (docs/vendor-api.md, "Hosts and certificates"). Everything here reads files: call it in an executor.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
import ssl
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from .errors import CertificateError

PROBLEMS = (
    "file_missing",
    "file_unreadable",
    "not_pem",
    "certificate_expired",
    "certificate_not_yet_valid",
    "certificate_unusable",
    "key_mismatch",
    "password_missing",
    "password_wrong",
)
"""What can be wrong with a file: the `problem` of a `CertificateError`."""

# The first line of an encrypted key: PKCS #8, and the older form.
_ENCRYPTED: Final = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """The files of one account, all PEM. Without a `ca` the system's CA certificates are used."""

    certificate: Path
    private_key: Path
    private_key_password: str | None = field(default=None, repr=False)
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is made of the files: the TLS context and the end of the client certificate's validity."""

    context: ssl.SSLContext
    expires: datetime


def load(files: CertificateFiles) -> Credentials:
    """Check the files and build the TLS context from them.

    Raises CertificateError for the first file that cannot be used.
    """
    certificate = _load_certificate("certificate", files.certificate)
    _check_key(files, certificate)
    _check_dates(files, certificate)
    if files.ca:
        _load_certificate("ca", files.ca)
    return Credentials(_build_context(files), certificate.not_valid_after_utc)


def _build_context(files: CertificateFiles) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=files.ca)
    except ssl.SSLError as err:  # the file holds more than certificates
        raise CertificateError("ca", "not_pem", files.ca) from err
    try:
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(files.certificate, files.private_key, files.private_key_password or "")
    except ssl.SSLError as err:
        # OpenSSL also refuses short keys and weak signatures, which the checks above accept.
        raise CertificateError("certificate", "certificate_unusable", files.certificate) from err
    return context


def _read(file: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as err:
        raise CertificateError(file, "file_missing", path) from err
    except (OSError, ValueError) as err:
        raise CertificateError(file, "file_unreadable", path) from err


def _load_certificate(file: str, path: Path) -> x509.Certificate:
    data = _read(file, path)
    try:
        return x509.load_pem_x509_certificates(data)[0]
    except ValueError as err:
        raise CertificateError(file, "not_pem", path) from err


def _check_key(files: CertificateFiles, certificate: x509.Certificate) -> None:
    key = _load_key(files)
    if _public_bytes(key.public_key()) != _public_bytes(certificate.public_key()):
        raise CertificateError("private_key", "key_mismatch", files.private_key)


def _load_key(files: CertificateFiles) -> PrivateKeyTypes:
    path = files.private_key
    data = _read("private_key", path)
    encrypted = any(mark in data for mark in _ENCRYPTED)
    if encrypted and not files.private_key_password:
        raise CertificateError("private_key_password", "password_missing", path)
    # Ignore a password if the key is not encrypted.
    password = files.private_key_password.encode() if encrypted and files.private_key_password else None
    try:
        return load_pem_private_key(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        if encrypted:
            raise CertificateError("private_key_password", "password_wrong", path) from err
        raise CertificateError("private_key", "not_pem", path) from err


def _check_dates(files: CertificateFiles, certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if certificate.not_valid_after_utc < now:
        raise CertificateError("certificate", "certificate_expired", files.certificate)
    if certificate.not_valid_before_utc > now:
        raise CertificateError("certificate", "certificate_not_yet_valid", files.certificate)


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
