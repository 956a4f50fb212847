"""Adding an account, signing in again, changing what was typed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowContext, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType, InvalidData, section
import pytest
from pytest_homeassistant_custom_component.common import get_schema_suggested_value
from yarl import URL

from custom_components.stellantis.const import DEFAULT_OPTIONS, DOMAIN
from simulator import Account, Certificates, Fault, Front, Simulator, electric
from simulator.accounts import SCOPES

from .cloud import Cloud
from .conftest import House

SECRETS = ("client_secret", "private_key_password")
NEW_SECRET = "another secret, of a length that JWT likes"
NOBODY = "https://127.0.0.1:1"
PEUGEOT, CITROEN = "clientsB2CPeugeot", "clientsB2CCitroen"


@pytest.fixture
def folder(house: House, certificates: Certificates, tmp_path: Path) -> Path:
    """Home Assistant's configuration folder, with certificates in it and what people take for them."""
    shutil.copytree(certificates.ca.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "text.pem").write_text("not a certificate")
    (tmp_path / "folder.pem").mkdir()
    (tmp_path / "tomorrow.pem").write_bytes(certificate_of_tomorrow(certificates.client_key))
    house.hass.config.config_dir = str(tmp_path)
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
    return kept | {"advanced": {"scope_separator": "comma", **form["advanced"]}}


async def submit(house: House, form: dict[str, Any]) -> ConfigFlowResult:
    return await house.submit(await house.start_flow(), form)


async def finish(house: House, flow: ConfigFlowResult, right: dict[str, Any]) -> None:
    """Correct the form that is shown, and get the account."""
    flow = await house.consent(await house.submit(flow, right))
    assert flow["type"] is FlowResultType.CREATE_ENTRY, flow
    await house.settle()


@pytest.mark.parametrize(
    ("account", "title", "unique_id"),
    [
        ("driver", "Peugeot", f"{PEUGEOT}_d7b1c5b0-0000-4000-8000-000000000001"),
        ("family", "Citroën", f"{CITROEN}_d7b1c5b0-0000-4000-8000-000000000002"),
    ],
)
async def test_an_account_is_added(house: House, account: str, title: str, unique_id: str) -> None:
    flow = await house.start_flow()
    assert shown(flow) == {"advanced": {}}
    form = house.form(account)

    flow = await house.consent(await house.submit(flow, form), account)

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert (flow["title"], flow["result"].unique_id) == (title, unique_id)
    typed = {key: value for key, value in form.items() if key != "advanced"}
    realm = house.vendor.accounts[account].realm
    expected = {**typed, **form["advanced"], "scope_separator": "comma", "realm": realm}
    assert expected.items() <= flow["data"].items()
    assert flow["data"].keys() - expected.keys() == {"token", "webhook_id", "callback_secret"}
    await house.settle()
    assert flow["result"].state is ConfigEntryState.LOADED


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
async def test_without_addresses_the_browser_goes_to_the_brand(house: House, brand: str, host: str, realm: str) -> None:
    form = house.form(brand=brand, realm=" ", scopes=["data:telemetry", "remote:horn:write"], advanced={})

    flow = await submit(house, form)

    assert flow["type"] is FlowResultType.EXTERNAL_STEP
    url = URL(flow["url"])
    assert str(url.with_query(None)) == f"https://{host}/am/oauth2/authorize"
    assert {key: value for key, value in url.query.items() if key != "state"} == {
        "response_type": "code",
        "client_id": form["client_id"],
        "redirect_uri": "https://example.com/auth/external/callback",
        "scope": "data:telemetry,remote:horn:write",
    }


async def test_scopes_can_be_separated_by_blanks(house: House) -> None:
    form = house.form()
    flow = await submit(house, {**form, "advanced": {**form["advanced"], "scope_separator": "space"}})
    assert URL(flow["url"]).query["scope"] == " ".join(SCOPES)
    assert (await house.consent(flow))["type"] is FlowResultType.CREATE_ENTRY


async def test_paths_are_relative_to_the_configuration_folder(house: House, folder: Path) -> None:
    entry = await house.add_account(**RELATIVE)
    assert entry.state is ConfigEntryState.LOADED
    assert {key: entry.data[key] for key in RELATIVE} == RELATIVE


async def test_an_encrypted_key_is_opened_by_its_password(house: House, folder: Path) -> None:
    password = house.vendor.certificates.password
    entry = await house.add_account(
        **RELATIVE | {"private_key_path": "client.encrypted.key"}, private_key_password=password
    )
    assert entry.state is ConfigEntryState.LOADED


