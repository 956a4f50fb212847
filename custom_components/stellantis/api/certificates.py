"""Load, check and date the certificate files; build the TLS context for the API.

The API wants mutual TLS: a client certificate with its private key, and the CA certificate that vouches for the
server (docs/vendor-api.md, "Hosts and certificates"). Everything here reads files: call it in an executor.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
import os
from pathlib import Path
import secrets
import ssl
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates, load_pkcs12

from .errors import CertificateError

PROBLEMS = (
    "file_missing",
    "file_is_folder",
    "file_unreadable",
    "no_certificate",
    "no_private_key",
    "private_key_missing",
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
_PEM: Final = b"-----BEGIN "
# PKCS #12 begins with a sequence, the length of which takes up to nine bytes, and with the version 3 in it.
_PKCS12_VERSION: Final = b"\x02\x01\x03"
_PKCS12_HEADER: Final = 13


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was sent and is on no disk yet."""

    name: str
    content: bytes = field(repr=False)

    def read_bytes(self) -> bytes:
        """Return the content, as `Path.read_bytes` does."""
        return self.content

    def __str__(self) -> str:
        """Return the name, in the place of a path."""
        return self.name


type Source = Path | UploadedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """The files of one account: PEM, DER or PKCS #12.

    Without a `private_key` the file of the certificate holds it too. Without a `ca` the system's CA certificates are
    used, and the CA certificates in the file of the client certificate.
    """

    certificate: Source
    private_key: Source | None = None
    private_key_password: str | None = field(default=None, repr=False)
    ca: Source | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is made of the files: the TLS context, the end of the client certificate's validity, and a fingerprint.

    The fingerprint is another one if the files hold other certificates.
    """

    context: ssl.SSLContext
    expires: datetime
    fingerprint: str


@dataclass(slots=True)
class _Examined:
    """What has been found in the files, and what is wrong with them."""

    problems: list[CertificateError] = field(default_factory=list)
    key: PrivateKeyTypes | None = field(default=None, repr=False)
    certificates: list[x509.Certificate] = field(default_factory=list)
    authorities: list[x509.Certificate] = field(default_factory=list)

    def attempt[**P, T](self, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Take a step, and note what is wrong if it fails."""
        try:
            return step(*args, **kwargs)
        except CertificateError as err:
            self.problems.append(err)
            return None


def check(files: CertificateFiles) -> list[CertificateError]:
    """Return all that is wrong with the files; none if they can be used."""
    examined = _examine(files)
    if not examined.problems:
        examined.attempt(_build_context, files, examined)
    return examined.problems


def load(files: CertificateFiles) -> Credentials:
    """Check the files and build the TLS context from them.

    Raises CertificateError for the first file that cannot be used.
    """
    examined = _examine(files)
    if examined.problems:
        raise examined.problems[0]
    fingerprint = sha256(_der([*examined.certificates, *examined.authorities])).hexdigest()
    return Credentials(_build_context(files, examined), examined.certificates[0].not_valid_after_utc, fingerprint)


def _examine(files: CertificateFiles) -> _Examined:
    examined = _Examined()
    password = files.private_key_password
    certificates = examined.attempt(_load_certificates, "certificate", files.certificate, password) or []
    examined.key = examined.attempt(_load_key, files)
    if certificates:
        examined.certificates = _sort(certificates, examined.key)
        if examined.key:
            examined.attempt(_check_key, files, examined.certificates[0], examined.key)
        examined.attempt(_check_dates, files, examined.certificates[0])
    if files.ca:
        examined.authorities = examined.attempt(_load_certificates, "ca", files.ca, password) or []
    return examined


def _sort(certificates: list[x509.Certificate], key: PrivateKeyTypes | None) -> list[x509.Certificate]:
    """Put the certificate of the key first, as TLS wants it: tools write a chain in either order."""
    return sorted(certificates, key=lambda each: key is None or not _belongs(key, each))


def _build_context(files: CertificateFiles, examined: _Examined) -> ssl.SSLContext:
    if files.ca:
        context = ssl.create_default_context(cadata=_der(examined.authorities))
    else:
        context = ssl.create_default_context()
        if roots := [each for each in examined.certificates[1:] if each.issuer == each.subject]:
            context.load_verify_locations(cadata=_der(roots))
    try:
        _load_chain(context, examined)
    except ssl.SSLError as err:
        # OpenSSL also refuses short keys and weak signatures, which the checks above accept.
        raise CertificateError("certificate", "certificate_unusable", files.certificate) from err
    return context


