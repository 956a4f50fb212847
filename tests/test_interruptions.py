"""What is under way when an account is unloaded or removed ends with it, and nothing is lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account import callback
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, electric

from .helpers.harness import Harness
from .helpers.remotes import UNLOCK


async def under_way(harness: Harness, method: str, path: str, *, after: int = 0) -> None:
    """Wait until the vendor has got a request, answered or not; `after` is how many to skip."""
    await harness.vendor.journal.changed.until(lambda: len(harness.requests(method, path)) > after or None)


def hurry(harness: Harness, **delta: float) -> None:
    """Let the timers of the next hours or days start what they start."""
    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(**delta))


async def test_a_list_of_cars_that_comes_after_the_unload_adds_none(harness: Harness) -> None:
    entry = await harness.add_account()
    bought = electric("bought", "Peugeot", "e-3008")
    harness.vendor.add_car(harness.vendor.accounts["driver"], bought)
    harness.vendor.faults.add(Fault(path="/user/vehicles", delay=0.2))
    seen = len(harness.requests("GET", "/user/vehicles"))

    hurry(harness, days=1)
    await under_way(harness, "GET", "/user/vehicles", after=seen)
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.vendor.wait_for_request("GET", "/user/vehicles", after=seen)
    await harness.settle()

    assert er.async_get(harness.hass).async_get_entity_id("lock", DOMAIN, f"{bought.vin}_doors") is None
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.call(bought, *UNLOCK)
    assert not bought.locked


async def test_a_callback_that_is_looked_at_during_the_unload_is_not_looked_at_again(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "RETRY_FIRST", 3600.0)
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, delay=0.2))

    hurry(harness, hours=1)
    await under_way(harness, "GET", "/user/callbacks", after=1)
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.vendor.wait_for_request("GET", "/user/callbacks", after=1)
    await harness.pass_time(hours=5)

    assert len(harness.requests("GET", "/user/callbacks")) == 2


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 401}, {}], ids=["404", "401", "accepted"])
async def test_an_account_that_is_removed_while_a_remote_is_sent(
    harness: Harness, car: Car, answer: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", delay=0.2, **answer))
    calling = harness.start(car, *UNLOCK)
    await under_way(harness, "POST", "/remotes")

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    await harness.vendor.wait_for_request("POST", "/remotes")
    assert not harness.vendor.callbacks
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_a_remote_that_is_sent_while_an_account_moves_to_another_app_brings_no_callback_back(
    harness: Harness, car: Car
) -> None:
    entry = await harness.add_account()
    old_app = harness.vendor.apps[entry.data["client_id"]]
    new_app = replace(old_app, client_id="another app")
    harness.vendor.apps[new_app.client_id] = new_app
    flow = await harness.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    flow = await harness.submit(flow, harness.form(client_id=new_app.client_id))
    harness.vendor.faults.add(Fault(path="/token/revoke", delay=0.3))
    moving = harness.hass.async_create_task(harness.consent(flow))
    await under_way(harness, "POST", "/token/revoke")

    await harness.call(car, *UNLOCK)

    assert (await moving)["reason"] == "reconfigure_successful"
    await harness.settle()
    assert [callback.client_id for callback in harness.vendor.callbacks.values()] == [new_app.client_id]
