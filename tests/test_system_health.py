"""What the page of system information says."""

from datetime import timedelta
import json
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import get_system_health_info
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis import system_health
from custom_components.stellantis.account import delivery_health, questions
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault

from .helpers.harness import Harness
from .helpers.held import Held

pytestmark = pytest.mark.usefixtures("page")

NOBODY = "https://127.0.0.1:1"
UNREACHABLE = {"type": "failed", "error": "unreachable"}


@pytest.fixture
async def page(hass: HomeAssistant) -> None:
    """Set up the page before the harness starts its server, which then takes no more pages."""
    for component in ("system_health", "websocket_api"):
        assert await async_setup_component(hass, component, {})


async def told(harness: Harness) -> dict[str, Any]:
    """Return what is told, once all that has to be asked for has been answered."""
    info = await get_system_health_info(harness.hass, DOMAIN)
    return {key: await value if hasattr(value, "__await__") else value for key, value in info.items()}


def change(harness: Harness, entry: ConfigEntry[Any], **data: Any) -> None:
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, **data})


def left(harness: Harness, entry: ConfigEntry[Any]) -> int:
    """Return how many requests the vendor allows still, by its last answer."""
    remaining: int = entry.runtime_data.client.rate_limits.daily_remaining
    return remaining


async def test_an_account_that_works(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    await harness.call(car, "lock", "doors", "unlock")
    await harness.vendor.idle()
    before = dt_util.utcnow()
    assert await told(harness) == {
        "accounts_loaded": 1,
        "accounts_not_loaded": 0,
        "can_reach_identity_provider": "ok",
        "can_reach_api": "ok",
        "delivery": "webhook",
        "messages_arrive": "ok",
        "last_message": entry.runtime_data.receiver.last_message,
        "cars_pushed": 1,
        "cars_polled": 0,
        "requests_left": left(harness, entry),
    }
    assert entry.runtime_data.receiver.last_message <= before
    assert left(harness, entry) > 0


async def test_the_page_shows_it(harness: Harness, hass_ws_client: WebSocketGenerator) -> None:
    """With what had to be asked for, and the way to the accounts."""
    await harness.add_account()
    person = await hass_ws_client(harness.hass)
    await person.send_json_auto_id({"type": "system_health/info"})
    assert (await person.receive_json())["success"]
    first = (await person.receive_json())["event"]["data"][DOMAIN]
    assert first["manage_url"] == "/config/integrations/integration/stellantis"
    shown = dict(first["info"])
    assert shown["can_reach_identity_provider"] == shown["can_reach_api"] == {"type": "pending"}
    while (event := (await person.receive_json())["event"])["type"] != "finish":
        if event["domain"] == DOMAIN:
            shown[event["key"]] = event["data"]
    assert shown["can_reach_identity_provider"] == shown["can_reach_api"] == "ok"
    assert shown["last_message"] == "-"


async def test_cars_that_are_polled(harness: Harness, car: Car, other: Car) -> None:
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=403, times=None))
    await harness.add_account()
    info = await told(harness)
    assert (info["cars_pushed"], info["cars_polled"]) == (1, 1)


async def test_an_account_to_which_the_vendor_sends_nothing(harness: Harness) -> None:
    await harness.add_account(delivery="polling")
    info = await told(harness)
    assert (info["delivery"], info["messages_arrive"], info["last_message"]) == ("polling", "-", "-")
    assert (info["cars_pushed"], info["cars_polled"]) == (0, 1)


async def test_an_account_that_the_vendor_cannot_reach(harness: Harness) -> None:
    await harness.add_account()
    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    info = await told(harness)
    assert (info["delivery"], info["messages_arrive"]) == ("webhook", UNREACHABLE)


async def test_an_account_whose_messages_do_not_arrive(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "CHECK_AFTER", (0.2, 0.4, 0.8, 1.6, 3.2))
    monkeypatch.setattr(delivery_health, "SPREAD_OVER", timedelta())
    await harness.add_account()
    harness.vendor.faults.add(MessageFault(lose=True, times=None))
    for _ in range(3):
        await harness.call(car, "button", "horn", "press")
    assert (await told(harness))["messages_arrive"] == {"type": "failed", "error": "missing"}


