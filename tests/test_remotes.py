"""Each remote of the contract, sent once through Home Assistant, is what the contract says."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car

from .helpers.harness import Harness
from .helpers.remotes import act, sent

pytestmark = pytest.mark.usefixtures("every_entity_enabled")

type Ask = Callable[[Harness, Car], Awaitable[None]]


def entity(platform: str, key: str, service: str, **data: Any) -> Ask:
    return lambda harness, car: harness.call(car, platform, key, service, **data)


def device(service: str, **data: Any) -> Ask:
    return lambda harness, car: act(harness, car, service, **data)


def own(platform: str, key: str, service: str, **data: Any) -> Ask:
    """Call an action of this integration on an entity."""

    async def call(harness: Harness, car: Car) -> None:
        target = {"entity_id": harness.entity_id(car, platform, key)}
        await harness.hass.services.async_call(DOMAIN, service, data, target=target, blocking=True)

    return call


# What every car of the simulator has in its first slot.
KEPT: Final = {
    "slot": 1,
    "enabled": False,
    "recurrence": "Daily",
    "start": "PT7H40M",
    "occurence": {"day": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
    "actionsType": "Set",
}
NEW: Final = {
    "slot": 2,
    "enabled": True,
    "recurrence": "Daily",
    "start": "PT14H30M",
    "occurence": {"day": ["Mon"]},
    "actionsType": "Set",
}


def conditioning(**action: Any) -> dict[str, Any]:
    return {"preconditioning": {"airConditioning": action}}


def places(*coordinates: list[float], **more: Any) -> dict[str, Any]:
    return {"navigation": {"positions": [{"type": "Point", "coordinates": each} for each in coordinates], **more}}


TOWER: Final = {"latitude": 48.8584, "longitude": 2.2945}
OPERA: Final = {"latitude": -33.8568, "longitude": 151.2153}
ROWS: Final[dict[str, tuple[Ask, dict[str, Any]]]] = {
    "lock": (entity("lock", "doors", "lock"), {"door": {"state": "Locked"}}),
    "unlock": (entity("lock", "doors", "unlock"), {"door": {"state": "Unlocked"}}),
    "honk": (entity("button", "horn", "press"), {"horn": {"state": "Activated"}}),
    "flash": (entity("button", "flash_lights", "press"), {"lights": {"on": True}}),
    "lights on": (entity("switch", "lights", "turn_on"), {"lights": {"on": True}}),
    "lights off": (entity("switch", "lights", "turn_off"), {"lights": {"on": False}}),
    "charge": (entity("switch", "charging", "turn_on"), {"charging": {"immediate": True}}),
    "charge no more": (entity("switch", "charging", "turn_off"), {"charging": {"immediate": False}}),
    "charging programs": (
        device("set_charging_schedule", programs=[{"start": "22:30", "end": "05:00", "days": ["sat", "fri"]}]),
        {
            "charging": {
                "schedule": {
                    "programs": [
                        {"start": "PT22H30M", "end": "PT5H", "enabled": True, "occurence": {"day": ["Fri", "Sat"]}}
                    ]
                }
            }
        },
    ),
    "charging level": (
        entity("select", "charging_level", "select_option", option="level4"),
        {"charging": {"preferences": {"level": "Level4"}}},
    ),
    "charging type": (
        entity("select", "charging_type", "select_option", option="partial"),
        {"charging": {"preferences": {"type": "Partial"}}},
    ),
    "precondition": (
        entity("climate", "preconditioning", "turn_on"),
        conditioning(immediate=True, programs=[KEPT]),
    ),
    "precondition no more": (
        entity("climate", "preconditioning", "turn_off"),
        conditioning(immediate=False, programs=[KEPT]),
    ),
    "preconditioning program": (
        own("climate", "preconditioning", "set_preconditioning_program", slot=2, start="14:30", days=["mon"]),
        conditioning(immediate=False, programs=[KEPT, NEW]),
    ),
    "no preconditioning program": (
        own("climate", "preconditioning", "delete_preconditioning_program", slot=1),
        conditioning(immediate=False, programs=[{**KEPT, "actionsType": "Delete"}]),
    ),
    "enabled program": (
        entity("switch", "preconditioning_program_1", "turn_on"),
        conditioning(immediate=False, programs=[{**KEPT, "enabled": True}]),
    ),
    "wake up": (entity("button", "wake_up", "press"), {"wakeUp": {"action": "WakeUp"}}),
    "navigation": (
        device("send_navigation", destinations=[OPERA, TOWER]),
        places([151.2153, -33.8568], [2.2945, 48.8584]),
    ),
    "navigation with approval": (
        device("send_navigation", destinations=[TOWER], driver_approval=True),
        places([2.2945, 48.8584], driverApproval=True),
    ),
    "immobilize": (entity("switch", "immobilization", "turn_on"), {"immobilization": {"activate": True}}),
    "immobilize no more": (entity("switch", "immobilization", "turn_off"), {"immobilization": {"activate": False}}),
    "stolen": (entity("switch", "stolen", "turn_on"), {"stolen": {"stolen": True}}),
    "found": (entity("switch", "stolen", "turn_off"), {"stolen": {"stolen": False}}),
}


@pytest.mark.parametrize("row", ROWS)
async def test_a_remote_of_the_contract(harness: Harness, car: Car, row: str) -> None:
    ask, body = ROWS[row]
    await harness.add_account()
    await ask(harness, car)
    assert sent(harness) == [body]
    # The simulator takes only what the OpenAPI file allows.
    assert [post.status for post in harness.requests("POST", "/remotes")] == [202]


async def test_the_delayed_charge_of_the_contract(harness: Harness, car: Car) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    await harness.add_account()
    await harness.call(car, "time", "charging_start", "set_value", time="22:30:00")
    [body] = sent(harness)
    at = datetime.fromisoformat(body["charging"]["schedule"].pop("nextDelayedTime"))
    assert body == {"charging": {"schedule": {}}}
    assert 0 < (at - dt_util.utcnow()).total_seconds() <= 25 * 3600  # so long is the longest day
    assert (at.hour, at.minute, at.second) == (22, 30, 0)
    assert at.utcoffset() == dt_util.as_local(at).utcoffset()


async def test_signals_that_are_stopped(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "stop_signals")
    assert sent(harness) == [{"horn": {"state": "Unactivated"}}, {"lights": {"on": False}}]


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("precondition", "preonditionning"),
        ("preconditioning program", "preonditionning"),
        ("lights on", "ligths"),
        ("wake up", "state"),
    ],
)
async def test_a_vendor_that_goes_by_its_tutorial(harness: Harness, car: Car, row: str, key: str) -> None:
    harness.vendor.spelling = "tutorial"
    await harness.add_account()
    await ROWS[row][0](harness, car)
    assert [next(iter(body)) for body in sent(harness)] == [next(iter(ROWS[row][1])), key]


async def test_the_delayed_charge_of_the_tutorial(harness: Harness, car: Car) -> None:
    harness.vendor.spelling = "tutorial"
    await harness.add_account()
    await harness.call(car, "time", "charging_start", "set_value", time="06:05:00")
    assert sent(harness)[1]["charging"].keys() == {"nextDelayedTime"}
    assert car.next_delayed == "PT6H5M"
    assert harness.state(car, "time", "charging_start").state == "06:05:00"
