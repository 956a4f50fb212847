"""`python -m tests.browser.vendor_process`: a vendor that errs as it is told, and one that nobody vouches for.

The first argument is the folder of the certificates of the demo's vendor, the second an empty one. In the second are
then the files of people who take the wrong file, or all in one file. The first line of output says where the vendors
are. Each line of input is JSON, the arguments of `err`; it is answered by an empty line.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import sys
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from simulator import Certificates, Fault, Simulator

ACCOUNT = ("id_token", "registered_to_plan", "forgetful", "subject")


def err(
    vendor: Simulator,
    *,
    account: Mapping[str, Any] | None = None,
    app: Mapping[str, Any] | None = None,
    consent: str = "",
    fault: Mapping[str, Any] | None = None,
) -> None:
    """Make an account, the apps, the consent page or the answers wrong in this way, and the rest right again."""
    vendor.faults.clear()
    if fault:
        vendor.faults.add(Fault(times=None, **fault))
    vendor.consent_error = consent
    right = Simulator(Path())
    for name in ACCOUNT:
        for key, each in right.accounts.items():
            setattr(vendor.accounts[key], name, (account or {}).get(name, getattr(each, name)))
    vendor.apps.update({client_id: replace(each, **(app or {})) for client_id, each in right.apps.items()})


def write_files(certificates: Certificates, folder: Path) -> None:
    """Write the files of people."""
    key: Any = load_pem_private_key(certificates.client_key.read_bytes(), None)
    paths = (certificates.client_key, certificates.client_certificate, certificates.ca)
    own, ca = (x509.load_pem_x509_certificate(path.read_bytes()) for path in paths[1:])
    protection = BestAvailableEncryption(certificates.password.encode())
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    files = {
        "all.pem": b"".join(path.read_bytes() for path in paths),
        "all.p12": serialize_key_and_certificates(None, key, own, [ca], protection),
        "text.pem": b"not a certificate",
        "tomorrow.pem": _certify(key, timedelta(days=1)),
        "weak.pem": _certify(weak, timedelta()),
        "weak.key": weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "folder.pem").mkdir()
    (folder / "loop.pem").symlink_to("loop.pem")


def _certify(key: Any, later: timedelta) -> bytes:
    """Make a certificate that vouches for itself."""
    name, start = x509.Name([]), datetime.now(UTC) + later
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1)).sign(key, SHA256())
    return certificate.public_bytes(Encoding.PEM)


async def main(certificates: Path, folder: Path) -> None:
    """Run until the input ends."""
    async with Simulator(certificates) as vendor, Simulator(folder / "stranger") as stranger:
        write_files(vendor.certificates, folder)
        project = vendor.google.project
        _say(
            {
                "api_url": vendor.api_url,
                "oauth_url": vendor.oauth_url,
                "strange_api_url": stranger.api_url,
                "strange_oauth_url": stranger.oauth_url,
                "password": vendor.certificates.password,
                "apps": {app.brand: [app.client_id, app.client_secret] for app in vendor.apps.values()},
                "firebase": {
                    "firebase_project_id": project.project_id,
                    "firebase_app_id": project.app_id,
                    "firebase_api_key": project.api_key,
                    "firebase_sender_id": project.sender_id,
                },
            }
        )
        while line := await asyncio.to_thread(sys.stdin.readline):
            err(vendor, **json.loads(line))
            _say(None)


def _say(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*(Path(argument) for argument in sys.argv[1:])))
