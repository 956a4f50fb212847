"""What the vendor's list of cars says, and what it is not believed: cars that it forgets for a while, or for good."""

import asyncio
from copy import deepcopy
from itertools import pairwise
from typing import Any, Final, get_args

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, combustion, electric
from simulator.cars.capabilities import capabilities
from simulator.vendor.accounts import Forgetfulness

from .helpers.callbacks import only_callback
from .helpers.harness import Harness
from .helpers.held import Held
from .helpers.logs import complaints
from .helpers.reports import add_talkative_car

FORGETFUL: Final = [each for each in get_args(Forgetfulness.__value__) if each]
ALL: Final = ["onboardCapabilities", "branding", "pictures"]


def lists(harness: Harness) -> list[list[str]]:
    """Return the extensions that each request for the list of cars has asked for."""
    return [request.query.getall("extension", []) for request in harness.requests("GET", "/user/vehicles")]


def devices(harness: Harness, entry: ConfigEntry[Any]) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an account's cars by their VIN."""
    found = dr.async_entries_for_config_entry(dr.async_get(harness.hass), entry.entry_id)
    return {vin: device for device in found if not device.entry_type for _, vin in device.identifiers}


async def kill(harness: Harness, entry: ConfigEntry[Any], hass_storage: dict[str, Any]) -> None:
    """Restart an account with no more than what is on disk at this moment."""
    disk = deepcopy(hass_storage)
    await harness.hass.config_entries.async_unload(entry.entry_id)
    hass_storage.clear()
    hass_storage.update(disk)
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


async def set_limit(harness: Harness, car: Car, percent: int) -> None:
    await harness.call(car, "number", "charge_limit", "set_value", value=percent)


# All cars are forgotten for a while.


@pytest.mark.parametrize("forgetful", FORGETFUL)
async def test_a_restart_while_the_vendor_knows_no_car_loses_nothing(
    harness: Harness, car: Car, other: Car, forgetful: Forgetfulness, caplog: pytest.LogCaptureFixture
) -> None:
    """Not over a second restart either."""
    entry = await harness.add_account()
    await set_limit(harness, car, 80)
    await harness.call(car, "button", "wake_up", "press")
    driver = harness.vendor.accounts["driver"]
    driver.forgetful = forgetful
    for _ in range(2):
        await harness.reload(entry)
        assert entry.state is ConfigEntryState.LOADED
        assert devices(harness, entry).keys() == {car.vin, other.vin}
        assert harness.state(car, "lock", "doors").state == "locked"
        assert harness.state(car, "number", "charge_limit").state == "80"
        assert harness.state(car, "sensor", "wake_ups_this_month").state == "1"
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert complaints(caplog) == []


