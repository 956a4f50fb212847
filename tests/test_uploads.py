"""Certificate files that are uploaded in the form, and files that are replaced while an account runs."""

from dataclasses import replace
from pathlib import Path
import shutil
import stat
from typing import Any
from uuid import uuid4

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from homeassistant.components import file_upload
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowContext, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis import config_flow
from custom_components.stellantis.const import DOMAIN
from simulator import Certificates, Fault

from .helpers.harness import Harness, mistakes
from .helpers.logs import complaints

type Person = TestClient[Any, Any]

NOTHING: dict[str, Any] = {"certificate_path": None, "private_key_path": None, "ca_certificate_path": None}
PASSWORD = "pässword"


pytestmark = pytest.mark.usefixtures("uploads")


@pytest.fixture
async def uploads(hass: HomeAssistant) -> None:
    """Set up uploads before the harness starts its server, which then takes no more pages."""
    assert await async_setup_component(hass, "file_upload", {})


@pytest.fixture
async def person(harness: Harness, hass_client: ClientSessionGenerator) -> Person:
    """A person who is signed in to Home Assistant."""
    return await hass_client()


@pytest.fixture(autouse=True)
def folder(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home Assistant's configuration folder, and a folder of its own for what is received."""
    monkeypatch.setattr(file_upload, "TEMP_DIR_NAME", str(tmp_path / "received"))
    folder = tmp_path / "config"
    folder.mkdir()
    harness.hass.config.config_dir = str(folder)
    return folder


async def upload(person: Person, name: str, content: bytes) -> str:
    """Send a file as the form does; returns its id."""
    form = FormData()
    form.add_field("file", content, filename=name)
    async with person.post("/api/file_upload", data=form) as answer:
        assert answer.status == 200, await answer.text()
        file_id: str = (await answer.json())["file_id"]
        return file_id


async def upload_all(person: Person, certificates: Certificates) -> dict[str, str]:
    """Send the certificate, the key and the CA, each in a file."""
    files = {
        "certificate_file": certificates.client_certificate,
        "private_key_file": certificates.client_key,
        "ca_certificate_file": certificates.ca,
    }
    return {field: await upload(person, path.name, path.read_bytes()) for field, path in files.items()}


def pkcs12(certificates: Certificates, password: str = PASSWORD) -> bytes:
    """Make one file that holds all."""
    own, ca = (
        x509.load_pem_x509_certificate(path.read_bytes()) for path in (certificates.client_certificate, certificates.ca)
    )
    key: Any = load_pem_private_key(certificates.client_key.read_bytes(), None)
    protection = BestAvailableEncryption(password.encode())
    return serialize_key_and_certificates(None, key, own, [ca], protection)


def everything_in_pem(certificates: Certificates) -> bytes:
    return b"".join(
        path.read_bytes() for path in (certificates.client_key, certificates.client_certificate, certificates.ca)
    )


async def start_reconfigure(harness: Harness, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    context = ConfigFlowContext(source="reconfigure", entry_id=entry.entry_id)
    return await harness.hass.config_entries.flow.async_init(DOMAIN, context=context)


def suggested(flow: ConfigFlowResult) -> dict[str, Any]:
    assert flow["data_schema"]
    fields = flow["data_schema"].schema
    return {str(key): key.description["suggested_value"] for key in fields if key.description}


def kept(flow: ConfigFlowResult) -> str:
    assert flow["description_placeholders"]
    return flow["description_placeholders"]["kept"]


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


def contents(harness: Harness, entry: ConfigEntry[Any]) -> dict[str, bytes]:
    """Return what is in the files that an entry's data name."""
    keys = [key for key in NOTHING if key in entry.data]
    return {key: Path(harness.hass.config.path(entry.data[key])).read_bytes() for key in keys}


def delete(harness: Harness, entry: ConfigEntry[Any]) -> None:
    """Delete the certificate of an entry from the disk."""
    Path(harness.hass.config.path(entry.data["certificate_path"])).unlink()


async def add_by_upload(harness: Harness, person: Person, **changes: Any) -> ConfigEntry[Any]:
    return await harness.sign_in(**NOTHING, **await upload_all(person, harness.vendor.certificates), **changes)


async def test_files_are_uploaded_and_kept_private(harness: Harness, person: Person, folder: Path) -> None:
    files = harness.vendor.certificates
    entry = await add_by_upload(harness, person)

    assert entry.state is ConfigEntryState.LOADED
    assert contents(harness, entry) == {
        "certificate_path": files.client_certificate.read_bytes(),
        "private_key_path": files.client_key.read_bytes(),
        "ca_certificate_path": files.ca.read_bytes(),
    }
    own = f"stellantis/{entry.entry_id}"
    assert stat.S_IMODE((folder / DOMAIN).stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / own).stat().st_mode) == 0o700
    assert {path.rpartition("/")[0] for path in modes(folder) if path.endswith((".pem", ".key"))} == {own}
    assert {mode for path, mode in modes(folder).items() if path.startswith(f"{own}/")} == {0o600}
    assert not list((folder.parent / "received").iterdir())
    assert not {"certificate_file", "private_key_file", "ca_certificate_file"} & entry.data.keys()

    await harness.reload(entry)
    assert entry.state is ConfigEntryState.LOADED

    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.settle()
    assert not (folder / DOMAIN).exists()
    assert not harness.vendor.callbacks


async def test_files_are_there_until_the_vendor_has_deleted_the_callback(
    harness: Harness, person: Person, folder: Path
) -> None:
    entry = await add_by_upload(harness, person)
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=None))
    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.settle()
    assert len(list((folder / DOMAIN / entry.entry_id).iterdir())) == 3
    harness.vendor.faults.clear()
    await harness.pass_time(minutes=2)
    assert not harness.vendor.callbacks
    assert not (folder / DOMAIN).exists()


