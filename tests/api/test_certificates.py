"""The certificate files: what is wrong with them, and what they are good for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
import pytest

from custom_components.stellantis.api.certificates import PROBLEMS, CertificateFiles, load
from custom_components.stellantis.api.errors import CertificateError
from simulator import Certificates

type Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

NOW = datetime.now(UTC).replace(microsecond=0)
PASSWORD = "pässword"


def elliptic() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def edwards() -> Key:
    return ed25519.Ed25519PrivateKey.generate()


def rivest() -> Key:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def weak() -> Key:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point


def write_certificate(path: Path, key: Key, *, since: int = -1, until: int = 30) -> Path:
    """Write a certificate that is valid from the one day to the other, as seen from today."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=NOW + timedelta(since),
        not_valid_after=NOW + timedelta(until),
    )
    made = builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def write_key(path: Path, key: Key, password: str | None = None, style: PrivateFormat = PrivateFormat.PKCS8) -> Path:
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, style, protection))
    return path


@pytest.fixture
def key() -> Key:
    return elliptic()


@pytest.fixture
def files(tmp_path: Path, key: Key) -> dict[str, Any]:
    """The files of an account that is well, to be spoilt."""
    return {
        "certificate": write_certificate(tmp_path / "client.pem", key),
        "private_key": write_key(tmp_path / "client.key", key),
        "ca": write_certificate(tmp_path / "ca.pem", elliptic()),
    }


def problem(files: dict[str, Any], **changes: Any) -> tuple[str, str]:
    """Tell which file has which problem."""
    with pytest.raises(CertificateError) as refusal:
        load(CertificateFiles(**files | changes))
    err = refusal.value
    assert err.problem in PROBLEMS
    # The path is for the user, the message for the log.
    assert err.path == str({**files, **changes}.get(err.file.removesuffix("_password")))
    assert str(err) == f"{err.file}: {err.problem}"
    return err.file, err.problem


@pytest.mark.parametrize("make_key", [elliptic, edwards, rivest])
def test_good_files(files: dict[str, Any], tmp_path: Path, make_key: Callable[[], Key]) -> None:
    key = make_key()
    files["certificate"] = write_certificate(tmp_path / "client.pem", key, until=42)
    files["private_key"] = write_key(tmp_path / "client.key", key)
    credentials = load(CertificateFiles(**files))
    assert credentials.expires == NOW + timedelta(42)
    assert credentials.context.verify_mode is ssl.CERT_REQUIRED
    assert credentials.context.check_hostname
    assert credentials.context.cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("style", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("make_key", [elliptic, rivest])
def test_the_key_may_be_encrypted(
    files: dict[str, Any], tmp_path: Path, make_key: Callable[[], Key], style: PrivateFormat
) -> None:
    key = make_key()
    files["certificate"] = write_certificate(tmp_path / "client.pem", key)
    files["private_key"] = write_key(tmp_path / "client.key", key, PASSWORD, style)
    assert load(CertificateFiles(**files, private_key_password=PASSWORD)).context
    for missing in (None, ""):
        assert problem(files, private_key_password=missing) == ("private_key_password", "password_missing")
    assert problem(files, private_key_password="wrong") == ("private_key_password", "password_wrong")


def test_a_password_that_no_key_needs_does_no_harm(files: dict[str, Any]) -> None:
    assert load(CertificateFiles(**files, private_key_password=PASSWORD)).context


def test_one_file_may_hold_the_certificate_its_chain_and_the_key(files: dict[str, Any], tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(b"".join(files[name].read_bytes() for name in ("certificate", "ca", "private_key")))
    assert load(CertificateFiles(**files | {"certificate": both, "private_key": both})).context


def test_without_a_ca_those_of_the_system_vouch(files: dict[str, Any]) -> None:
    context = load(CertificateFiles(**files | {"ca": None})).context
    assert context.cert_store_stats() == ssl.create_default_context().cert_store_stats()


def test_a_ca_file_may_hold_several_certificates(files: dict[str, Any], tmp_path: Path) -> None:
    second = write_certificate(tmp_path / "second.pem", elliptic())
    files["ca"].write_bytes(files["ca"].read_bytes() + b"\n# and another\n" + second.read_bytes())
    assert load(CertificateFiles(**files)).context.cert_store_stats()["x509"] == 2


@pytest.mark.parametrize(
    "more",
    [b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", b"-----BEGIN CERTIFICATE-----\nAAAA\n"],
)
def test_a_ca_file_with_more_than_certificates_is_refused(files: dict[str, Any], more: bytes) -> None:
    files["ca"].write_bytes(files["ca"].read_bytes() + more)
    assert problem(files) == ("ca", "not_pem")


FILES = ["certificate", "private_key", "ca"]


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing(files: dict[str, Any], tmp_path: Path, file: str) -> None:
    assert problem(files, **{file: tmp_path / "nowhere.pem"}) == (file, "file_missing")


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_cannot_be_read(files: dict[str, Any], tmp_path: Path, file: str) -> None:
    for path in (tmp_path, files[file] / "within", Path("no\0path")):
        assert problem(files, **{file: path}) == (file, "file_unreadable")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\x30\x82\x01\x0a\xff",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_a_file_that_is_not_pem(files: dict[str, Any], file: str, content: bytes) -> None:
    files[file].write_bytes(content)
    assert problem(files) == (file, "not_pem")


@pytest.mark.parametrize(
    ("file", "other"), [("certificate", "private_key"), ("private_key", "ca"), ("ca", "private_key")]
)
def test_a_file_in_the_place_of_another(files: dict[str, Any], file: str, other: str) -> None:
    assert problem(files, **{file: files[other]}) == (file, "not_pem")


def test_a_key_of_an_unknown_kind(files: dict[str, Any]) -> None:
    files["private_key"].write_bytes(b"-----BEGIN PRIVATE KEY-----\nMAwCAQAwBQYDKgMEBAA=\n-----END PRIVATE KEY-----\n")
    assert problem(files) == ("private_key", "not_pem")


@pytest.mark.parametrize("make_key", [elliptic, edwards, rivest])
def test_a_key_of_another_certificate(files: dict[str, Any], make_key: Callable[[], Key]) -> None:
    write_key(files["private_key"], make_key())
    assert problem(files) == ("private_key", "key_mismatch")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(-30, -1, "certificate_expired"), (1, 30, "certificate_not_yet_valid")],
)
def test_a_certificate_out_of_its_time(files: dict[str, Any], key: Key, since: int, until: int, expected: str) -> None:
    write_certificate(files["certificate"], key, since=since, until=until)
    assert problem(files) == ("certificate", expected)


def test_a_certificate_too_weak_for_tls(files: dict[str, Any]) -> None:
    key = weak()
    write_certificate(files["certificate"], key)
    write_key(files["private_key"], key)
    assert problem(files) == ("certificate", "certificate_unusable")


def test_what_the_simulator_issues(certificates: Certificates) -> None:
    files: dict[str, Any] = {
        "certificate": certificates.client_certificate,
        "private_key": certificates.encrypted_key,
        "private_key_password": certificates.password,
        "ca": certificates.ca,
    }
    assert load(CertificateFiles(**files)).expires > NOW
    assert problem(files, certificate=certificates.expired_certificate) == ("certificate", "certificate_expired")
    assert problem(files, private_key=certificates.other_key) == ("private_key", "key_mismatch")