def _load_chain(context: ssl.SSLContext, examined: _Examined) -> None:
    """Give the context the certificate and its key. OpenSSL takes them from a file only: the key is encrypted in it."""
    if TYPE_CHECKING:
        assert examined.key  # nothing is wrong with the files
    password = secrets.token_hex()
    key = examined.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    chain = b"".join(each.public_bytes(Encoding.PEM) for each in examined.certificates)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "client.pem"
        write_private(path, key + chain)
        context.load_cert_chain(path, password=password)


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that nobody else can read, at no time."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _read(file: str, source: Source) -> bytes:
    try:
        return source.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as err:
        raise CertificateError(file, "file_missing", source) from err
    except IsADirectoryError as err:
        raise CertificateError(file, "file_is_folder", source) from err
    except (OSError, ValueError) as err:
        raise CertificateError(file, "file_unreadable", source) from err


def _load_certificates(file: str, source: Source, password: str | None) -> list[x509.Certificate]:
    data = _read(file, source)
    try:
        if _PEM in data:
            found = x509.load_pem_x509_certificates(data)
            if len(found) == data.count(_PEM + b"CERTIFICATE-----"):
                return found
        elif _is_pkcs12(data):
            store = _open_pkcs12(source, data, password)
            own = [store.cert] if store.cert else []
            if found := [each.certificate for each in (*own, *store.additional_certs)]:
                return found
        else:
            return [x509.load_der_x509_certificate(data)]
    except ValueError as err:
        raise CertificateError(file, "no_certificate", source) from err
    raise CertificateError(file, "no_certificate", source)


def _load_key(files: CertificateFiles) -> PrivateKeyTypes:
    source = files.private_key or files.certificate
    data = _read("private_key" if files.private_key else "certificate", source)
    key: PrivateKeyTypes | None
    try:
        if _PEM in data:
            key = _load_pem_key(source, data, files.private_key_password)
        elif _is_pkcs12(data):
            key = _open_pkcs12(source, data, files.private_key_password).key
        else:
            key = _load_der_key(source, data, files.private_key_password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise _no_key(files) from err
    if key is None:
        raise _no_key(files)
    return key


def _no_key(files: CertificateFiles) -> CertificateError:
    if files.private_key:
        return CertificateError("private_key", "no_private_key", files.private_key)
    return CertificateError("private_key", "private_key_missing", files.certificate)


def _load_pem_key(source: Source, data: bytes, password: str | None) -> PrivateKeyTypes:
    if not any(mark in data for mark in _ENCRYPTED):
        return load_pem_private_key(data, None)
    return _decrypt(source, password, lambda given: load_pem_private_key(data, given))


def _load_der_key(source: Source, data: bytes, password: str | None) -> PrivateKeyTypes:
    try:
        return load_der_private_key(data, None)
    except TypeError:  # it is encrypted
        return _decrypt(source, password, lambda given: load_der_private_key(data, given))


def _is_pkcs12(data: bytes) -> bool:
    return data.startswith(b"\x30") and _PKCS12_VERSION in data[:_PKCS12_HEADER]


def _open_pkcs12(source: Source, data: bytes, password: str | None) -> PKCS12KeyAndCertificates:
    for none in (None, b""):  # tools differ in what they take for no password
        try:
            return load_pkcs12(data, none)
        except ValueError:
            continue
    return _decrypt(source, password, lambda given: load_pkcs12(data, given))


def _decrypt[T](source: Source, password: str | None, decrypt: Callable[[bytes], T]) -> T:
    if not password:
        raise CertificateError("private_key_password", "password_missing", source)
    try:
        return decrypt(password.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise CertificateError("private_key_password", "password_wrong", source) from err


def _check_key(files: CertificateFiles, certificate: x509.Certificate, key: PrivateKeyTypes) -> None:
    if not _belongs(key, certificate):
        raise CertificateError("private_key", "key_mismatch", files.private_key or files.certificate)


def _check_dates(files: CertificateFiles, certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if certificate.not_valid_after_utc < now:
        raise CertificateError("certificate", "certificate_expired", files.certificate)
    if certificate.not_valid_before_utc > now:
        raise CertificateError("certificate", "certificate_not_yet_valid", files.certificate)


def _belongs(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    return _public_bytes(key.public_key()) == _public_bytes(certificate.public_key())


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _der(certificates: Iterable[x509.Certificate]) -> bytes:
    return b"".join(each.public_bytes(Encoding.DER) for each in certificates)
