"""A whole day with faults, logged by everybody at DEBUG: no secret, VIN or position is said anywhere."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
import json
import logging
from typing import Any, Final
from urllib.parse import quote, quote_plus

from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_LOGGING_CHANGED, MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome, gateway_refusal, token_error
from simulator.google import Fault as GoogleFault
from simulator.google import Google

from .helpers.callbacks import only_callback
from .helpers.harness import Harness
from .helpers.remotes import act
from .helpers.secrets import Secrets, entry_secrets, tokens, vins
from .helpers.trips import LYON, PARIS, drive
from .helpers.ways import WAYS, Way

DESTINATION: Final = (7.269571, 43.695123)

# Home Assistant logs each event on its bus, with what the device tracker shows and what an action was called with. What
# is in the others is looked at where they are heard.
NOT_OURS: Final = (
    "homeassistant.core",
    # These log the address of each request that Home Assistant gets: the webhook's ID is a part of one.
    "aiohttp.access",
    "homeassistant.helpers.http",
    "homeassistant.components.webhook",
    # The test plugin logs what it would write to disk.
    "pytest_homeassistant_custom_component",
)


class Listener:
    """Somebody who reads all that is said and shown."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entries: list[dict[str, Any]] = []
        self.points: set[tuple[float, float]] = {PARIS, LYON, DESTINATION}
        self.said: list[tuple[str, str]] = []
        hass.bus.async_listen(MATCH_ALL, self._hear)

    @callback
    def _hear(self, event: Event[Any]) -> None:
        """Hear each event that is fired: what the states of a car's position are is meant to be shown."""
        data = event.data
        if event.event_type == "call_service" or str(data.get("entity_id", "")).startswith("device_tracker."):
            return
        if str(event.event_type).startswith(("state_", DOMAIN)):
            new = data.get("new_state")
            shown = new.as_dict() if new else {key: value for key, value in data.items() if "state" not in key}
            self.say(str(event.event_type), json.dumps(shown, default=repr))

    def say(self, where: str, text: str) -> None:
        self.said.append((where, text))

    def note(self, harness: Harness) -> None:
        """Note what is secret now: it may be replaced."""
        for entry in harness.hass.config_entries.async_entries(DOMAIN):
            self.entries.append(dict(entry.data))
        for car in harness.vendor.cars.values():
            self.points.add(car.position)
            for trip in car.trips:
                self.points |= {point for point in (trip.start, trip.stop) if point}

    async def hear(self, calling: Awaitable[object]) -> None:
        """Ask for something, and hear what is said if it fails."""
        try:
            await calling
        except HomeAssistantError as err:
            cause: BaseException | None = err
            while cause:
                self.say("exception", f"{cause!r} {cause} {getattr(cause, 'translation_placeholders', '')}")
                cause = cause.__cause__ or cause.__context__


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest, harness: Harness, google: Google, monkeypatch: pytest.MonkeyPatch) -> Way:
    """Each way by which messages come."""
    made = WAYS[request.param](harness, monkeypatch)
    made.be_impatient()
    return made


async def sign_in(harness: Harness, way: Way) -> ConfigEntry[Any]:
    """Add the account in the browser, with a key that has a password."""
    files = harness.vendor.certificates
    form = harness.form(
        delivery=way.name, private_key_path=str(files.encrypted_key), private_key_password=files.password
    )
    flow = await harness.submit(await harness.start_flow(), form)
    if flow["type"] is FlowResultType.FORM:
        project = {f"firebase_{key}": value for key, value in asdict(harness.vendor.google.project).items()}
        flow = await harness.submit(flow, project)
    result = await harness.consent(flow)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await harness.settle()
    await way.connected()
    entry: ConfigEntry[Any] = result["result"]
    return entry