@pytest.mark.parametrize("forgetful", FORGETFUL)
async def test_a_day_on_which_the_vendor_knows_no_car_takes_none_away(
    harness: Harness, car: Car, forgetful: Forgetfulness, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    driver.forgetful = forgetful
    for _ in range(5):
        await harness.pass_time(hours=25)
    assert devices(harness, entry).keys() == {car.vin}
    assert harness.state(car, "lock", "doors").state == "locked"
    assert complaints(caplog) == []


@pytest.mark.parametrize("start", ["restart", "daily round"])
async def test_the_list_is_read_again_soon_and_ever_more_seldom(harness: Harness, start: str) -> None:
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    driver.forgetful = "not_found"
    await (harness.reload(entry) if start == "restart" else harness.pass_time(days=1))
    read = len(lists(harness))
    for minutes in (5, 10, 20, 40, 80, 160, 320, 360, 360):
        await harness.pass_time(minutes=minutes - 1)
        assert len(lists(harness)) == read, f"before {minutes} minutes"
        await harness.pass_time(minutes=minutes, seconds=1)
        assert len(lists(harness)) == read + 1, f"after {minutes} minutes"
        read += 1

    driver.forgetful = ""
    await harness.pass_time(minutes=361)
    read = len(lists(harness))
    await harness.pass_time(minutes=361)
    assert len(lists(harness)) == read


async def test_a_car_that_is_bought_while_the_vendor_knows_none_appears_soon(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    driver.forgetful = "without_embedded"
    await harness.reload(entry)
    bought = electric("bought", "Peugeot", "e-3008")
    harness.vendor.add_car(driver, bought)
    driver.forgetful = ""
    await harness.pass_time(minutes=6)
    assert devices(harness, entry).keys() == {car.vin, bought.vin}
    assert {monitor.car for monitor in only_callback(harness).monitors.values()} == {car, bought}


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 503},
        {"status": 400},
        {"status": 403},
        {"status": 404},
        {"status": 404, "body": "<html>Not here</html>"},
        {"body": {"_embedded": {"vehicles": "none"}}},
        {"drop": True},
    ],
    ids=str,
)
async def test_a_list_that_cannot_be_read_at_a_restart_is_followed_up(
    harness: Harness, car: Car, other: Car, answer: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/vehicles", times=None, **answer))
    await harness.reload(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert harness.state(car, "lock", "doors").state == "locked"
    harness.vendor.accounts["driver"].unlisted.add(other)
    harness.vendor.faults.clear()
    await harness.pass_time(minutes=11)
    assert devices(harness, entry).keys() == {car.vin, other.vin}
    assert harness.requests("GET", "/user/vehicles")[-1].status == 200


async def test_a_list_that_cannot_be_read_costs_no_requests_whenever_monitors_change(
    harness: Harness, car: Car
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=503, times=None))
    await harness.reload(entry)
    before = (len(lists(harness)), harness.reads(car))
    for percent in (70, 80, 90):
        await set_limit(harness, car, percent)
        await harness.settle()
    assert (len(lists(harness)), harness.reads(car)) == before


async def test_a_car_that_appears_while_platforms_are_set_up_has_its_entities_once(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    bought = electric("bought", "Peugeot", "e-3008")
    harness.vendor.add_car(harness.vendor.accounts["driver"], bought)
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=503))
    answer = Held(path="*/status", car=bought)
    harness.vendor.faults.add(answer)
    entries = harness.hass.config_entries
    forward = entries.async_forward_entry_setups

    async def forward_while_the_car_is_read(entry: ConfigEntry[Any], platforms: list[str]) -> None:
        await answer.held.wait()
        await forward(entry, platforms)
        answer.let_go.set()

    monkeypatch.setattr(entries, "async_forward_entry_setups", forward_while_the_car_is_read)
    await harness.reload(entry)
    assert devices(harness, entry).keys() == {car.vin, bought.vin}
    assert harness.state(bought, "lock", "doors").state == "locked"
    assert "does not generate unique IDs" not in caplog.text


async def test_a_list_that_cannot_be_read_waits_as_long_as_the_vendor_asks(harness: Harness) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=429, headers={"Retry-After": "3600"}))
    await harness.pass_time(days=1)
    read = len(lists(harness))
    await harness.pass_time(minutes=59)
    assert len(lists(harness)) == read
    await harness.pass_time(minutes=61)
    assert len(lists(harness)) == read + 1


# One car is missing.


async def test_a_car_that_is_sold_disappears_a_day_after_it_was_first_missing(
    harness: Harness, car: Car, other: Car, caplog: pytest.LogCaptureFixture
) -> None:
    harness.refuse_push()
    entry = await harness.add_account()
    lock = harness.entity_id(other, "lock", "doors")
    harness.vendor.accounts["driver"].cars.remove(other)
    await harness.reload(entry)
    for hours in (1, 3, 6, 6):
        await harness.pass_time(hours=hours)
        assert devices(harness, entry).keys() == {car.vin, other.vin}
    await harness.pass_time(hours=25)
    assert devices(harness, entry).keys() == {car.vin}
    assert not er.async_get(harness.hass).async_get(lock)
    assert not harness.hass.states.get(lock)
    before, read = harness.reads(other), len(lists(harness))
    await harness.pass_time(minutes=361)
    assert (harness.reads(other), len(lists(harness))) == (before, read)
    assert complaints(caplog) == []


async def test_a_car_that_is_missing_for_hours_stays_and_works(
    harness: Harness, car: Car, other: Car, caplog: pytest.LogCaptureFixture
) -> None:
    """Over a restart too, and what is set meanwhile is kept."""
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    driver.unlisted.add(other)
    await harness.pass_time(hours=25)
    await set_limit(harness, other, 70)
    await harness.reload(entry)
    await harness.call(other, "lock", "doors", "unlock")
    assert harness.state(other, "lock", "doors").state == "unlocked"
    assert harness.state(other, "number", "charge_limit").state == "70"
    await harness.settle()
    driver.unlisted.clear()
    await harness.pass_time(hours=1)
    for _ in range(3):
        driver.unlisted.add(other)
        await harness.pass_time(hours=25)
        driver.unlisted.clear()
        await harness.pass_time(minutes=6)
    assert devices(harness, entry).keys() == {car.vin, other.vin}
    assert complaints(caplog) == []