async def test_blanks_around_what_is_typed_do_not_count(house: House) -> None:
    form = house.form()
    entry = await house.add_account(client_id=f" {form['client_id']}\n", client_secret=f"{form['client_secret']} ")
    assert {key: entry.data[key] for key in ("client_id", "client_secret")} == {
        key: form[key] for key in ("client_id", "client_secret")
    }


# What is typed, and what is said about it.
EARLY_MISTAKES: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
    ({"scopes": []}, {"scopes": "no_scopes"}),
    ({"client_id": " "}, {"client_id": "required"}),
    ({"client_secret": " "}, {"client_secret": "required"}),
    ({"certificate_path": " "}, {"certificate_path": "required"}),
    ({"private_key_path": " "}, {"private_key_path": "required"}),
    ({"certificate_path": "none.pem"}, {"certificate_path": "file_missing"}),
    ({"private_key_path": "none.pem"}, {"private_key_path": "file_missing"}),
    ({"ca_certificate_path": "none.pem"}, {"ca_certificate_path": "file_missing"}),
    ({"certificate_path": "folder.pem"}, {"certificate_path": "file_unreadable"}),
    ({"private_key_path": "folder.pem"}, {"private_key_path": "file_unreadable"}),
    ({"ca_certificate_path": "folder.pem"}, {"ca_certificate_path": "file_unreadable"}),
    ({"certificate_path": "text.pem"}, {"certificate_path": "not_pem"}),
    ({"private_key_path": "text.pem"}, {"private_key_path": "not_pem"}),
    ({"ca_certificate_path": "text.pem"}, {"ca_certificate_path": "not_pem"}),
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
    house: House, folder: Path, subtests: pytest.Subtests
) -> None:
    right = house.form(**RELATIVE)
    flow = await house.start_flow()
    for mistake, errors in EARLY_MISTAKES:
        with subtests.test(**mistake):
            form = {**right, **mistake}
            flow = await house.submit(flow, form)
            assert flow["errors"] == errors
            assert shown(flow) == without_secrets(form)
    assert not house.vendor.requests
    await finish(house, flow, right)


async def test_an_error_of_a_file_names_the_file(house: House, folder: Path) -> None:
    flow = await submit(house, house.form(certificate_path="none.pem"))
    assert flow["description_placeholders"]
    assert flow["description_placeholders"]["path"] == str(folder / "none.pem")


# The same for what only the vendor can tell.
LATE_MISTAKES: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
    ({"client_secret": "guess"}, {"client_secret": "invalid_client"}),
    ({"realm": "clientsB2CPeugot"}, {"realm": "invalid_auth"}),
    (
        {"certificate_path": "foreign.pem", "private_key_path": "foreign.key"},
        {"certificate_path": "certificate_refused"},
    ),
    ({"ca_certificate_path": "foreign-ca.pem"}, {"ca_certificate_path": "server_not_trusted"}),
    ({"ca_certificate_path": ""}, {"ca_certificate_path": "server_not_trusted"}),
)


async def test_mistakes_are_found_before_the_entry_is_made(
    house: House, folder: Path, subtests: pytest.Subtests
) -> None:
    right = house.form(**RELATIVE)
    flow = await house.start_flow()
    for mistake, errors in LATE_MISTAKES:
        with subtests.test(**mistake):
            form = {**right, **mistake}
            flow = await house.consent(await house.submit(flow, form))
            assert flow["errors"] == errors
            assert shown(flow) == without_secrets(form)
    await finish(house, flow, right)


@pytest.mark.parametrize(("path", "error"), [("", "cannot_connect"), ("/v1", "no_data")])
async def test_a_wrong_api_address_is_told(house: House, path: str, error: str) -> None:
    right = house.form()
    address = f"{house.vendor.api_url}{path}" if path else NOBODY
    form = {**right, "advanced": {**right["advanced"], "api_url": address}}

    flow = await house.consent(await submit(house, form))

    assert flow["errors"] == {"base": error}
    assert shown(flow) == without_secrets(form)
    await finish(house, flow, right)