def spiteful(harness: Harness, entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return an answer of a vendor that repeats all that it has been told."""
    account = harness.vendor.accounts["driver"]
    # The client secret goes to the identity provider only, which gets no VIN and no position.
    said = " ".join(
        [
            account.email,
            *(part for car in account.cars for part in (car.vin, *map(str, car.position))),
            entry.data["token"]["access_token"],
            entry.data["token"]["refresh_token"],
            entry.data["callback_secret"],
            entry.data["webhook_id"],
        ]
    )
    return {"code": 40000, "message": said, "error": "invalid_request", "error_description": said, "uuid": said}


async def live(harness: Harness, way: Way, listener: Listener) -> None:
    """Let a day pass on which all sorts of things happen to the cars."""
    vendor, garage = harness.vendor, harness.vendor.garage
    electric, hybrid, combustion = (vendor.cars[name] for name in ("electric", "hybrid", "combustion"))
    for car in (electric, hybrid, combustion):
        garage.unlock(car)
        garage.open(car, "Trunk")
        garage.drive_off(car)
        await way.arrive()
        listener.note(harness)
        garage.park(car)
        garage.raise_alert(car)
    garage.start_charging(hybrid)
    garage.collide(combustion)
    garage.break_in(combustion)
    await way.arrive()
    garage.stop_charging(hybrid)
    garage.set_privacy(electric, "Geolocation")
    await way.arrive()
    garage.set_privacy(electric, "None")
    await way.catch_up()


async def command(harness: Harness, car: Car, listener: Listener) -> None:
    """Ask for what works, and for what does not."""
    for platform, key, service in (
        ("lock", "doors", "lock"),
        ("button", "horn", "press"),
        ("climate", "preconditioning", "turn_on"),
    ):
        await listener.hear(harness.call(car, platform, key, service))
    latitude, longitude = DESTINATION[1], DESTINATION[0]
    await listener.hear(
        act(harness, car, "send_navigation", destinations=[{"latitude": latitude, "longitude": longitude}])
    )
    car.next_outcomes.append(Outcome("Failed", "VehicleConnectionTimeout"))
    await listener.hear(harness.call(car, "lock", "doors", "unlock"))


async def disturb(harness: Harness, way: Way, entry: ConfigEntry[Any], listener: Listener) -> None:
    """Let all sorts of things go wrong."""
    vendor, electric = harness.vendor, harness.vendor.cars["electric"]
    spite = spiteful(harness, entry)
    text = str(spite["message"])
    for fault in (
        gateway_refusal(times=1),
        *(Fault(path="/user/*", status=status, body=spite) for status in (400, 403, 404, 409, 429, 500, 503)),
        Fault(path="/user/*", body=f"<html>{text}</html>"),
        Fault(path="/user/*", body=text.encode()),
        Fault(path="/user/*", status=307, headers={"Location": f"https://127.0.0.1/{text}"}),
        Fault(path="/user/*", drop=True),
        Fault(path="/user/*", drop=True, after=True),
    ):
        vendor.faults.add(fault)
        await listener.hear(harness.call(electric, "lock", "doors", "lock"))
        vendor.faults.clear()
        vendor.faults.add(fault)
        await harness.pass_time(hours=7)
        vendor.faults.clear()
        await harness.pass_time(minutes=31)
    for error in ("invalid_request", "server_error"):
        token = {**entry.data["token"], "expires_at": 0}
        harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
        vendor.faults.add(token_error(error, description=f"{text} {entry.data['client_secret']}"))
        await harness.pass_time(hours=7)
        vendor.faults.clear()
        await harness.pass_time(hours=2)
        listener.note(harness)
    if way.told:
        for on_the_way in (MessageFault(lose=True), MessageFault(double=True), MessageFault(reorder=True)):
            vendor.faults.add(on_the_way)
            await listener.hear(harness.call(electric, "lock", "doors", "unlock"))
            await way.arrive()
        await way.interrupt()
        vendor.garage.lock(electric)
        await way.resume()
        await way.arrive()
    if way.name == "push_notification":
        vendor.google.faults.update([GoogleFault.LOGIN, GoogleFault.CHECKIN, GoogleFault.REGISTER])
        vendor.google.connections.drop()
        await way.arrive()
        listener.note(harness)
    await abuse(harness, entry, text)


async def abuse(harness: Harness, entry: ConfigEntry[Any], text: str) -> None:
    """Post what nobody can read, with secrets in it, and something without the secret."""
    car = harness.vendor.cars["electric"]
    for body in (text, json.dumps({"type": text}), json.dumps([[text]]), json.dumps({"type": "Monitor", "date": text})):
        async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", data=body) as answer:
            await answer.read()
    async with harness.browser.get(f"/api/stellantis/websocket/{entry.data['webhook_id']}") as answer:
        await answer.read()
    if entry.data["delivery"] == "webhook":
        await harness.post(entry, car, {"values": [{"data": text, "value": {"type": text}}]}, vin=car.vin)
    await harness.settle()


async def show(harness: Harness, entry: ConfigEntry[Any], listener: Listener, client: ClientSessionGenerator) -> None:
    """Look at all that Home Assistant shows."""
    browser = await client()
    devices = dr.async_entries_for_config_entry(dr.async_get(harness.hass), entry.entry_id)
    for path in ("", *(f"/device/{device.id}" for device in devices)):
        async with browser.get(f"/api/diagnostics/config_entry/{entry.entry_id}{path}") as answer:
            assert answer.status == 200
            listener.say("diagnostics", await answer.text())
    for state in harness.hass.states.async_all():
        if state.domain not in {"device_tracker", "zone"}:
            listener.say(state.entity_id, json.dumps(state.as_dict(), default=repr))
    for issue in ir.async_get(harness.hass).issues.values():
        listener.say("repair", f"{issue}")
    for thing in (entry.runtime_data, entry.runtime_data.client, *entry.runtime_data.cars.values()):
        listener.say("repr", repr(thing))


@pytest.mark.usefixtures("three_cars", "every_entity_enabled")
async def test_no_secret_is_said_or_shown_on_a_day_of_faults(
    harness: Harness,
    way: Way,
    caplog: pytest.LogCaptureFixture,
    hass_client: ClientSessionGenerator,
    record_property: Callable[[str, object], None],
) -> None:
    assert await async_setup_component(harness.hass, DIAGNOSTICS, {})
    for name in (None, "aiohttp", "asyncio", "homeassistant", "custom_components", "firebase_messaging"):
        caplog.set_level(logging.DEBUG, logger=name)
    harness.hass.bus.async_fire(EVENT_LOGGING_CHANGED)  # so that the bus logs each event too
    listener = Listener(harness.hass)
    vendor, electric = harness.vendor, harness.vendor.cars["electric"]
    vendor.accounts["driver"].id_token = False  # so the account is known by its e-mail address
    drive(electric, dt_util.utcnow() - timedelta(hours=20))

    entry = await sign_in(harness, way)
    listener.note(harness)
    await live(harness, way, listener)
    await command(harness, electric, listener)
    await disturb(harness, way, entry, listener)
    await harness.reload(entry)
    await way.connected()
    await show(harness, entry, listener, hass_client)
    listener.note(harness)
    callback_id = only_callback(harness).id
    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.settle()

    account = vendor.accounts["driver"]
    secrets = Secrets(
        [
            *(secret for data in listener.entries for secret in entry_secrets(data)),
            *tokens(vendor),
            *vins(vendor.cars.values()),
            account.email,
            vendor.certificates.password,
            callback_id,
        ],
        listener.points,
    )
    told = [(record.name, record.getMessage() + (record.exc_text or "")) for record in caplog.records]
    assert {"homeassistant.core", "custom_components.stellantis.api.http"} <= {name for name, _ in told}
    ours = [each for each in told if not each[0].startswith(NOT_OURS)]
    record_property("log_lines", len(told))
    found = [(secret, *each) for each in [*ours, *listener.said] if (secret := secrets.find(each[1]))]
    assert not found, "\n".join(f"{secret} in {where}: {text[:400]}" for secret, where, text in found[:20])


SECRET: Final = "demo+secret/of:the=vendor&app%20"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /{SECRET}",
        f"GET /?a={quote(SECRET, safe='')}&b",
        f"GET /?a={quote_plus(SECRET)}&b",
        f"Basic {b64encode(f'id:{SECRET}!'.encode()).decode()}",
        f"{b64encode(f'i{SECRET}'.encode()).decode()}",
        f"{b64encode(f'{SECRET}..'.encode()).decode()}",
        f"of {SECRET.encode().hex()}",
        f"{SECRET.encode()!r}",
        "a car CDEF0123",
        "https://maps/?q=48.8566,2.3522",
        "at 2.35221",
        "latitude=-33.85678",
    ],
)
def test_a_secret_is_found_in_each_spelling(text: str) -> None:
    """The search itself, so that a day on which nothing is found means something."""
    secrets = Secrets([SECRET, "VXXDEMABCDEF0123", "CDEF0123"], [(2.3522, 48.8566), (151.2, -33.8567)])
    assert secrets.find(text)


def test_what_is_no_secret_is_not_found() -> None:
    secrets = Secrets([SECRET, "VXXDEMABCDEF0123", "CDEF0123"], [(2.3522, 48.8566)])
    assert not secrets.find("2026-11-28 12:48.856 took 12.352 s, 148.8566, demo, CDEF012, 48.8")