async def test_since_when_a_car_is_missing_outlives_a_restart(harness: Harness, car: Car, other: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.accounts["driver"].cars.remove(other)
    for _ in range(2):
        await harness.pass_time(hours=13)
        await harness.reload(entry)
    await harness.pass_time(minutes=6)
    assert devices(harness, entry).keys() == {car.vin}


async def test_a_car_that_comes_back_after_weeks_has_its_limit_and_its_count(
    harness: Harness, car: Car, other: Car, hass_storage: dict[str, Any]
) -> None:
    """Over restarts; after three months it is forgotten."""
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    await set_limit(harness, other, 80)
    await harness.lose(other)
    for _ in range(2):
        await harness.reload(entry)
        assert devices(harness, entry).keys() == {car.vin}
    driver.cars.append(other)
    await harness.pass_time(hours=25)
    assert harness.state(other, "number", "charge_limit").state == "80"
    await harness.reload(entry)
    assert harness.state(other, "number", "charge_limit").state == "80"

    await harness.lose(other)
    await harness.pass_time(days=91)
    await harness.reload(entry)
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"].keys() == {car.vin}
    driver.cars.append(other)
    await harness.reload(entry)
    assert harness.state(other, "number", "charge_limit").state == "100"


async def test_an_item_without_vin_or_id_is_the_car_that_is_known_by_the_other(
    harness: Harness, car: Car, other: Car
) -> None:
    entry = await harness.add_account()
    items = [{"id": car.id}, {"vin": other.vin}, {"brand": "Peugeot"}]
    harness.vendor.faults.add(Fault(path="/user/vehicles", body={"_embedded": {"vehicles": items}}, times=None))
    harness.vendor.requests.clear()
    await harness.reload(entry)
    assert devices(harness, entry).keys() == {car.vin, other.vin}
    await harness.call(other, "lock", "doors", "unlock")
    await harness.pass_time(minutes=6)
    assert len(lists(harness)) == 1


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Set up the settings before the harness starts its server, which then takes no more pages."""
    for component in ("config", "websocket_api"):
        assert await async_setup_component(hass, component, {})


@pytest.mark.usefixtures("settings")
async def test_a_car_that_is_missing_can_be_deleted_by_hand_and_comes_back_if_it_is_listed(
    harness: Harness, car: Car, other: Car, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await harness.add_account()
    await set_limit(harness, other, 80)
    person = await hass_ws_client(harness.hass)

    async def delete(car: Car) -> bool:
        device = devices(harness, entry)[car.vin]
        # The newest command does without the entry; this one works with every release that is supported.
        command = {"type": "config/device_registry/remove_config_entry", "config_entry_id": entry.entry_id}
        await person.send_json_auto_id({**command, "device_id": device.id})
        return bool((await person.receive_json())["success"])

    harness.vendor.accounts["driver"].unlisted.add(other)
    assert not await delete(other)
    await harness.pass_time(hours=25)
    assert not await delete(car)
    assert await delete(other)
    await harness.reload(entry)
    assert devices(harness, entry).keys() == {car.vin}

    harness.vendor.accounts["driver"].unlisted.clear()
    await harness.pass_time(hours=25)
    assert devices(harness, entry).keys() == {car.vin, other.vin}
    assert harness.state(other, "number", "charge_limit").state == "80"


@pytest.mark.usefixtures("settings")
async def test_a_car_that_is_deleted_while_the_list_is_read_does_not_come_back(
    harness: Harness, car: Car, other: Car, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await harness.add_account()
    person = await hass_ws_client(harness.hass)
    harness.vendor.accounts["driver"].unlisted.add(other)
    await harness.pass_time(hours=25)
    answer = Held(path="/user/vehicles")
    harness.vendor.faults.add(answer)
    reading = asyncio.create_task(harness.pass_time(minutes=6))
    await answer.held.wait()
    command = {"type": "config/device_registry/remove_config_entry", "config_entry_id": entry.entry_id}
    await person.send_json_auto_id({**command, "device_id": devices(harness, entry)[other.vin].id})
    await person.send_json_auto_id({"type": "ping"})
    answers = [await person.receive_json()]
    answer.let_go.set()
    await reading
    answers.append(await person.receive_json())
    assert [each["success"] for each in answers if each["type"] == "result"] == [True]
    assert devices(harness, entry).keys() == {car.vin}


# What the list says of a car changes.


async def test_a_new_name_is_shown_without_a_restart(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    harness.refuse_push()
    entry = await harness.add_account()
    car.label = "e-208 GT"
    await harness.pass_time(hours=25)
    device = devices(harness, entry)[car.vin]
    assert (device.name, device.model, device.manufacturer) == ("Peugeot e-208 GT", "e-208 GT", "Peugeot")
    assert harness.state(car, "lock", "doors").name == "Peugeot e-208 GT Doors"
    harness.vendor.faults.add(Fault(path="*/status", status=503))
    caplog.clear()
    await harness.pass_time(minutes=31)
    assert "Error fetching Peugeot e-208 GT data" in caplog.text


async def test_the_name_that_a_person_gave_stays(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    device = devices(harness, entry)[car.vin]
    dr.async_get(harness.hass).async_update_device(device.id, name_by_user="Lucy")
    car.label = "e-208 GT"
    await harness.pass_time(hours=25)
    assert harness.state(car, "lock", "doors").name == "Lucy Doors"


async def test_a_list_without_branding_changes_no_name(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    item = {"id": car.id, "vin": car.vin}
    harness.vendor.faults.add(Fault(path="/user/vehicles", body={"_embedded": {"vehicles": [item]}}, times=None))
    await harness.pass_time(hours=25)
    await harness.reload(entry)
    assert devices(harness, entry)[car.vin].name == "Peugeot e-208"
    assert harness.state(car, "image", "picture").state != "unavailable"


async def test_what_a_car_learns_to_do_is_there_without_a_restart(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    described, car.capabilities = car.capabilities, capabilities()
    await harness.add_account()
    registry = er.async_get(harness.hass)
    assert registry.async_get_entity_id("lock", DOMAIN, f"{car.vin}_doors") is None
    car.capabilities = described
    await harness.pass_time(hours=25)
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "climate", "preconditioning").state == "off"
    car.capabilities = capabilities("horn")
    await harness.pass_time(hours=25)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert "does not generate unique IDs" not in caplog.text


async def test_the_monitors_follow_the_motorization(harness: Harness) -> None:
    car = combustion("mystery", "Peugeot", "2008")
    harness.vendor.add_car(harness.vendor.accounts["driver"], car)
    await harness.add_account()
    before = {monitor.plan.body["label"] for monitor in only_callback(harness).monitors.values() if monitor.car is car}
    car.motorization = "Electric"
    await harness.pass_time(hours=25)
    after = {monitor.plan.body["label"] for monitor in only_callback(harness).monitors.values() if monitor.car is car}
    assert len(after) > len(before)


@pytest.mark.usefixtures("every_entity_enabled")
async def test_a_car_that_turns_out_to_be_electric_has_one_consumption(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    car = add_talkative_car(harness)
    entry = await harness.add_account()
    assert harness.state(car, "sensor", "last_trip_consumption").attributes["unit_of_measurement"] == "L"
    car.motorization = "Electric"
    await harness.pass_time(hours=25)
    await harness.pass_time(hours=25)
    assert "does not generate unique IDs" not in caplog.text
    await harness.reload(entry)
    assert harness.state(car, "sensor", "last_trip_consumption").attributes["unit_of_measurement"] == "kWh"


async def test_a_car_of_which_nothing_may_be_shown_is_looked_for_all_the_same(harness: Harness, car: Car) -> None:
    item = {"id": car.id, "vin": car.vin}
    harness.vendor.faults.add(Fault(path="/user/vehicles", body={"_embedded": {"vehicles": [item]}}, times=None))
    entry = await harness.add_account(scopes=["data:collision"])
    await harness.pass_time(hours=25)
    assert devices(harness, entry) == {}
    assert len(lists(harness)) == 2
    assert set(entry.runtime_data.cars) == {car.vin}


# What can be asked for with the list.


@pytest.mark.parametrize(
    ("broken", "limit", "asked"),
    [
        ({}, 2, [ALL, ALL[:2]]),
        ({"onboardCapabilities": 500}, 3, [ALL, ALL[:2], ALL[1:]]),
        ({"onboardCapabilities": 400}, 3, [ALL, ALL[:2], ALL[1:]]),
        ({"onboardCapabilities": 403}, 3, [ALL, ALL[:2], ALL[1:]]),
        ({"pictures": 500}, 3, [ALL, ALL[:2]]),
        ({"branding": 500}, 3, [ALL, ALL[:2], ALL[1:], []]),
        ({}, 0, [ALL, ALL[:2], ALL[1:], []]),
    ],
    ids=str,
)
async def test_a_vendor_that_refuses_extensions_is_asked_for_fewer(
    harness: Harness, car: Car, broken: dict[str, int], limit: int, asked: list[list[str]]
) -> None:
    """What worked is kept, over a restart too; after a day all are tried again."""
    harness.vendor.broken_extensions, harness.vendor.extension_limit = broken, limit
    entry = await harness.add_account()
    assert lists(harness) == asked
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    await harness.reload(entry)
    assert lists(harness) == [*asked, asked[-1]]
    await harness.pass_time(hours=25)
    assert lists(harness) == [*asked, asked[-1], *asked]

    harness.vendor.broken_extensions, harness.vendor.extension_limit = {}, 3
    await harness.pass_time(hours=25)
    await harness.reload(entry)
    assert lists(harness)[-2:] == [ALL, ALL]
    assert devices(harness, entry)[car.vin].name == "Peugeot e-208"


async def test_capabilities_that_were_known_are_kept_while_the_vendor_refuses_to_tell_them(
    harness: Harness, car: Car
) -> None:
    car.capabilities = capabilities("door", "charging")
    entry = await harness.add_account()
    harness.vendor.broken_extensions = {"onboardCapabilities": 500}
    await harness.reload(entry)
    await harness.reload(entry)
    registry = er.async_get(harness.hass)
    assert registry.async_get_entity_id("button", DOMAIN, f"{car.vin}_horn") is None
    assert harness.state(car, "select", "charging_level").state == "level1"


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_other_failures_are_not_about_extensions(harness: Harness, status: int) -> None:
    entry = await harness.add_account()
    harness.vendor.requests.clear()
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=status))
    await harness.pass_time(hours=25)
    await harness.pass_time(hours=25)
    assert all(asked == ALL for asked in lists(harness))
    assert "vehicle_extensions" not in entry.data


async def test_capabilities_in_the_tutorials_shape_are_those_of_the_openapi_file(
    harness: Harness, three_cars: list[Car]
) -> None:
    entry = await harness.add_account()

    def entities() -> set[str]:
        found = er.async_entries_for_config_entry(er.async_get(harness.hass), entry.entry_id)
        return {entity.unique_id for entity in found}

    before = entities()
    registry = er.async_get(harness.hass)
    await harness.hass.config_entries.async_unload(entry.entry_id)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_remove(entity.entity_id)
    for car in three_cars:
        car.tutorial_capabilities = True
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert entities() == before
    await harness.call(three_cars[0], "lock", "doors", "unlock")
    assert harness.state(three_cars[0], "lock", "doors").state == "unlocked"


# What must outlive a crash.


async def test_a_limit_that_was_just_set_outlives_a_crash(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    await set_limit(harness, car, 80)
    await kill(harness, entry, hass_storage)
    assert harness.state(car, "number", "charge_limit").state == "80"


async def test_a_wake_up_that_was_just_sent_outlives_a_crash(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    await harness.call(car, "button", "wake_up", "press")
    await harness.settle()
    await kill(harness, entry, hass_storage)
    assert harness.state(car, "sensor", "wake_ups_this_month").state == "1"


async def test_the_cars_of_a_new_account_outlive_a_crash(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.vendor.accounts["driver"].forgetful = "without_embedded"
    await kill(harness, entry, hass_storage)
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_after_a_save_at_once_later_reports_are_saved_too(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    """A write cancels the timer of a later one."""
    entry = await harness.add_account()
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")
    await set_limit(harness, car, 80)
    car.mileage += 100
    harness.vendor.report(car)
    harness.vendor.garage.lock(car)
    await harness.until(car, "lock", "doors", "locked")
    await harness.pass_time(seconds=61)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"][car.vin]
    assert stored["status"]["doors"]["locked"] is True


async def test_other_tasks_have_their_turn_between_the_cars_of_a_set_up(harness: Harness, car: Car) -> None:
    harness.add_cars({f"car {number}": car.status() for number in range(6)})
    shown: list[int] = []

    async def look() -> None:
        while True:
            shown.append(len(harness.hass.states.async_entity_ids()))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await harness.add_account()
    looking.cancel()
    cars = len(harness.vendor.accounts["driver"].cars)
    assert max(after - before for before, after in pairwise(shown)) < 2 * shown[-1] / cars