# What the vendor answers, what is said about it, and what fills in the sentence.
API_ANSWERS: tuple[tuple[dict[str, Any], dict[str, str], dict[str, str]], ...] = (
    ({"status": 401}, {"realm": "invalid_auth"}, {}),
    ({"status": 403}, {"scopes": "forbidden"}, {}),
    ({"status": 404}, {"base": "no_data"}, {}),
    ({"status": 400, "body": {"message": "no"}}, {"base": "rejected"}, {"message": "no"}),
    ({"status": 429, "headers": {"Retry-After": "42"}}, {"base": "rate_limited"}, {"seconds": "42"}),
    ({"status": 503}, {"base": "vendor_error"}, {"status": "503"}),
    ({"body": "<html>Welcome</html>"}, {"base": "bad_answer"}, {}),
    ({"drop": True}, {"certificate_path": "hung_up"}, {}),
)
TOKEN_ANSWERS: tuple[tuple[dict[str, Any], dict[str, str], dict[str, str]], ...] = (
    ({"status": 400, "body": {"error": "invalid_grant"}}, {"base": "code_refused"}, {}),
    ({"status": 400, "body": {"error": "invalid_request"}}, {"base": "rejected"}, {"message": "invalid_request"}),
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
    house: House,
    path: str,
    answers: tuple[tuple[dict[str, Any], dict[str, str], dict[str, str]], ...],
    subtests: pytest.Subtests,
) -> None:
    form = house.form()
    flow = await house.start_flow()
    for answer, errors, placeholders in answers:
        with subtests.test(**answer):
            house.vendor.faults.clear()
            house.vendor.faults.add(Fault(path=path, times=None, **answer))
            flow = await house.consent(await house.submit(flow, form))
            assert flow["errors"] == errors
            assert flow["description_placeholders"]
            assert placeholders.items() <= flow["description_placeholders"].items()
            assert shown(flow) == without_secrets(form)
    house.vendor.faults.clear()
    await finish(house, flow, form)


async def test_an_app_without_access_plan_is_told(house: House) -> None:
    driver = house.vendor.accounts["driver"]
    driver.registered_to_plan = False

    flow = await house.consent(await submit(house, house.form()))

    assert flow["errors"] == {"client_id": "no_access_plan"}
    driver.registered_to_plan = True
    await finish(house, flow, house.form())


async def test_an_account_without_cars_is_told(house: House) -> None:
    driver = house.vendor.accounts["driver"]
    cars, driver.cars = driver.cars, []

    flow = await house.consent(await submit(house, house.form()))

    assert flow["errors"] == {"base": "no_vehicles"}
    driver.cars = cars
    await finish(house, flow, house.form())


async def test_a_file_that_goes_while_the_browser_is_open_is_told(house: House, folder: Path) -> None:
    flow = await submit(house, house.form(**RELATIVE))
    (folder / "client.pem").unlink()

    flow = await house.consent(flow)

    assert flow["errors"] == {"certificate_path": "file_missing"}
    await finish(house, flow, house.form())


async def consent_elsewhere(house: House, flow: ConfigFlowResult, oauth_url: str) -> ConfigFlowResult:
    """Consent at the vendor's page although the token comes from another address."""
    url = flow["url"].replace(oauth_url, house.vendor.oauth_url)
    return await house.consent(ConfigFlowResult(**{**flow, "url": url}))


async def test_an_identity_provider_that_nobody_is_at_is_told(house: House) -> None:
    right = house.form()
    form = {**right, "advanced": {**right["advanced"], "oauth_url": NOBODY}}

    flow = await consent_elsewhere(house, await submit(house, form), NOBODY)

    assert flow["errors"] == {"base": "identity_provider_unreachable"}
    assert shown(flow) == without_secrets(form)
    await finish(house, flow, right)


async def test_an_identity_provider_that_nobody_vouches_for_is_told(house: House, tmp_path: Path) -> None:
    strangers = await house.hass.async_add_executor_job(Certificates.issue, tmp_path)
    front = Front(strangers, host="127.0.0.1")
    await front.start()
    right = house.form()

    flow = await submit(house, {**right, "advanced": {**right["advanced"], "oauth_url": front.url}})
    flow = await consent_elsewhere(house, flow, front.url)

    await front.stop()
    assert flow["errors"] == {"base": "identity_provider_not_trusted"}
    await finish(house, flow, right)


async def test_scopes_that_the_app_was_not_declared_with_are_told(house: House) -> None:
    form = house.form()
    app = house.vendor.apps[form["client_id"]]
    house.vendor.apps[app.client_id] = replace(app, scopes=SCOPES[1:])

    flow = await house.consent(await submit(house, form))

    assert flow["errors"] == {"scopes": "invalid_scope"}
    assert shown(flow) == without_secrets(form)
    await finish(house, flow, house.form())


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
async def test_an_app_that_may_not_sign_in_is_told(house: House, error: str) -> None:
    flow = await house.come_back(await submit(house, house.form()), error=error)

    assert flow["errors"] == {"client_id": error}
    await finish(house, flow, house.form())


async def test_a_person_may_refuse(house: House) -> None:
    flow = await house.consent(await submit(house, house.form()), decision="deny")

    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "user_rejected_authorize"
    assert flow["description_placeholders"] == {"error": "access_denied"}
    assert not house.requests("POST", "/access_token")