async def test_the_files_of_another_account_stay(harness: Harness, person: Person, folder: Path) -> None:
    first = await add_by_upload(harness, person)
    second = await harness.sign_in("family", **NOTHING, **await upload_all(person, harness.vendor.certificates))
    await harness.hass.config_entries.async_remove(first.entry_id)
    await harness.settle()
    assert [path.name for path in (folder / DOMAIN).iterdir()] == [second.entry_id]


async def test_the_files_stay_when_a_token_is_revoked_that_no_account_keeps(
    harness: Harness, person: Person, folder: Path
) -> None:
    entry = await add_by_upload(harness, person)
    harness.vendor.accounts["family"].cars.clear()
    flow = await harness.consent(await harness.submit(await harness.start_flow(), harness.form("family")), "family")
    assert mistakes(flow) == {"base": "no_vehicles"}
    await harness.settle()
    assert len(list((folder / DOMAIN / entry.entry_id).iterdir())) == 3


@pytest.mark.parametrize("name", ["app.p12", "app.PFX", "app.unknown"])
async def test_one_pkcs12_file_is_enough(harness: Harness, person: Person, name: str) -> None:
    sent = await upload(person, name, pkcs12(harness.vendor.certificates))
    entry = await harness.sign_in(**NOTHING, certificate_file=sent, private_key_password=PASSWORD)
    assert entry.state is ConfigEntryState.LOADED
    expected = {"app.p12": ".p12", "app.PFX": ".pfx", "app.unknown": ".pem"}[name]
    assert Path(entry.data["certificate_path"]).suffix == expected
    assert not {"private_key_path", "ca_certificate_path"} & entry.data.keys()


@pytest.mark.parametrize("by_path", [True, False])
async def test_one_pem_file_is_enough(harness: Harness, person: Person, folder: Path, by_path: bool) -> None:
    content = everything_in_pem(harness.vendor.certificates)
    if by_path:
        (folder / "all.pem").write_bytes(content)
        entry = await harness.sign_in(**{**NOTHING, "certificate_path": "all.pem"})
    else:
        entry = await harness.sign_in(**NOTHING, certificate_file=await upload(person, "all.pem", content))
    assert entry.state is ConfigEntryState.LOADED


