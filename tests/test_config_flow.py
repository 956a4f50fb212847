"""Adding an account, signing in again, changing what was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
import os
from pathlib import Path
import shutil
import time
from typing import Any, get_args, override

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowContext, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType, InvalidData, UnknownFlow, section
import pytest
from pytest_homeassistant_custom_component.common import get_schema_suggested_value
import voluptuous as vol
from yarl import URL

from custom_components.stellantis.api.auth import IdentityProvider, subject
from custom_components.stellantis.const import DEFAULT_OPTIONS, DOMAIN
from simulator import GATEWAY_REFUSAL, Account, Car, Certificates, Fault, Front, Simulator, electric, gateway_refusal
from simulator.vendor.accounts import SCOPES, Forgetfulness

from .helpers.callbacks import only_callback
from .helpers.cloud import Cloud
from .helpers.harness import Harness, mistakes

SECRETS = ("client_secret", "private_key_password")
NEW_SECRET = "another secret, of a length that JWT likes"
NOBODY = "https://127.0.0.1:1"
PEUGEOT = "clientsB2CPeugeot"


@pytest.fixture
def folder(harness: Harness, certificates: Certificates, tmp_path: Path) -> Path:
    """Home Assistant's configuration folder, with certificates in it and what people take for them."""
    shutil.copytree(certificates.ca.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "text.pem").write_text("not a certificate")
    (tmp_path / "folder.pem").mkdir()
    (tmp_path / "tomorrow.pem").write_bytes(certificate_of_tomorrow(certificates.client_key))
    harness.hass.config.config_dir = str(tmp_path)
    return tmp_path


def certificate_of_tomorrow(key_file: Path) -> bytes:
    key: Any = load_pem_private_key(key_file.read_bytes(), None)
    name = x509.Name([])
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(tomorrow)
        .not_valid_after(tomorrow + timedelta(days=1))
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


RELATIVE = {
    "certificate_path": "client.pem",
    "private_key_path": "client.key",
    "ca_certificate_path": "ca.pem",
}


def shown(flow: ConfigFlowResult) -> dict[str, Any]:
    """Return what the form is filled in with."""
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "user"
    schema = flow["data_schema"]
    assert schema
    return suggested(schema.schema)


def suggested(fields: Mapping[Any, Any]) -> dict[str, Any]:
    values = {str(key): key.description["suggested_value"] for key in fields if key.description}
    sections = {str(key): suggested(kind.schema.schema) for key, kind in fields.items() if isinstance(kind, section)}
    return values | sections


