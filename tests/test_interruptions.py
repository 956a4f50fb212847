"""What is under way when an account is unloaded or removed ends with it, and nothing is lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis import webhook
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, electric

from .conftest import House

UNLOCK = ("lock", "doors", "unlock")


async def under_way(house: House, method: str, path: str, *, after: int = 0) -> None:
    """Wait until the vendor has got a request, answered or not; `after` is how many to skip."""
    await house.vendor.journal.changed.until(lambda: len(house.requests(method, path)) > after or None)


def hurry(house: House, **delta: float) -> None:
    """Let the timers of the next hours or days start what they start."""
    async_fire_time_changed(house.hass, dt_util.utcnow() + timedelta(**delta))


async def test_a_list_of_cars_that_comes_after_the_unload_adds_none(house: House) -> None:
    entry = await house.add_account()
    bought = electric("bought", "Peugeot", "e-3008")
    house.vendor.add_car(house.vendor.accounts["driver"], bought)
    house.vendor.faults.add(Fault(path="/user/vehicles", delay=0.2))
    seen = len(house.requests("GET", "/user/vehicles"))

    hurry(house, days=1)
    await under_way(house, "GET", "/user/vehicles", after=seen)
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    await house.vendor.wait_for_request("GET", "/user/vehicles", after=seen)
    await house.settle()

    assert er.async_get(house.hass).async_get_entity_id("lock", DOMAIN, f"{bought.vin}_doors") is None
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.call(bought, *UNLOCK)
    assert not bought.locked


async def test_a_callback_that_is_looked_at_during_the_unload_is_not_looked_at_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "RETRY_FIRST", 3600.0)
    house.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    entry = await house.add_account()
    house.vendor.faults.add(Fault(path="/user/callbacks", status=503, delay=0.2))

    hurry(house, hours=1)
    await under_way(house, "GET", "/user/callbacks", after=1)
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    await house.vendor.wait_for_request("GET", "/user/callbacks", after=1)
    await house.pass_time(hours=5)

    assert len(house.requests("GET", "/user/callbacks")) == 2


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 401}, {}], ids=["404", "401", "accepted"])
async def test_an_account_that_is_removed_while_a_remote_is_sent(
    house: House, car: Car, answer: dict[str, Any]
) -> None:
    entry = await house.add_account()
    house.vendor.faults.add(Fault(method="POST", path="*/remotes", delay=0.2, **answer))
    calling = house.start(car, *UNLOCK)
    await under_way(house, "POST", "/remotes")

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert (await house.failure(calling)).translation_key == "command_interrupted"
    await house.vendor.wait_for_request("POST", "/remotes")
    assert not house.vendor.callbacks
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_a_remote_that_is_sent_while_an_account_moves_to_another_app_brings_no_callback_back(
    house: House, car: Car
) -> None:
    entry = await house.add_account()
    old_app = house.vendor.apps[entry.data["client_id"]]
    new_app = replace(old_app, client_id="another app")
    house.vendor.apps[new_app.client_id] = new_app
    flow = await house.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    flow = await house.submit(flow, house.form(client_id=new_app.client_id))
    house.vendor.faults.add(Fault(path="/token/revoke", delay=0.3))
    moving = house.hass.async_create_task(house.consent(flow))
    await under_way(house, "POST", "/token/revoke")

    await house.call(car, *UNLOCK)

    assert (await moving)["reason"] == "reconfigure_successful"
    await house.settle()
    assert [callback.client_id for callback in house.vendor.callbacks.values()] == [new_app.client_id]