async def test_der_files_are_taken(harness: Harness, person: Person) -> None:
    files = harness.vendor.certificates
    key: Any = load_pem_private_key(files.client_key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(files.client_certificate.read_bytes())
    entry = await harness.sign_in(
        certificate_path=None,
        private_key_path=None,
        certificate_file=await upload(person, "client.cer", certificate.public_bytes(Encoding.DER)),
        private_key_file=await upload(
            person, "client.der", key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ),
    )
    assert entry.state is ConfigEntryState.LOADED


async def test_uploads_are_kept_after_a_mistake(harness: Harness, person: Person) -> None:
    sent = await upload_all(person, harness.vendor.certificates)
    flow = await harness.submit(await harness.start_flow(), harness.form(**NOTHING, **sent, client_id=" "))
    assert mistakes(flow) == {"client_id": "required"}
    assert kept(flow).endswith(
        "Client secret, Client certificate (client.pem), Private key (client.key), CA certificate (ca.pem)."
    )

    flow = await harness.consent(await harness.submit(flow, harness.form(**NOTHING, client_secret=None)))

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await harness.settle()
    assert flow["result"].state is ConfigEntryState.LOADED


async def test_a_wrong_upload_is_told_at_its_field_and_not_kept(harness: Harness, person: Person) -> None:
    files = harness.vendor.certificates
    sent = await upload_all(person, files) | {
        "private_key_file": await upload(person, "other.key", files.other_key.read_bytes()),
        "ca_certificate_file": await upload(person, "ca.txt", b"hello"),
    }
    flow = await harness.submit(await harness.start_flow(), harness.form(**NOTHING, **sent))
    assert mistakes(flow) == {"private_key_file": "key_mismatch", "ca_certificate_file": "no_certificate"}
    assert kept(flow).endswith("Client secret, Client certificate (client.pem).")

    # A path takes the place of an upload.
    right = harness.form(client_secret=None)
    flow = await harness.consent(await harness.submit(flow, right))
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["data"]["certificate_path"] == right["certificate_path"]
    await harness.settle()


async def test_a_ca_that_does_not_vouch_is_not_kept(harness: Harness, person: Person) -> None:
    files = harness.vendor.certificates
    sent = await upload_all(person, files) | {
        "ca_certificate_file": await upload(person, "ca.pem", files.foreign_ca.read_bytes())
    }
    flow = await harness.consent(await harness.submit(await harness.start_flow(), harness.form(**NOTHING, **sent)))
    assert mistakes(flow) == {"ca_certificate_file": "server_not_trusted"}

    flow = await harness.consent(await harness.submit(flow, harness.form(**NOTHING)))
    assert mistakes(flow) == {"ca_certificate_file": "server_not_trusted_by_system"}

    again = {"ca_certificate_file": await upload(person, "ca.pem", files.ca.read_bytes())}
    flow = await harness.consent(await harness.submit(flow, harness.form(**NOTHING, **again)))
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await harness.settle()


async def test_an_upload_that_is_not_there_any_more_is_told(harness: Harness, person: Person) -> None:
    flow = await harness.start_flow()
    for missing in (uuid4().hex, uuid4().hex):
        form = harness.form(certificate_file=missing)
        flow = await harness.submit(flow, form)
        assert mistakes(flow) == {"certificate_file": "upload_gone"}
        await upload(person, "other.pem", b"")


async def test_uploads_take_the_place_of_files_and_of_each_other(
    harness: Harness, person: Person, folder: Path
) -> None:
    files = harness.vendor.certificates
    entry = await harness.add_account()
    flow = await start_reconfigure(harness, entry)
    sent = await upload_all(person, files)
    flow = await harness.consent(await harness.submit(flow, harness.form(**sent)))
    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    before = modes(folder / DOMAIN / entry.entry_id)
    assert len(before) == 3

    flow = await start_reconfigure(harness, entry)
    paths = {key: entry.data[key] for key in NOTHING}
    assert paths.items() <= suggested(flow).items()
    renewed = await upload(person, "renewed.pem", files.renewed_certificate.read_bytes())
    flow = await harness.consent(await harness.submit(flow, harness.form(**paths, certificate_file=renewed)))
    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert contents(harness, entry)["certificate_path"] == files.renewed_certificate.read_bytes()
    after = modes(folder / DOMAIN / entry.entry_id)
    assert len(after) == 3
    assert len(after.keys() & before.keys()) == 2

    await harness.reconfigure(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert modes(folder / DOMAIN / entry.entry_id) == {}


@pytest.mark.parametrize("lost", [False, True])
async def test_another_app_with_another_certificate_takes_the_callback_of_the_old_one_along(
    harness: Harness, person: Person, lost: bool
) -> None:
    entry = await add_by_upload(harness, person)
    old_callback = entry.data["callback_id"]
    old_app = harness.vendor.apps[entry.data["client_id"]]
    harness.vendor.apps["another app"] = replace(old_app, client_id="another app")
    if lost:
        delete(harness, entry)
    sent = await upload_all(person, harness.vendor.certificates)
    form = harness.form(**NOTHING, **sent, client_id="another app")

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), form))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    # Without the old certificate it stays.
    assert (old_callback in harness.vendor.callbacks) is lost