def without_secrets(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows after a mistake."""
    kept = {key: value for key, value in form.items() if key not in SECRETS and value not in ("", " ")}
    kept["scopes"] = ["all"] if set(kept["scopes"]) == set(SCOPES) else kept["scopes"]
    return kept | {"advanced": {"scope_separator": "comma", **form["advanced"]}}


async def submit(harness: Harness, form: dict[str, Any]) -> ConfigFlowResult:
    return await harness.submit(await harness.start_flow(), form)


async def finish(harness: Harness, flow: ConfigFlowResult, right: dict[str, Any]) -> None:
    """Correct the form that is shown, and get the account."""
    flow = await harness.consent(await harness.submit(flow, right))
    assert flow["type"] is FlowResultType.CREATE_ENTRY, flow
    await harness.settle()


@pytest.mark.parametrize(
    ("account", "title", "unique_id"),
    [
        ("driver", "Peugeot", "peugeot_d7b1c5b0-0000-4000-8000-000000000001"),
        ("family", "Citroën", "citroen_d7b1c5b0-0000-4000-8000-000000000002"),
    ],
)
async def test_an_account_is_added(harness: Harness, account: str, title: str, unique_id: str) -> None:
    flow = await harness.start_flow()
    assert shown(flow) == {"advanced": {}}
    form = harness.form(account)

    flow = await harness.consent(await harness.submit(flow, form), account)

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert (flow["title"], flow["result"].unique_id) == (title, unique_id)
    typed = {key: value for key, value in form.items() if key != "advanced"}
    realm = harness.vendor.accounts[account].realm
    expected = {**typed, **form["advanced"], "scope_separator": "comma", "realm": realm}
    assert expected.items() <= flow["data"].items()
    assert flow["data"].keys() - expected.keys() == {"token", "webhook_id", "callback_secret"}
    await harness.settle()
    assert flow["result"].state is ConfigEntryState.LOADED


def without_random_values(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what the flow decides of an entry, the length in the place of a random value and of a date."""
    kept: dict[str, Any] = {"title": entry.title, "unique_id": entry.unique_id, "source": entry.source}
    kept |= {"version": (entry.version, entry.minor_version), "options": dict(entry.options)}
    data = dict(entry.data)
    token = dict(data.pop("token"))
    kept["subject"] = subject(token)
    kept["expires_soon"] = 0 < token.pop("expires_at") - time.time() <= token["expires_in"]
    for secret in ("access_token", "refresh_token", "id_token"):
        token[secret] = type(token.get(secret))
    for secret in ("webhook_id", "callback_secret", "callback_id"):
        data[secret] = len(data[secret])
    return kept | {"data": data, "token": token}


@pytest.mark.parametrize("account", ["driver", "family"])
async def test_the_entry_that_other_tests_add_is_the_one_that_the_flow_makes(harness: Harness, account: str) -> None:
    made = await harness.sign_in(account)
    expected = without_random_values(made)
    await harness.hass.config_entries.async_remove(made.entry_id)

    assert without_random_values(await harness.add_account(account)) == expected


@pytest.mark.parametrize(
    ("brand", "host", "realm"),
    [
        ("peugeot", "idpcvs.peugeot.com", "clientsB2CPeugeot"),
        ("citroen", "idpcvs.citroen.com", "clientsB2CCitroen"),
        ("ds", "idpcvs.driveds.com", "clientsB2CDS"),
        ("opel", "idpcvs.opel.com", "clientsB2COpel"),
        ("vauxhall", "idpcvs.vauxhall.co.uk", "clientsB2CVauxhall"),
    ],
)
async def test_without_addresses_the_browser_goes_to_the_brand(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, brand: str, host: str, realm: str
) -> None:
    async def know_app(_provider: IdentityProvider, _url: str) -> bool:
        return True

    monkeypatch.setattr(IdentityProvider, "knows_app", know_app)  # the real one is on the internet
    form = harness.form(brand=brand, realm=" ", scopes=["data:telemetry", "remote:horn:write"], advanced={})

    flow = await submit(harness, form)

    assert flow["type"] is FlowResultType.EXTERNAL_STEP
    url = URL(flow["url"])
    assert str(url.with_query(None)) == f"https://{host}/am/oauth2/authorize"
    assert {key: value for key, value in url.query.items() if key != "state"} == {
        "response_type": "code",
        "client_id": form["client_id"],
        "redirect_uri": "https://example.com/auth/external/callback",
        "scope": "data:telemetry,remote:horn:write",
    }


async def test_scopes_can_be_separated_by_blanks(harness: Harness) -> None:
    form = harness.form()
    flow = await submit(harness, {**form, "advanced": {**form["advanced"], "scope_separator": "space"}})
    assert URL(flow["url"]).query["scope"] == " ".join(SCOPES)
    assert (await harness.consent(flow))["type"] is FlowResultType.CREATE_ENTRY


async def test_paths_are_relative_to_the_configuration_folder(harness: Harness, folder: Path) -> None:
    entry = await harness.sign_in(**RELATIVE)
    assert entry.state is ConfigEntryState.LOADED
    assert {key: entry.data[key] for key in RELATIVE} == RELATIVE


async def test_an_encrypted_key_is_opened_by_its_password(harness: Harness, folder: Path) -> None:
    password = harness.vendor.certificates.password
    entry = await harness.sign_in(
        **RELATIVE | {"private_key_path": "client.encrypted.key"}, private_key_password=password
    )
    assert entry.state is ConfigEntryState.LOADED


async def test_blanks_around_what_is_typed_do_not_count(harness: Harness) -> None:
    form = harness.form()
    entry = await harness.sign_in(client_id=f" {form['client_id']}\n", client_secret=f"{form['client_secret']} ")
    assert {key: entry.data[key] for key in ("client_id", "client_secret")} == {
        key: form[key] for key in ("client_id", "client_secret")
    }


# What is typed, and what is said about it.
EARLY_MISTAKES: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
    ({"scopes": []}, {"scopes": "no_scopes"}),
    ({"client_id": " "}, {"client_id": "required"}),
    ({"certificate_path": " "}, {"certificate_file": "certificate_needed"}),
    ({"private_key_path": " "}, {"private_key_file": "private_key_missing"}),
    ({"certificate_path": "none.pem"}, {"certificate_path": "file_missing"}),
    ({"private_key_path": "none.pem"}, {"private_key_path": "file_missing"}),
    ({"ca_certificate_path": "none.pem"}, {"ca_certificate_path": "file_missing"}),
    ({"certificate_path": "folder.pem"}, {"certificate_path": "file_is_folder"}),
    ({"private_key_path": "folder.pem"}, {"private_key_path": "file_is_folder"}),
    ({"ca_certificate_path": "folder.pem"}, {"ca_certificate_path": "file_is_folder"}),
    ({"certificate_path": "text.pem"}, {"certificate_path": "no_certificate"}),
    ({"private_key_path": "text.pem"}, {"private_key_path": "no_private_key"}),
    ({"ca_certificate_path": "text.pem"}, {"ca_certificate_path": "no_certificate"}),
    ({"certificate_path": "expired.pem"}, {"certificate_path": "certificate_expired"}),
    ({"certificate_path": "tomorrow.pem"}, {"certificate_path": "certificate_not_yet_valid"}),
    ({"private_key_path": "other.key"}, {"private_key_path": "key_mismatch"}),
    ({"private_key_path": "client.encrypted.key"}, {"private_key_password": "password_missing"}),
    (
        {"private_key_path": "client.encrypted.key", "private_key_password": "guess"},
        {"private_key_password": "password_wrong"},
    ),
    ({"advanced": {"api_url": "http://127.0.0.1"}}, {"base": "invalid_url"}),
    ({"advanced": {"oauth_url": "http://127.0.0.1"}}, {"base": "invalid_url"}),
    ({"advanced": {"api_url": "https:///v4"}}, {"base": "invalid_url"}),
    ({"advanced": {"api_url": "https://["}}, {"base": "invalid_url"}),
    ({"advanced": {"api_url": "api-cert.groupe-psa.com"}}, {"base": "invalid_url"}),
)


async def test_mistakes_are_found_before_the_browser_opens(
    harness: Harness, folder: Path, subtests: pytest.Subtests
) -> None:
    right = harness.form(**RELATIVE)
    flow = await harness.start_flow()
    for mistake, errors in EARLY_MISTAKES:
        with subtests.test(**mistake):
            form = {**right, **mistake}
            flow = await harness.submit(flow, form)
            assert mistakes(flow) == errors
            assert shown(flow) == without_secrets(form)
    assert not harness.vendor.requests
    await finish(harness, flow, right)


async def test_an_error_of_a_file_names_the_folder_in_which_paths_start(harness: Harness, folder: Path) -> None:
    flow = await submit(harness, harness.form(certificate_path="none.pem"))
    assert flow["description_placeholders"]
    assert flow["description_placeholders"]["folder"] == str(folder)


