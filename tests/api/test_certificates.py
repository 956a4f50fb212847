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
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
import pytest

from custom_components.stellantis.api.certificates import (
    PROBLEMS,
    CertificateFiles,
    UploadedFile,
    check,
    load,
    write_private,
)
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


def test_a_ca_file_that_is_cut_off_is_refused(files: dict[str, Any]) -> None:
    files["ca"].write_bytes(files["ca"].read_bytes() + b"-----BEGIN CERTIFICATE-----\nAAAA\n")
    assert problem(files) == ("ca", "no_certificate")


NO_SUCH = {"certificate": "no_certificate", "private_key": "no_private_key", "ca": "no_certificate"}


FILES = ["certificate", "private_key", "ca"]


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing(files: dict[str, Any], tmp_path: Path, file: str) -> None:
    assert problem(files, **{file: tmp_path / "nowhere.pem"}) == (file, "file_missing")


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_cannot_be_read(files: dict[str, Any], tmp_path: Path, file: str) -> None:
    assert problem(files, **{file: Path("no\0path")}) == (file, "file_unreadable")
    assert problem(files, **{file: tmp_path}) == (file, "file_is_folder")
    assert problem(files, **{file: files[file] / "within"}) == (file, "file_missing")


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
def test_a_file_that_holds_something_else(files: dict[str, Any], file: str, content: bytes) -> None:
    files[file].write_bytes(content)
    assert problem(files) == (file, NO_SUCH[file])


@pytest.mark.parametrize(
    ("file", "other"), [("certificate", "private_key"), ("private_key", "ca"), ("ca", "private_key")]
)
def test_a_file_in_the_place_of_another(files: dict[str, Any], file: str, other: str) -> None:
    assert problem(files, **{file: files[other]}) == (file, NO_SUCH[file])


def test_a_key_of_an_unknown_kind(files: dict[str, Any]) -> None:
    files["private_key"].write_bytes(b"-----BEGIN PRIVATE KEY-----\nMAwCAQAwBQYDKgMEBAA=\n-----END PRIVATE KEY-----\n")
    assert problem(files) == ("private_key", "no_private_key")


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


# Other formats than PEM


def pem_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def pem_key(path: Path) -> Any:
    return load_pem_private_key(path.read_bytes(), None)


def write_pkcs12(path: Path, files: dict[str, Any], password: str = "", *, key: bool = True) -> Path:
    """Write one file with the certificate, the CA and, perhaps, the key."""
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    own = pem_key(files["private_key"]) if key else None
    chain = [pem_certificate(files["ca"])]
    path.write_bytes(
        serialize_key_and_certificates(None, own, pem_certificate(files["certificate"]), chain, protection)
    )
    return path


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_files_may_be_der(files: dict[str, Any], password: str | None) -> None:
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    key = pem_key(files["private_key"])
    files["private_key"].write_bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, protection))
    for name in ("certificate", "ca"):
        files[name].write_bytes(pem_certificate(files[name]).public_bytes(Encoding.DER))
    assert load(CertificateFiles(**files, private_key_password=PASSWORD)).context
    if password:
        assert problem(files) == ("private_key_password", "password_missing")
        assert problem(files, private_key_password="wrong") == ("private_key_password", "password_wrong")


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_one_pkcs12_file_may_hold_all(files: dict[str, Any], tmp_path: Path, password: str) -> None:
    store = write_pkcs12(tmp_path / "all.p12", files, password)
    credentials = load(CertificateFiles(certificate=store, private_key_password=PASSWORD))
    system = ssl.create_default_context().cert_store_stats()["x509_ca"]
    assert credentials.context.cert_store_stats()["x509_ca"] >= system
    assert credentials.context.cert_store_stats()["x509"] > ssl.create_default_context().cert_store_stats()["x509"]
    separate = CertificateFiles(certificate=store, private_key=store, ca=files["ca"], private_key_password=PASSWORD)
    assert load(separate).expires == credentials.expires


def test_the_password_of_a_pkcs12_file(files: dict[str, Any], tmp_path: Path) -> None:
    store = write_pkcs12(tmp_path / "all.p12", files, PASSWORD)
    for password, expected in ((None, "password_missing"), ("wrong", "password_wrong")):
        wrong = check(CertificateFiles(certificate=store, private_key_password=password))
        assert {(err.file, err.problem) for err in wrong} == {("private_key_password", expected)}


def test_a_file_that_should_hold_the_key_and_does_not(files: dict[str, Any], tmp_path: Path) -> None:
    store = write_pkcs12(tmp_path / "all.p12", files, key=False)
    for certificate in (files["certificate"], store):
        [err] = check(CertificateFiles(certificate=certificate))
        assert (err.file, err.problem, err.path) == ("private_key", "private_key_missing", str(certificate))


def test_a_pkcs12_file_without_certificate(files: dict[str, Any], tmp_path: Path) -> None:
    store = tmp_path / "key.p12"
    store.write_bytes(serialize_key_and_certificates(None, pem_key(files["private_key"]), None, None, NoEncryption()))
    [err] = check(CertificateFiles(certificate=store))
    assert (err.file, err.problem) == ("certificate", "no_certificate")


def test_a_chain_may_be_in_any_order(files: dict[str, Any], tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(b"".join(files[name].read_bytes() for name in ("private_key", "ca", "certificate")))
    assert load(CertificateFiles(certificate=both)).expires == load(CertificateFiles(**files)).expires


def test_files_that_are_on_no_disk(files: dict[str, Any]) -> None:
    sent: dict[str, Any] = {name: UploadedFile(path.name, path.read_bytes()) for name, path in files.items()}
    assert load(CertificateFiles(**sent)).expires
    [err] = check(CertificateFiles(**sent | {"ca": UploadedFile("ca.crt", b"hello")}))
    assert (err.file, err.problem, err.path) == ("ca", "no_certificate", "ca.crt")


def test_all_that_is_wrong_is_told_at_once(files: dict[str, Any], tmp_path: Path) -> None:
    wrong = {"certificate": tmp_path / "none.pem", "private_key": tmp_path, "ca": files["private_key"]}
    assert {err.file: err.problem for err in check(CertificateFiles(**wrong))} == {
        "certificate": "file_missing",
        "private_key": "file_is_folder",
        "ca": "no_certificate",
    }
    assert check(CertificateFiles(**files)) == []


def test_a_certificate_too_weak_for_tls_is_told_by_the_check(files: dict[str, Any]) -> None:
    key = weak()
    write_certificate(files["certificate"], key)
    write_key(files["private_key"], key)
    [err] = check(CertificateFiles(**files))
    assert (err.file, err.problem) == ("certificate", "certificate_unusable")


def test_a_renewed_certificate_has_another_fingerprint(files: dict[str, Any], key: Key) -> None:
    before = load(CertificateFiles(**files)).fingerprint
    assert load(CertificateFiles(**files)).fingerprint == before
    write_certificate(files["certificate"], key, until=60)
    assert load(CertificateFiles(**files)).fingerprint != before


def test_a_private_file_is_nobody_elses(tmp_path: Path) -> None:
    write_private(tmp_path / "secret", b"content")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "secret", b"content")