async def test_an_upload_that_cannot_be_written_is_told_when_an_account_is_changed(
    harness: Harness, person: Person, folder: Path
) -> None:
    entry = await harness.add_account()
    before = dict(entry.data)
    (folder / DOMAIN).write_text("a file in the place of the folder")
    flow = await start_reconfigure(harness, entry)
    sent = await upload_all(person, harness.vendor.certificates)
    flow = await harness.consent(await harness.submit(flow, harness.form(**sent)))
    assert mistakes(flow) == {"base": "file_not_written"}
    assert entry.data == before

    (folder / DOMAIN).unlink()
    flow = await harness.consent(await harness.submit(flow, harness.form(**NOTHING)))
    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()


async def test_an_upload_that_cannot_be_written_at_once_is_written_later(
    harness: Harness, person: Person, folder: Path
) -> None:
    (folder / DOMAIN).write_text("a file in the place of the folder")
    entry = await add_by_upload(harness, person)
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, "file_not_written")

    (folder / DOMAIN).unlink()
    await harness.pass_time(hours=1)

    assert entry.state is ConfigEntryState.LOADED
    assert len(contents(harness, entry)) == 3


async def test_an_entry_whose_files_were_never_written_says_so(harness: Harness) -> None:
    entry = await harness.add_account()
    data = {key: value for key, value in entry.data.items() if key not in NOTHING}
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.hass.config_entries.async_update_entry(entry, data=data)
    await harness.hass.config_entries.async_setup(entry.entry_id)
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, "file_missing")


# A form that was closed


async def test_what_was_typed_is_offered_again_after_the_form_was_closed(harness: Harness, person: Person) -> None:
    sent = await upload_all(person, harness.vendor.certificates)
    flow = await harness.submit(await harness.start_flow(), harness.form(**NOTHING, **sent))
    assert flow["type"] is FlowResultType.EXTERNAL_STEP
    harness.hass.config_entries.flow.async_abort(flow["flow_id"])

    flow = await harness.start_flow()

    assert suggested(flow)["client_id"] == harness.form()["client_id"]
    assert "client.pem" in kept(flow)
    flow = await harness.consent(await harness.submit(flow, harness.form(**NOTHING, client_secret=None)))
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await harness.settle()
    # It is offered once, and not after an account was added.
    assert kept(await harness.start_flow()) == ""


async def test_what_was_typed_is_not_offered_for_ever(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_flow, "DRAFT_LIFETIME", 0.0)
    flow = await harness.submit(await harness.start_flow(), harness.form(client_id=" "))
    harness.hass.config_entries.flow.async_abort(flow["flow_id"])
    flow = await harness.start_flow()
    assert kept(flow) == ""
    assert "brand" not in suggested(flow)


# A certificate that is renewed in place


@pytest.fixture
async def with_own_files(harness: Harness, folder: Path) -> ConfigEntry[Any]:
    """An account with certificate files that can be replaced."""
    shutil.copytree(harness.vendor.certificates.ca.parent, folder, dirs_exist_ok=True)
    paths = {"certificate_path": "client.pem", "private_key_path": "client.key", "ca_certificate_path": "ca.pem"}
    return await harness.add_account(**paths)


def expires(path: Path) -> Any:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


async def test_a_renewed_certificate_is_in_use_within_a_day(
    harness: Harness, with_own_files: ConfigEntry[Any], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    account = with_own_files.runtime_data
    before = account.client._context
    await harness.pass_time(hours=25)
    assert account.client._context is before
    shutil.copy(folder / "renewed.pem", folder / "client.pem")

    await harness.pass_time(hours=25)

    assert account.client._context is not before
    assert account.certificate_expires == expires(folder / "renewed.pem")
    assert not complaints(caplog)


async def test_a_broken_certificate_leaves_the_old_one_in_use(
    harness: Harness, with_own_files: ConfigEntry[Any], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    account = with_own_files.runtime_data
    before = account.certificate_expires
    (folder / "client.pem").write_text("half a certificate")
    for _ in range(2):
        await harness.pass_time(hours=25)
    assert with_own_files.state is ConfigEntryState.LOADED
    assert account.certificate_expires == before
    [warning] = complaints(caplog)
    assert "certificate: no_certificate" in warning

    shutil.copy(folder / "renewed.pem", folder / "client.pem")
    await harness.pass_time(hours=25)
    assert account.certificate_expires == expires(folder / "renewed.pem")
    assert len(complaints(caplog)) == 1