async def test_a_secret_is_required_once(harness: Harness) -> None:
    flow = await harness.start_flow()
    flow = await harness.submit(flow, harness.form(client_secret=None))
    assert mistakes(flow) == {"client_secret": "required"}
    assert kept(flow) == ""

    flow = await harness.submit(flow, harness.form(client_id=" ", private_key_password="not needed"))

    assert mistakes(flow) == {"client_id": "required"}
    assert kept(flow).endswith("Client secret, Password.")
    await finish(harness, flow, harness.form(client_secret=None))
    [entry] = harness.hass.config_entries.async_entries(DOMAIN)
    assert entry.data["client_secret"] == harness.form()["client_secret"]


async def test_what_is_missing_is_told_by_the_form_not_by_the_browser(harness: Harness) -> None:
    """The browser's own complaint is at the top of the form, and the button is below the screen's end."""
    flow = await harness.start_flow()
    assert flow["data_schema"]
    assert {
        str(field)
        for field in flow["data_schema"].schema
        if isinstance(field, vol.Required) and field.default is vol.UNDEFINED
    } == {"brand", "advanced"}
    flow = await harness.submit(flow, {"brand": "peugeot", "advanced": {}})
    assert mistakes(flow) == {
        "client_id": "required",
        "client_secret": "required",
        "certificate_file": "certificate_needed",
    }
    await finish(harness, flow, harness.form())


def kept(flow: ConfigFlowResult) -> str:
    """Return what the form says about what need not be typed again."""
    assert flow["description_placeholders"]
    return flow["description_placeholders"]["kept"]


async def test_all_mistakes_are_told_at_once(harness: Harness, folder: Path) -> None:
    wrong = {"certificate_path": "none.pem", "private_key_path": "folder.pem", "ca_certificate_path": "text.pem"}
    flow = await submit(harness, harness.form(**wrong, client_id=" ", scopes=[]))
    assert mistakes(flow) == {
        "client_id": "required",
        "certificate_path": "file_missing",
        "private_key_path": "file_is_folder",
        "ca_certificate_path": "no_certificate",
        "scopes": "no_scopes",
    }
    await finish(harness, flow, harness.form())


async def test_a_file_without_permission_is_told_apart_from_a_folder(
    harness: Harness, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "client.pem").chmod(0)
    if os.access(folder / "client.pem", os.R_OK):  # a superuser may read any file
        monkeypatch.setattr(Path, "read_bytes", forbid(folder / "client.pem", Path.read_bytes))
    flow = await submit(harness, harness.form(**RELATIVE))
    assert mistakes(flow) == {"certificate_path": "file_unreadable"}


def forbid(path: Path, read: Callable[[Path], bytes]) -> Callable[[Path], bytes]:
    """Read as somebody does who may not read one file."""

    def refuse(each: Path) -> bytes:
        if each == path:
            raise PermissionError
        return read(each)

    return refuse


# The same for what only the vendor can tell.
LATE_MISTAKES: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
    ({"client_secret": "guess"}, {"client_secret": "invalid_client"}),
    ({"realm": "clientsB2CPeugot"}, {"realm": "invalid_auth"}),
    (
        {"certificate_path": "foreign.pem", "private_key_path": "foreign.key"},
        {"certificate_path": "certificate_refused"},
    ),
    ({"ca_certificate_path": "foreign-ca.pem"}, {"ca_certificate_path": "server_not_trusted"}),
    ({"ca_certificate_path": ""}, {"ca_certificate_file": "server_not_trusted_by_system"}),
)


async def test_mistakes_are_found_before_the_entry_is_made(
    harness: Harness, folder: Path, subtests: pytest.Subtests
) -> None:
    right = harness.form(**RELATIVE)
    flow = await harness.start_flow()
    for mistake, errors in LATE_MISTAKES:
        with subtests.test(**mistake):
            form = {**right, **mistake}
            flow = await harness.consent(await harness.submit(flow, form))
            assert mistakes(flow) == errors
            assert shown(flow) == without_secrets(form)
    await finish(harness, flow, right)


@pytest.mark.parametrize(("path", "error"), [("", "cannot_connect"), ("/v1", "no_data")])
async def test_a_wrong_api_address_is_told(harness: Harness, path: str, error: str) -> None:
    right = harness.form()
    address = f"{harness.vendor.api_url}{path}" if path else NOBODY
    form = {**right, "advanced": {**right["advanced"], "api_url": address}}

    flow = await harness.consent(await submit(harness, form))

    assert mistakes(flow) == {"base": error}
    assert shown(flow) == without_secrets(form)
    await finish(harness, flow, right)


# What the vendor answers, what is said about it, and what fills in the sentence.
API_ANSWERS: tuple[tuple[dict[str, Any], dict[str, str], dict[str, str]], ...] = (
    ({"status": 401}, {"realm": "invalid_auth"}, {}),
    ({"status": 401, "body": GATEWAY_REFUSAL}, {"realm": "invalid_auth"}, {}),
    ({"status": 403}, {"scopes": "forbidden"}, {}),
    ({"status": 404}, {"base": "no_data"}, {}),
    ({"status": 495}, {"certificate_path": "certificate_refused"}, {}),
    ({"status": 496}, {"certificate_path": "certificate_refused"}, {}),
    ({"status": 400, "body": {"message": "no"}}, {"base": "rejected"}, {"message": "no"}),
    ({"status": 429, "headers": {"Retry-After": "42"}}, {"base": "rate_limited"}, {"seconds": "42"}),
    ({"status": 503}, {"base": "vendor_error"}, {"status": "503"}),
    ({"body": "<html>Welcome</html>"}, {"base": "bad_answer"}, {}),
    ({"drop": True}, {"certificate_path": "hung_up"}, {}),
)
TOKEN_ANSWERS: tuple[tuple[dict[str, Any], dict[str, str], dict[str, str]], ...] = (
    ({"status": 400, "body": {"error": "invalid_grant"}}, {"base": "code_refused"}, {}),
    ({"status": 400, "body": {"error": "invalid_request"}}, {"base": "rejected"}, {"message": "invalid_request"}),
    ({"status": 400, "body": {"error": "server_error"}}, {"base": "vendor_error"}, {"status": "400"}),
    ({"status": 401, "body": GATEWAY_REFUSAL}, {"base": "vendor_error"}, {"status": "401"}),
    ({"status": 401, "body": {"error": "invalid_grant"}}, {"base": "code_refused"}, {}),
    ({"status": 403}, {"base": "bad_answer"}, {}),
    ({"status": 404}, {"base": "bad_answer"}, {}),
    ({"status": 429}, {"base": "rate_limited"}, {"seconds": "60"}),
    ({"status": 503}, {"base": "vendor_error"}, {"status": "503"}),
    ({"body": "<html>Welcome</html>"}, {"base": "bad_answer"}, {}),
    ({"body": {"expires_in": 3600}}, {"base": "bad_answer"}, {}),
    ({"body": {"access_token": "of-no-use"}}, {"base": "bad_answer"}, {}),
    ({"drop": True}, {"base": "identity_provider_unreachable"}, {}),
)