async def test_without_id_token_the_account_is_known_by_its_address(house: House) -> None:
    house.vendor.accounts["driver"].id_token = False
    entry = await house.add_account()
    assert entry.unique_id == f"{PEUGEOT}_driver@example.com"


async def test_an_account_that_nothing_is_known_of_is_told(house: House) -> None:
    driver = house.vendor.accounts["driver"]
    driver.id_token = False
    house.vendor.faults.add(Fault(path="/user", body={}))

    flow = await house.consent(await submit(house, house.form()))

    assert flow["errors"] == {"base": "no_account"}
    await finish(house, flow, house.form())


async def test_an_account_is_added_once(house: House) -> None:
    entry = await house.add_account()
    token = entry.data["token"]

    flow = await house.consent(await submit(house, house.form()))

    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "already_configured"
    assert house.hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.data["token"] == token


@pytest.mark.parametrize("url", [None, "http://house.example.com", "https://192.0.2.1"])
async def test_without_an_https_address_there_is_no_way(house: House, url: str | None) -> None:
    await house.hass.config.async_update(external_url=url)
    flow = await house.start_flow()
    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "no_url"


async def test_the_cloud_is_as_good_as_an_address(house: House, cloud: Cloud) -> None:
    await house.hass.config.async_update(external_url=None)

    entry = await house.add_account()

    [callback] = house.vendor.callbacks.values()
    assert callback.target == "https://hooks.example.com/1"
    assert cloud.cloudhooks.hooks == {entry.data["webhook_id"]: {"cloudhook_url": callback.target}}


async def test_a_cloud_without_subscription_is_no_address(house: House, cloud: Cloud) -> None:
    cloud.subscription_expired = True
    await house.hass.config.async_update(external_url=None)
    assert (await house.start_flow())["reason"] == "no_url"


