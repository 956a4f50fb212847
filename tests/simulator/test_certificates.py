"""The CA and what it signs."""

from pathlib import Path
import ssl

import pytest

from simulator import Certificates, Simulator


def load(certificate: Path, key: Path, password: str | None = None) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password)


def test_keys_fit_their_certificates(certificates: Certificates) -> None:
    load(certificates.client_certificate, certificates.client_key)
    load(certificates.client_certificate, certificates.encrypted_key, certificates.password)
    load(certificates.renewed_certificate, certificates.client_key)
    load(certificates.expired_certificate, certificates.client_key)
    load(certificates.foreign_certificate, certificates.foreign_key)


def test_the_other_key_does_not_fit(certificates: Certificates) -> None:
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        load(certificates.client_certificate, certificates.other_key)


def test_the_encrypted_key_wants_its_password(certificates: Certificates) -> None:
    with pytest.raises(ssl.SSLError):
        load(certificates.client_certificate, certificates.encrypted_key, "wrong")


def test_files_are_kept(tmp_path: Path) -> None:
    first = Certificates.issue(tmp_path).ca.read_bytes()
    assert Certificates.issue(tmp_path).ca.read_bytes() == first


@pytest.mark.parametrize("damage", ["missing", "expired", "unreadable"])
def test_files_are_made_anew_when_they_are_of_no_use(tmp_path: Path, damage: str) -> None:
    issued = Certificates.issue(tmp_path)
    first = issued.ca.read_bytes()
    match damage:
        case "missing":
            issued.client_key.unlink()
        case "expired":
            issued.server_certificate.write_bytes(issued.expired_certificate.read_bytes())
        case _:
            issued.server_certificate.write_text("not a certificate")
    assert Certificates.issue(tmp_path).ca.read_bytes() != first


async def test_a_restart_keeps_the_ca(tmp_path: Path) -> None:
    async with Simulator(tmp_path) as simulator:
        first = simulator.certificates.ca.read_bytes()
    async with Simulator(tmp_path) as simulator:
        assert simulator.certificates.ca.read_bytes() == first