@pytest.mark.parametrize(
    ("path", "answers"), [("/user/vehicles", API_ANSWERS), ("/access_token", TOKEN_ANSWERS)], ids=["api", "token"]
)
async def test_what_the_vendor_answers_is_told(
    harness: Harness,
    path: str,
    answers: tuple[tuple[dict[str, Any], dict[str, str], dict[str, str]], ...],
    subtests: pytest.Subtests,
) -> None:
    form = harness.form()
    flow = await harness.start_flow()
    for answer, errors, placeholders in answers:
        with subtests.test(**answer):
            harness.vendor.faults.clear()
            harness.vendor.faults.add(Fault(path=path, times=None, **answer))
            flow = await harness.consent(await harness.submit(flow, form))
            assert mistakes(flow) == errors
            assert flow["description_placeholders"]
            assert placeholders.items() <= flow["description_placeholders"].items()
            assert shown(flow) == without_secrets(form)
    harness.vendor.faults.clear()
    await finish(harness, flow, form)


async def test_an_app_without_access_plan_is_told(harness: Harness) -> None:
    driver = harness.vendor.accounts["driver"]
    driver.registered_to_plan = False

    flow = await harness.consent(await submit(harness, harness.form()))

    assert mistakes(flow) == {"client_id": "no_access_plan"}
    driver.registered_to_plan = True
    await finish(harness, flow, harness.form())


async def test_an_account_without_cars_is_told(harness: Harness) -> None:
    driver = harness.vendor.accounts["driver"]
    cars, driver.cars = driver.cars, []

    flow = await harness.consent(await submit(harness, harness.form()))

    assert mistakes(flow) == {"base": "no_vehicles"}
    driver.cars = cars
    await finish(harness, flow, harness.form())


@pytest.mark.parametrize("forgetful", [each for each in get_args(Forgetfulness.__value__) if each])
async def test_an_account_whose_cars_the_vendor_has_forgotten_is_told(
    harness: Harness, forgetful: Forgetfulness
) -> None:
    driver = harness.vendor.accounts["driver"]
    driver.forgetful = forgetful

    flow = await harness.consent(await submit(harness, harness.form()))

    assert mistakes(flow) == {"base": "no_vehicles"}
    driver.forgetful = ""
    await finish(harness, flow, harness.form())


async def test_an_account_can_be_added_although_the_vendor_refuses_extensions(harness: Harness) -> None:
    harness.vendor.broken_extensions = {"onboardCapabilities": 500}
    entry = await harness.sign_in()
    assert entry.state is ConfigEntryState.LOADED


async def test_a_file_that_goes_while_the_browser_is_open_is_told(harness: Harness, folder: Path) -> None:
    flow = await submit(harness, harness.form(**RELATIVE))
    (folder / "client.pem").unlink()

    flow = await harness.consent(flow)

    assert mistakes(flow) == {"certificate_path": "file_missing"}
    await finish(harness, flow, harness.form())


async def consent_elsewhere(harness: Harness, flow: ConfigFlowResult, oauth_url: str) -> ConfigFlowResult:
    """Consent at the vendor's page although the token comes from another address."""
    url = flow["url"].replace(oauth_url, harness.vendor.oauth_url)
    return await harness.consent(ConfigFlowResult(**{**flow, "url": url}))


async def test_an_identity_provider_that_nobody_is_at_is_told(harness: Harness) -> None:
    right = harness.form()
    form = {**right, "advanced": {**right["advanced"], "oauth_url": NOBODY}}

    flow = await consent_elsewhere(harness, await submit(harness, form), NOBODY)

    assert mistakes(flow) == {"base": "identity_provider_unreachable"}
    assert shown(flow) == without_secrets(form)
    await finish(harness, flow, right)


async def test_an_identity_provider_that_nobody_vouches_for_is_told(harness: Harness, tmp_path: Path) -> None:
    strangers = await harness.hass.async_add_executor_job(Certificates.issue, tmp_path)
    front = Front(strangers, host="127.0.0.1")
    await front.start()
    right = harness.form()

    flow = await submit(harness, {**right, "advanced": {**right["advanced"], "oauth_url": front.url}})
    flow = await consent_elsewhere(harness, flow, front.url)

    await front.stop()
    assert mistakes(flow) == {"base": "identity_provider_not_trusted"}
    await finish(harness, flow, right)