async def start_reauth(house: House, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Start to sign in again, and confirm."""
    entry.async_start_reauth(house.hass)
    await house.settle()
    [flow] = house.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "reauth_confirm"
    return await house.submit(flow, {})


async def start_reconfigure(house: House, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    context = ConfigFlowContext(source="reconfigure", entry_id=entry.entry_id)
    return await house.hass.config_entries.flow.async_init(DOMAIN, context=context)


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


async def test_signing_in_again_takes_the_browser_only(house: House) -> None:
    entry = await house.add_account()
    before = dict(entry.data)
    house.vendor.revoke_tokens("driver")

    flow = await house.consent(await start_reauth(house, entry))

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await house.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"] != before.pop("token")
    assert {key: entry.data[key] for key in before} == before
    assert len(house.vendor.callbacks) == 1


async def test_signing_in_again_as_somebody_else_is_refused(house: House) -> None:
    entry = await house.add_account()
    before = dict(entry.data)
    add_neighbour(house.vendor)

    flow = await house.consent(await start_reauth(house, entry), "neighbour")

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data == before


async def test_signing_in_again_with_a_secret_that_has_changed_leads_to_the_form(house: House) -> None:
    entry = await house.add_account()
    app = house.vendor.apps[entry.data["client_id"]]
    house.vendor.apps[app.client_id] = replace(app, client_secret=NEW_SECRET)

    flow = await house.consent(await start_reauth(house, entry))

    assert flow["errors"] == {"client_secret": "invalid_client"}
    assert shown(flow) == without_secrets(house.form())
    flow = await house.consent(await house.submit(flow, house.form()))
    assert flow["reason"] == "reauth_successful"
    await house.settle()
    assert (entry.state, entry.data["client_secret"]) == (ConfigEntryState.LOADED, NEW_SECRET)


async def test_signing_in_again_without_the_certificate_leads_to_the_form(house: House, folder: Path) -> None:
    entry = await house.add_account(**RELATIVE)
    (folder / "client.pem").unlink()

    flow = await start_reauth(house, entry)

    assert flow["errors"] == {"certificate_path": "file_missing"}
    form = {**shown(flow), "certificate_path": house.form()["certificate_path"]}
    flow = await house.consent(await house.submit(flow, form))
    assert flow["reason"] == "reauth_successful"
    await house.settle()
    assert entry.state is ConfigEntryState.LOADED


async def test_a_secret_can_be_changed(house: House) -> None:
    entry = await house.add_account()
    app = house.vendor.apps[entry.data["client_id"]]
    house.vendor.apps[app.client_id] = replace(app, client_secret=NEW_SECRET)
    flow = await start_reconfigure(house, entry)
    assert shown(flow) == without_secrets(house.form())

    flow = await house.consent(await house.submit(flow, house.form()))

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await house.settle()
    assert (entry.state, entry.data["client_secret"]) == (ConfigEntryState.LOADED, NEW_SECRET)


async def test_secrets_that_are_left_empty_are_kept(house: House) -> None:
    files = house.vendor.certificates
    secrets = {"client_secret": house.form()["client_secret"], "private_key_password": files.password}
    entry = await house.add_account(private_key_path=str(files.encrypted_key), private_key_password=files.password)
    before = dict(entry.data)
    flow = await start_reconfigure(house, entry)
    assert not secrets.keys() & shown(flow).keys()

    flow = await house.consent(await house.submit(flow, shown(flow)))

    assert flow["reason"] == "reconfigure_successful"
    await house.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert secrets.items() <= entry.data.items()
    assert entry.data.keys() == before.keys()
    assert entry.data["webhook_id"] == before["webhook_id"]
    assert len(house.vendor.callbacks) == 1


async def test_a_certificate_can_be_changed(house: House, folder: Path) -> None:
    entry = await house.add_account()
    flow = await start_reconfigure(house, entry)

    flow = await house.submit(flow, {**shown(flow), **RELATIVE, "certificate_path": "expired.pem"})
    assert flow["errors"] == {"certificate_path": "certificate_expired"}
    flow = await house.consent(await house.submit(flow, {**shown(flow), **RELATIVE}))

    assert flow["reason"] == "reconfigure_successful"
    await house.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert RELATIVE.items() <= entry.data.items()


async def test_an_account_is_not_changed_into_another(house: House) -> None:
    entry = await house.add_account()
    before = dict(entry.data)
    add_neighbour(house.vendor)
    flow = await start_reconfigure(house, entry)

    flow = await house.consent(await house.submit(flow, house.form()), "neighbour")

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data == before


async def test_an_account_can_move_to_another_app(house: House) -> None:
    entry = await house.add_account()
    old_callback, old_token = entry.data["callback_id"], entry.data["token"]["access_token"]
    old_app = house.vendor.apps[entry.data["client_id"]]
    new_app = replace(old_app, client_id="another app", client_secret=NEW_SECRET)
    house.vendor.apps[new_app.client_id] = new_app
    form = house.form(client_id=new_app.client_id, client_secret=new_app.client_secret)

    flow = await house.consent(await house.submit(await start_reconfigure(house, entry), form))

    assert flow["reason"] == "reconfigure_successful"
    await house.settle()
    assert entry.state is ConfigEntryState.LOADED
    [callback] = house.vendor.callbacks.values()
    assert (callback.client_id, callback.id) == (new_app.client_id, entry.data["callback_id"])
    assert callback.id != old_callback
    assert house.vendor.grants.by_access_token(old_token) is None


async def test_an_account_that_is_not_loaded_can_be_changed(house: House) -> None:
    entry = await house.add_account()
    assert await house.hass.config_entries.async_unload(entry.entry_id)

    flow = await house.consent(await house.submit(await start_reconfigure(house, entry), house.form()))

    assert flow["reason"] == "reconfigure_successful"
    await house.settle()
    assert entry.state is ConfigEntryState.LOADED


async def start_options(house: House, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    return await house.hass.config_entries.options.async_init(entry.entry_id)


async def test_options_begin_with_what_holds_and_are_kept(house: House) -> None:
    entry = await house.add_account()
    flow = await start_options(house, entry)
    assert flow["type"] is FlowResultType.FORM
    assert flow["data_schema"]
    assert flow["data_schema"]({}) == DEFAULT_OPTIONS
    chosen = {
        "pushed_poll_interval": 720,
        "poll_interval": 15,
        "charging_refresh": 10,
        "moving_refresh": 2,
        "wake_up_limit": 0,
    }

    result = await house.hass.config_entries.options.async_configure(flow["flow_id"], chosen)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    await house.settle()
    assert entry.options == chosen
    assert entry.state is ConfigEntryState.LOADED
    flow = await start_options(house, entry)
    assert flow["data_schema"]
    for key, value in chosen.items():
        assert get_schema_suggested_value(flow["data_schema"].schema, key) == value


@pytest.mark.parametrize(
    ("option", "minutes"),
    [
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
    ],
)
async def test_options_have_bounds(house: House, option: str, minutes: int) -> None:
    entry = await house.add_account()
    flow = await start_options(house, entry)
    with pytest.raises(InvalidData):
        await house.hass.config_entries.options.async_configure(flow["flow_id"], {**DEFAULT_OPTIONS, option: minutes})
    assert entry.options == {}