@pytest.mark.parametrize(
    ("server", "key"), [("oauth_url", "can_reach_identity_provider"), ("api_url", "can_reach_api")]
)
async def test_a_server_that_cannot_be_reached(harness: Harness, server: str, key: str) -> None:
    entry = await harness.add_account()
    change(harness, entry, **{server: NOBODY})
    info = await told(harness)
    other = {"can_reach_identity_provider", "can_reach_api"} - {key}
    assert info[key] == UNREACHABLE
    assert info[other.pop()] == "ok"


async def test_a_server_that_does_not_answer(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = await harness.add_account()
    change(harness, entry, api_url=f"{harness.vendor.api_url}/silent")
    monkeypatch.setattr(system_health, "TIMEOUT", 0.05)
    answer = Held(path="/silent")
    harness.vendor.faults.add(answer)
    assert (await told(harness))["can_reach_api"] == {"type": "failed", "error": "timeout"}
    answer.let_go.set()


async def test_a_refusal_is_an_answer(harness: Harness) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="", times=None, status=503))
    info = await told(harness)
    assert info["can_reach_identity_provider"] == info["can_reach_api"] == "ok"


async def test_a_certificate_that_cannot_be_used(harness: Harness) -> None:
    """The account does not start with it."""
    entry = await harness.add_account()
    change(harness, entry, certificate_path=str(harness.vendor.certificates.expired_certificate))
    await harness.hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert await told(harness) == {
        "accounts_loaded": 0,
        "accounts_not_loaded": 1,
        "can_reach_identity_provider": "ok",
        "can_reach_api": {"type": "failed", "error": "certificate_expired"},
        "delivery": "-",
        "messages_arrive": "-",
        "last_message": "-",
        "cars_pushed": 0,
        "cars_polled": 0,
        "requests_left": "-",
    }


async def test_an_account_that_is_disabled_is_not_asked_for(harness: Harness) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    before = len(harness.vendor.requests)
    info = await told(harness)
    assert (info["accounts_loaded"], info["accounts_not_loaded"]) == (0, 1)
    assert info["can_reach_identity_provider"] == info["can_reach_api"] == "-"
    assert len(harness.vendor.requests) == before


async def test_several_accounts_in_a_line_each(harness: Harness, car: Car) -> None:
    first = await harness.add_account()
    second = await harness.add_account("family", delivery="polling")
    change(harness, second, api_url=NOBODY)
    await harness.call(car, "lock", "doors", "unlock")
    await harness.vendor.idle()
    info = await told(harness)
    last = dt_util.as_local(first.runtime_data.receiver.last_message).isoformat(timespec="seconds")
    assert info == {
        "accounts_loaded": 2,
        "accounts_not_loaded": 0,
        "can_reach_identity_provider": "Peugeot: ok, Citroën: ok",
        "can_reach_api": "Peugeot: ok, Citroën: unreachable",
        "delivery": "Peugeot: webhook, Citroën: polling",
        "messages_arrive": "Peugeot: ok, Citroën: -",
        "last_message": f"Peugeot: {last}, Citroën: -",
        "cars_pushed": 1,
        "cars_polled": 1,
        "requests_left": left(harness, first) + left(harness, second),
    }
    assert not re.search(r"[A-Z0-9]{17}|https?:|@", json.dumps(info))


async def test_a_vendor_that_does_not_say_how_many_requests_are_left(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(times=None, headers={"X-RateLimit-Remaining-1": "unlimited"}))
    await harness.add_account()
    assert (await told(harness))["requests_left"] == "-"


async def test_accounts_of_one_app_share_its_requests(harness: Harness) -> None:
    first = await harness.add_account()
    second = await harness.add_account("family")
    change(harness, second, client_id=first.data["client_id"])
    assert (await told(harness))["requests_left"] == min(left(harness, first), left(harness, second))