async def test_scopes_that_the_app_was_not_declared_with_are_told(harness: Harness) -> None:
    form = harness.form()
    app = harness.vendor.apps[form["client_id"]]
    harness.vendor.apps[app.client_id] = replace(app, scopes=SCOPES[1:])

    flow = await harness.consent(await submit(harness, form))

    assert mistakes(flow) == {"scopes": "invalid_scope"}
    assert shown(flow) == without_secrets(form)
    await finish(harness, flow, harness.form())


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
async def test_an_app_that_may_not_sign_in_is_told(harness: Harness, error: str) -> None:
    flow = await harness.come_back(await submit(harness, harness.form()), error=error)

    assert mistakes(flow) == {"client_id": error}
    await finish(harness, flow, harness.form())


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
async def test_a_sign_in_that_fails_for_the_moment_is_told(harness: Harness, error: str) -> None:
    flow = await harness.come_back(await submit(harness, harness.form()), error=error)

    assert mistakes(flow) == {"base": "sign_in_failed"}
    assert shown(flow) == without_secrets(harness.form())
    await finish(harness, flow, harness.form())


async def test_any_other_error_of_the_sign_in_is_told_in_the_vendors_word(harness: Harness) -> None:
    flow = await harness.come_back(await submit(harness, harness.form()), error="unsupported_response_type")

    assert mistakes(flow) == {"base": "rejected"}
    assert (flow["description_placeholders"] or {})["message"] == "unsupported_response_type"
    await finish(harness, flow, harness.form())


async def test_a_person_may_refuse(harness: Harness) -> None:
    flow = await harness.consent(await submit(harness, harness.form()), decision="deny")

    assert mistakes(flow) == {"base": "consent_denied"}
    assert shown(flow) == without_secrets(harness.form())
    assert not harness.requests("POST", "/access_token")
    await finish(harness, flow, harness.form(client_secret=None))


async def test_a_person_may_refuse_to_sign_in_again(harness: Harness) -> None:
    entry = await harness.add_account()
    flow = await harness.consent(await start_reauth(harness, entry), decision="deny")
    assert (flow["step_id"], flow["errors"]) == ("reauth_confirm", {"base": "consent_denied"})
    placeholders = {"account": entry.title, "host": URL(harness.vendor.oauth_url).host}
    assert placeholders.items() <= (flow["description_placeholders"] or {}).items()

    flow = await harness.consent(await harness.submit(flow, {}))

    assert flow["reason"] == "reauth_successful"
    await harness.settle()


async def test_a_client_id_that_the_vendors_page_does_not_take_is_told_before_the_browser_opens(
    harness: Harness,
) -> None:
    wrong = harness.form(client_id="of nobody")
    flow = await submit(harness, wrong)
    assert mistakes(flow) == {"client_id": "client_id_unknown"}
    assert (flow["description_placeholders"] or {})["redirect_uri"] == "https://example.com/auth/external/callback"
    assert shown(flow) == without_secrets(wrong)
    # Who is sure goes to the page all the same.
    again = await harness.submit(flow, harness.form(client_id="of nobody", client_secret=None))
    assert again["type"] is FlowResultType.EXTERNAL_STEP

    flow = await submit(harness, wrong)
    await finish(harness, flow, harness.form(client_secret=None))


@pytest.mark.parametrize("chosen", [["all"], ["data:trip", "all"]])
async def test_all_scopes_are_one_choice(harness: Harness, chosen: list[str]) -> None:
    flow = await harness.start_flow()
    options = scope_options(flow)
    assert [option["value"] for option in options] == ["all", *SCOPES]
    assert {option["value"]: option["label"] for option in options}["remote:door:write"] == (
        "Lock and unlock: remote:door:write"
    )
    flow = await harness.consent(await harness.submit(flow, harness.form(scopes=chosen)))
    assert flow["data"]["scopes"] == list(SCOPES)
    await harness.settle()


def scope_options(flow: ConfigFlowResult) -> list[dict[str, str]]:
    assert flow["data_schema"]
    options: list[dict[str, str]] = flow["data_schema"].schema["scopes"].config["options"]
    return options


async def test_without_id_token_the_account_is_known_by_its_address(harness: Harness) -> None:
    harness.vendor.accounts["driver"].id_token = False
    entry = await harness.sign_in()
    assert entry.unique_id == "peugeot_driver@example.com"


async def test_an_account_that_nothing_is_known_of_is_told(harness: Harness) -> None:
    driver = harness.vendor.accounts["driver"]
    driver.id_token = False
    harness.vendor.faults.add(Fault(path="/user", body={}))

    flow = await harness.consent(await submit(harness, harness.form()))

    assert mistakes(flow) == {"base": "no_account"}
    await finish(harness, flow, harness.form())


async def test_an_account_is_added_once(harness: Harness) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]

    flow = await harness.consent(await submit(harness, harness.form()))

    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "already_configured"
    assert harness.hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.data["token"] == token


def deliveries(flow: ConfigFlowResult) -> tuple[list[str], str]:
    """Return the ways that a form offers, and the one that is chosen."""
    schema: Any = flow["data_schema"]
    [(field, choice)] = [(field, choice) for field, choice in schema.schema.items() if field == "delivery"]
    return choice.config["options"], field.default()


@pytest.mark.parametrize("url", [None, "http://harness.example.com", "https://192.0.2.1"])
async def test_without_an_https_address_the_cars_can_be_polled(harness: Harness, car: Car, url: str | None) -> None:
    await harness.hass.config.async_update(external_url=url)
    flow = await harness.start_flow()
    assert deliveries(flow) == (["push_notification", "polling"], "polling")

    entry = await harness.sign_in(delivery=None)

    assert entry.data["delivery"] == "polling"
    callback = only_callback(harness)
    assert (callback.target, callback.status) == ("https://homeassistant.invalid/", "Paused")
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert not harness.vendor.deliveries


async def test_the_cloud_is_as_good_as_an_address(harness: Harness, cloud: Cloud) -> None:
    await harness.hass.config.async_update(external_url=None)

    entry = await harness.sign_in()

    [callback] = harness.vendor.callbacks.values()
    assert callback.target == "https://hooks.example.com/1"
    assert cloud.cloudhooks.hooks == {entry.data["webhook_id"]: {"cloudhook_url": callback.target}}


async def test_a_cloud_without_subscription_is_no_address(harness: Harness, cloud: Cloud) -> None:
    cloud.subscription_expired = True
    await harness.hass.config.async_update(external_url=None)
    assert deliveries(await harness.start_flow()) == (["push_notification", "polling"], "polling")


async def test_what_is_possible_here_is_offered(harness: Harness, cloud: Cloud) -> None:
    every_way = ["webhook", "websocket", "push_notification", "polling"]
    assert deliveries(await harness.start_flow()) == (every_way, "webhook")
    await harness.hass.config.async_update(external_url=None)
    assert deliveries(await harness.start_flow()) == (["webhook", "push_notification", "polling"], "webhook")


async def start_reauth(harness: Harness, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Start to sign in again, and confirm."""
    entry.async_start_reauth(harness.hass)
    await harness.settle()
    [flow] = harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "reauth_confirm"
    return await harness.submit(flow, {})


async def start_reconfigure(harness: Harness, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    context = ConfigFlowContext(source="reconfigure", entry_id=entry.entry_id)
    return await harness.hass.config_entries.flow.async_init(DOMAIN, context=context)


def add_neighbour(vendor: Simulator) -> None:
    """Let there be a second account of the same brand."""
    vendor.accounts["neighbour"] = Account(
        name="neighbour",
        subject="d7b1c5b0-0000-4000-8000-000000000003",
        email="neighbour@example.com",
        first_name="Demo",
        last_name="Neighbour",
        realm=PEUGEOT,
        cars=[electric("third", "Peugeot", "e-2008")],
    )


async def test_signing_in_again_takes_the_browser_only(harness: Harness) -> None:
    entry = await harness.add_account()
    before = dict(entry.data)
    harness.vendor.revoke_tokens("driver")

    flow = await harness.consent(await start_reauth(harness, entry))

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"] != before.pop("token")
    assert {key: entry.data[key] for key in before} == before
    assert len(harness.vendor.callbacks) == 1


async def test_signing_in_again_as_somebody_else_is_refused(harness: Harness) -> None:
    entry = await harness.add_account()
    before = dict(entry.data)
    add_neighbour(harness.vendor)

    flow = await harness.consent(await start_reauth(harness, entry), "neighbour")

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data == before


async def test_signing_in_again_with_a_secret_that_has_changed_leads_to_the_form(harness: Harness) -> None:
    entry = await harness.add_account()
    app = harness.vendor.apps[entry.data["client_id"]]
    harness.vendor.apps[app.client_id] = replace(app, client_secret=NEW_SECRET)

    flow = await harness.consent(await start_reauth(harness, entry))

    assert mistakes(flow) == {"client_secret": "invalid_client"}
    assert shown(flow) == without_secrets(harness.form())
    flow = await harness.consent(await harness.submit(flow, harness.form()))
    assert flow["reason"] == "reauth_successful"
    await harness.settle()
    assert (entry.state, entry.data["client_secret"]) == (ConfigEntryState.LOADED, NEW_SECRET)


async def test_signing_in_again_without_the_certificate_leads_to_the_form(harness: Harness, folder: Path) -> None:
    entry = await harness.add_account(**RELATIVE)
    (folder / "client.pem").unlink()

    flow = await start_reauth(harness, entry)

    assert mistakes(flow) == {"certificate_path": "file_missing"}
    form = {**shown(flow), "certificate_path": harness.form()["certificate_path"]}
    flow = await harness.consent(await harness.submit(flow, form))
    assert flow["reason"] == "reauth_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED


async def test_a_secret_can_be_changed(harness: Harness) -> None:
    entry = await harness.add_account()
    app = harness.vendor.apps[entry.data["client_id"]]
    harness.vendor.apps[app.client_id] = replace(app, client_secret=NEW_SECRET)
    flow = await start_reconfigure(harness, entry)
    assert shown(flow) == without_secrets(harness.form())

    flow = await harness.consent(await harness.submit(flow, harness.form()))

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await harness.settle()
    assert (entry.state, entry.data["client_secret"]) == (ConfigEntryState.LOADED, NEW_SECRET)


async def test_secrets_that_are_left_empty_are_kept(harness: Harness) -> None:
    files = harness.vendor.certificates
    secrets = {"client_secret": harness.form()["client_secret"], "private_key_password": files.password}
    entry = await harness.add_account(private_key_path=str(files.encrypted_key), private_key_password=files.password)
    before = dict(entry.data)
    flow = await start_reconfigure(harness, entry)
    assert not secrets.keys() & shown(flow).keys()

    flow = await harness.consent(await harness.submit(flow, shown(flow)))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert secrets.items() <= entry.data.items()
    assert entry.data.keys() == before.keys()
    assert entry.data["webhook_id"] == before["webhook_id"]
    assert len(harness.vendor.callbacks) == 1


async def test_a_certificate_can_be_changed(harness: Harness, folder: Path) -> None:
    entry = await harness.add_account()
    flow = await start_reconfigure(harness, entry)

    flow = await harness.submit(flow, {**shown(flow), **RELATIVE, "certificate_path": "expired.pem"})
    assert mistakes(flow) == {"certificate_path": "certificate_expired"}
    flow = await harness.consent(await harness.submit(flow, {**shown(flow), **RELATIVE}))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert RELATIVE.items() <= entry.data.items()


async def test_an_account_is_not_changed_into_another(harness: Harness) -> None:
    entry = await harness.add_account()
    before = dict(entry.data)
    add_neighbour(harness.vendor)
    flow = await start_reconfigure(harness, entry)

    flow = await harness.consent(await harness.submit(flow, harness.form()), "neighbour")

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data == before


async def test_an_account_can_move_to_another_app(harness: Harness) -> None:
    entry = await harness.add_account()
    old_callback, old_token = entry.data["callback_id"], entry.data["token"]["access_token"]
    old_app = harness.vendor.apps[entry.data["client_id"]]
    new_app = replace(old_app, client_id="another app", client_secret=NEW_SECRET)
    harness.vendor.apps[new_app.client_id] = new_app
    form = harness.form(client_id=new_app.client_id, client_secret=new_app.client_secret)

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), form))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    [callback] = harness.vendor.callbacks.values()
    assert (callback.client_id, callback.id) == (new_app.client_id, entry.data["callback_id"])
    assert callback.id != old_callback
    assert harness.vendor.grants.by_access_token(old_token) is None


async def test_an_account_that_is_not_loaded_can_be_changed(harness: Harness) -> None:
    entry = await harness.add_account()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), harness.form()))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED


async def start_options(harness: Harness, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    return await harness.hass.config_entries.options.async_init(entry.entry_id)


async def test_options_begin_with_what_holds_and_are_kept(harness: Harness) -> None:
    entry = await harness.add_account()
    flow = await start_options(harness, entry)
    assert flow["type"] is FlowResultType.FORM
    assert flow["data_schema"]
    assert flow["data_schema"]({}) == DEFAULT_OPTIONS
    chosen = {
        "pushed_poll_interval": 720,
        "poll_interval": 15,
        "charging_refresh": 10,
        "moving_refresh": 2,
        "wake_up_limit": 0,
        "charging_loss": 12,
        "energy_price_entity": "sensor.price",
        "energy_price_zone": "zone.work",
        "keep_positions": True,
    }

    result = await harness.hass.config_entries.options.async_configure(flow["flow_id"], chosen)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    await harness.settle()
    assert entry.options == chosen
    assert entry.state is ConfigEntryState.LOADED
    flow = await start_options(harness, entry)
    assert flow["data_schema"]
    for key, value in chosen.items():
        assert get_schema_suggested_value(flow["data_schema"].schema, key) == value


OUT_OF_BOUNDS: tuple[tuple[str, int], ...] = (
    ("pushed_poll_interval", 59),
    ("pushed_poll_interval", 1441),
    ("poll_interval", 14),
    ("poll_interval", 1441),
    ("charging_refresh", 0),
    ("charging_refresh", 61),
    ("moving_refresh", 0),
    ("moving_refresh", 61),
    ("wake_up_limit", -1),
    ("wake_up_limit", 1001),
    ("charging_loss", -1),
    ("charging_loss", 51),
)


async def test_options_have_bounds(harness: Harness, subtests: pytest.Subtests) -> None:
    entry = await harness.add_account()
    for option, number in OUT_OF_BOUNDS:
        with subtests.test(option, number=number):
            flow = await start_options(harness, entry)
            options = {**DEFAULT_OPTIONS, option: number}
            with pytest.raises(InvalidData):
                await harness.hass.config_entries.options.async_configure(flow["flow_id"], options)
            assert entry.options == {}


# The account, its brand and its realm


async def test_a_realm_can_be_corrected(harness: Harness) -> None:
    entry = await harness.add_account()
    before = entry.unique_id
    misspelt = "clientsB2CPeugot"  # as a page of the vendor has it
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "realm": misspelt})
    await harness.hass.config_entries.async_reload(entry.entry_id)

    flow = await start_reconfigure(harness, entry)
    assert shown(flow)["realm"] == misspelt
    flow = await harness.consent(await harness.submit(flow, {**harness.form(), "realm": PEUGEOT}))

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.unique_id, entry.data["realm"]) == (before, PEUGEOT)
    assert len(harness.vendor.callbacks) == 1


async def test_a_brand_can_be_corrected(harness: Harness) -> None:
    """The account is told from others by its subject: it stays the same."""
    entry = await harness.add_account(brand="opel")
    assert entry.unique_id == "opel_d7b1c5b0-0000-4000-8000-000000000001"

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), harness.form()))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.unique_id, entry.data["brand"]) == ("peugeot_d7b1c5b0-0000-4000-8000-000000000001", "peugeot")


async def test_a_brand_is_not_corrected_into_that_of_another_entry(harness: Harness) -> None:
    await harness.add_account()
    entry = await harness.add_account(brand="opel")
    before = dict(entry.data)

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), harness.form()))

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
    await harness.settle()
    assert entry.data == before


@pytest.mark.parametrize("address", ["driver@example.com", "Driver@Example.com"])
async def test_an_address_is_the_same_account_however_it_is_written(harness: Harness, address: str) -> None:
    driver = harness.vendor.accounts["driver"]
    driver.id_token = False
    entry = await harness.sign_in()
    driver.email = address

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), harness.form()))

    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.unique_id == "peugeot_driver@example.com"


async def test_an_account_that_is_known_by_its_address_stays_so_when_tokens_name_a_subject(harness: Harness) -> None:
    driver = harness.vendor.accounts["driver"]
    driver.id_token = False
    entry = await harness.sign_in()
    driver.id_token = True
    add_neighbour(harness.vendor)

    assert (await harness.consent(await start_reauth(harness, entry)))["reason"] == "reauth_successful"
    await harness.settle()
    assert entry.unique_id == "peugeot_driver@example.com"
    assert (await harness.consent(await start_reauth(harness, entry), "neighbour"))["reason"] == "wrong_account"


@pytest.mark.parametrize("answer", [{"body": {}}, {"status": 404, "body": {"code": 40400, "message": "No vehicle"}}])
async def test_an_account_whose_cars_the_vendor_has_forgotten_can_be_changed(
    harness: Harness, answer: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/vehicles", times=None, **answer))

    assert (await harness.consent(await start_reauth(harness, entry)))["reason"] == "reauth_successful"
    await harness.settle()
    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), harness.form()))
    assert flow["reason"] == "reconfigure_successful"


async def test_a_request_to_sign_in_again_does_not_stand_in_the_way(harness: Harness) -> None:
    entry = await harness.add_account()
    entry.async_start_reauth(harness.hass)
    await harness.settle()

    flow = await harness.consent(await harness.submit(await start_reconfigure(harness, entry), harness.form()))
    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()
    assert not harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)

    entry.async_start_reauth(harness.hass)
    await harness.settle()
    flow = await harness.consent(await submit(harness, harness.form()))
    assert flow["reason"] == "already_configured"


# Tokens of flows that end without an entry


def grants(harness: Harness) -> int:
    """Return how many sign-ins the vendor knows of."""
    return len(harness.vendor.grants)


async def abandon(harness: Harness, flow: ConfigFlowResult) -> None:
    """Close the form."""
    harness.hass.config_entries.flow.async_abort(flow["flow_id"])
    await harness.settle()


LEFTOVERS: tuple[dict[str, Any], ...] = (
    {"path": "/user/vehicles", "status": 503},
    {"path": "/user/vehicles", "status": 404},
    {"path": "/user/vehicles", "body": {}},
    {"path": "/user/vehicles", "status": 401, "times": 2},
    {"path": "/user/vehicles", "drop": True, "times": None},
)


async def test_a_token_that_leads_to_no_entry_is_revoked(harness: Harness, subtests: pytest.Subtests) -> None:
    for fault in LEFTOVERS:
        with subtests.test(**fault):
            harness.vendor.faults.add(Fault(**fault))
            flow = await harness.consent(await submit(harness, harness.form()))
            assert flow["type"] is FlowResultType.FORM
            await harness.settle()
            assert grants(harness) == 0
            harness.vendor.faults.clear()
            await abandon(harness, flow)
    # Each token once.
    assert len(harness.requests("POST", "/token/revoke")) == len(LEFTOVERS)


@dataclass(frozen=True, kw_only=True)
class Closing(Fault):
    """Something happens while an answer is on its way: the form is closed."""

    close: Callable[[], None]

    @override
    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        self.close()
        return response


@pytest.mark.parametrize("path", ["/access_token", "/user/vehicles"])
@pytest.mark.parametrize("start", ["user", "reauth", "reconfigure"])
async def test_a_flow_that_is_closed_while_its_token_is_tried_changes_nothing(
    harness: Harness, start: str, path: str
) -> None:
    entry = None if start == "user" else await harness.add_account()
    before = entry and dict(entry.data)
    if entry and start == "reauth":
        flow = await start_reauth(harness, entry)
    else:
        form = await (start_reconfigure(harness, entry) if entry else harness.start_flow())
        flow = await harness.submit(form, harness.form())
    close = partial(harness.hass.config_entries.flow.async_abort, flow["flow_id"])
    harness.vendor.faults.add(Closing(path=path, close=close))

    with pytest.raises(UnknownFlow):
        await harness.consent(flow)

    await harness.settle()
    assert len(harness.requests("POST", "/token/revoke")) == 1
    assert grants(harness) == len(harness.hass.config_entries.async_entries(DOMAIN))
    assert (entry and dict(entry.data)) == before
    assert entry is None or harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])


async def test_a_token_of_an_account_that_is_there_already_is_revoked(harness: Harness) -> None:
    entry = await harness.add_account()

    flow = await harness.consent(await submit(harness, harness.form()))

    assert flow["reason"] == "already_configured"
    await harness.settle()
    assert grants(harness) == 1
    assert harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])


@pytest.mark.parametrize("start", ["reauth", "reconfigure"])
async def test_a_token_of_another_account_is_revoked(harness: Harness, start: str) -> None:
    entry = await harness.add_account()
    add_neighbour(harness.vendor)
    if start == "reauth":
        flow = await start_reauth(harness, entry)
    else:
        flow = await harness.submit(await start_reconfigure(harness, entry), harness.form())

    assert (await harness.consent(flow, "neighbour"))["reason"] == "wrong_account"

    await harness.settle()
    assert grants(harness) == 1
    assert harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])


async def test_a_token_that_an_entry_has_too_is_not_revoked(harness: Harness) -> None:
    """If the vendor has one grant for each app and user, it may hand out the same token again."""
    entry = await harness.add_account()
    token = {key: value for key, value in entry.data["token"].items() if key != "expires_at"}
    harness.vendor.faults.add(Fault(path="/access_token", body=token))

    flow = await harness.consent(await submit(harness, harness.form()))

    assert flow["reason"] == "already_configured"
    await harness.settle()
    assert not harness.requests("POST", "/token/revoke")


async def test_a_token_that_cannot_be_revoked_at_once_is_revoked_later(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=503))
    harness.vendor.faults.add(Fault(path="/token/revoke", status=503))
    flow = await harness.consent(await submit(harness, harness.form()))
    await harness.settle()
    assert grants(harness) == 1

    await harness.pass_time(minutes=2)

    assert grants(harness) == 0
    await abandon(harness, flow)


async def test_a_flow_that_makes_an_entry_revokes_nothing(harness: Harness) -> None:
    entry = await harness.sign_in()
    for start in (start_reauth(harness, entry), start_reconfigure(harness, entry)):
        flow = await start
        if flow["type"] is FlowResultType.FORM:
            flow = await harness.submit(flow, harness.form())
        await harness.consent(flow)
        await harness.settle()
    assert not harness.requests("POST", "/token/revoke")
    assert harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])


async def test_a_gateway_that_refuses_the_new_token_once_is_asked_again(harness: Harness) -> None:
    harness.vendor.faults.add(gateway_refusal(path="/user/vehicles", times=1))
    assert (await harness.sign_in()).state is ConfigEntryState.LOADED
