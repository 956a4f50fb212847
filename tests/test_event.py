"""New alerts and break-ins as events."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.stellantis.event import REMEMBERED
from simulator import Car

from .helpers.harness import Harness
from .helpers.reports import DATE, alert, answer

type Told = tuple[str, str]


@dataclass
class Listener:
    """Somebody who hears every event of a car once, as an automation does."""

    hass: HomeAssistant
    harness: Harness
    car: Car
    entry: ConfigEntry[Any]
    heard: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._listen)

    @callback
    def _listen(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state and "alert_type" in state.attributes and state.state not in {"unavailable", "unknown"}:
            self.heard[state.state] = (state.attributes["event_type"], state.attributes["alert_type"])

    def vendor_knows(self, *alerts: dict[str, Any]) -> None:
        self.harness.vendor.faults.clear()
        answer(self.harness, self.car, "alerts", list(alerts))

    async def hear(self, *alerts: dict[str, Any]) -> list[Told]:
        """Let the car have these alerts, and return which events that leads to."""
        self.vendor_knows(*alerts)
        return await self.told(self.entry.runtime_data.cars[self.car.vin].async_read_details())

    async def hear_after_restart(self, *alerts: dict[str, Any]) -> list[Told]:
        """Give the car these alerts while Home Assistant is down."""
        self.vendor_knows(*alerts)
        self.car.clock_ahead += timedelta(seconds=10)
        self.car.touch("odometer")
        return await self.told(self.harness.reload(self.entry))

    async def told(self, doing: Any) -> list[Told]:
        before = set(self.heard)
        await doing
        await self.harness.settle()
        return [told for at, told in self.heard.items() if at not in before]


@pytest.fixture
async def listener(harness: Harness, car: Car) -> Listener:
    """Add the account of a car that has an alert already."""
    answer(harness, car, "alerts", [alert("a0", "OilLevelLow", "Warning")])
    return Listener(harness.hass, harness, car, await harness.add_account())


OLD = alert("a0", "OilLevelLow", "Warning")
NEW = alert("a1", "FuelLevelLow", "Information")
CRITICAL = alert("a2", "ElectricTractionSystemFailureStopVehicle", "Critical")
TOLD = ("information", "fuel_level_low")
TOLD_CRITICAL = ("critical", "electric_traction_system_failure_stop_vehicle")


async def test_what_is_there_from_the_start_is_no_news(listener: Listener) -> None:
    state = listener.harness.state(listener.car, "event", "alert")
    assert state.state == "unknown"
    assert state.attributes["event_types"] == ["information", "warning", "critical"]
    assert await listener.hear(OLD) == []


async def test_a_new_alert_is_told_once(listener: Listener) -> None:
    assert await listener.hear(OLD, NEW) == [TOLD]
    assert await listener.hear(OLD, NEW) == []
    assert await listener.hear(NEW, OLD) == []


async def test_several_at_once_are_told_one_by_one(listener: Listener) -> None:
    assert await listener.hear(OLD, NEW, CRITICAL) == [TOLD, TOLD_CRITICAL]


async def test_an_alert_that_comes_back_under_its_id_is_the_same(listener: Listener) -> None:
    assert await listener.hear(NEW) == [TOLD]
    assert await listener.hear() == []
    assert await listener.hear(NEW, OLD) == []
    assert await listener.hear(alert("a9", "FuelLevelLow", "Information")) == [TOLD]


async def test_only_so_many_that_are_over_are_remembered(listener: Listener) -> None:
    many = [alert(f"b{number}", "RiskOfIce") for number in range(REMEMBERED)]
    assert len(await listener.hear(NEW, *many)) == REMEMBERED + 1
    assert await listener.hear(NEW, *many) == []
    assert await listener.hear() == []
    assert await listener.hear(alert("b99", "RiskOfIce"), OLD) == [("warning", "oil_level_low")]


@pytest.mark.parametrize("severity", [None, "Cosmic"])
async def test_an_alert_of_unknown_severity_is_information(listener: Listener, severity: str | None) -> None:
    assert await listener.hear(alert("a1", "FluxCapacitorEmpty", severity)) == [("information", "flux_capacitor_empty")]


async def test_alerts_raised_while_home_assistant_was_down_are_told_after_the_restart(listener: Listener) -> None:
    assert await listener.hear_after_restart(OLD, NEW, CRITICAL) == [TOLD, TOLD_CRITICAL]
    assert await listener.hear_after_restart(OLD, NEW, CRITICAL) == []
    assert await listener.hear_after_restart(OLD, CRITICAL) == []
    assert await listener.hear(NEW) == []


async def test_the_last_event_survives_a_restart(listener: Listener) -> None:
    await listener.hear(OLD, NEW)
    before = listener.harness.state(listener.car, "event", "alert")
    await listener.harness.reload(listener.entry)
    after = listener.harness.state(listener.car, "event", "alert")
    assert (after.state, after.attributes["alert_type"]) == (before.state, "fuel_level_low")


async def test_a_car_that_never_tells_has_no_event(harness: Harness) -> None:
    [car] = harness.add_cars({"silent": {"createdAt": DATE}}).values()
    answer(harness, car, "alerts", {"_embedded": {"alerts": "none"}})
    await harness.add_account()
    assert er.async_get(harness.hass).async_get_entity_id("event", "stellantis", f"{car.vin}_alert") is None


# --- Break-ins


class Alarmed:
    """Somebody who hears every break-in into a car once, as an automation does."""

    def __init__(self, harness: Harness, car: Car) -> None:
        self.harness, self.car = harness, car
        self.told: list[tuple[str, str | None]] = []
        harness.hass.bus.async_listen(EVENT_STATE_CHANGED, self._listen)

    @callback
    def _listen(self, event: Event[EventStateChangedData]) -> None:
        state, old = event.data["new_state"], event.data["old_state"]
        if state and old and state.entity_id.endswith("_new_intrusion") and state.state != "unavailable":
            told = (state.attributes["event_type"], state.attributes.get("triggered_at"))
            self.told += [told] if state.state not in {old.state, "unknown"} and old.state != "unavailable" else []

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _at in self.told]

    @property
    def intrusion(self) -> str:
        return self.harness.state(self.car, "binary_sensor", "intrusion").state


@pytest.fixture
def alarmed(harness: Harness, car: Car) -> Alarmed:
    return Alarmed(harness, car)


async def test_a_break_in_is_told_at_once_and_lasts_until_the_car_is_unlocked(
    harness: Harness, car: Car, alarmed: Alarmed
) -> None:
    car.locked = True
    await harness.add_account()
    assert (alarmed.intrusion, harness.state(car, "event", "intrusion").state) == ("off", "unknown")
    harness.vendor.garage.break_in(car, "TrunkDoorBreakIn")
    await harness.until(car, "binary_sensor", "intrusion", "on")
    assert car.break_in
    assert alarmed.kinds == ["trunk_door_break_in"]
    assert harness.state(car, "binary_sensor", "alarm").state == "on"
    harness.set_clock(car, seconds=2)
    harness.vendor.garage.unlock(car)
    await harness.until(car, "binary_sensor", "intrusion", "off")
    harness.set_clock(car, seconds=4)
    harness.vendor.garage.lock(car)
    await harness.until(car, "binary_sensor", "alarm", "on")
    assert alarmed.intrusion == "off"
    harness.set_clock(car, seconds=6)
    harness.vendor.garage.break_in(car, "TrunkDoorBreakIn")
    await harness.until(car, "binary_sensor", "intrusion", "on")
    assert alarmed.kinds == ["trunk_door_break_in", "trunk_door_break_in"]


async def test_a_break_in_before_a_restart_is_not_told_again_and_one_meanwhile_is(
    harness: Harness, car: Car, alarmed: Alarmed
) -> None:
    car.locked = True
    entry = await harness.add_account()
    harness.vendor.garage.break_in(car, "TrunkDoorBreakIn")
    await harness.until(car, "binary_sensor", "intrusion", "on")
    before = harness.state(car, "event", "intrusion")
    await harness.reload(entry)
    await harness.pass_time(hours=7)
    after = harness.state(car, "event", "intrusion")
    assert (alarmed.intrusion, alarmed.kinds) == ("on", ["trunk_door_break_in"])
    assert (after.state, after.attributes["triggered_at"]) == (before.state, before.attributes["triggered_at"])
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.vendor.garage.break_in(car, "VehicleLifting")
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert alarmed.kinds == ["trunk_door_break_in", "vehicle_lifting"]


def _broken_into(kind: str, start: str | None = None) -> dict[str, Any]:
    trigger = {"createdAt": DATE, "type": kind, **({"startAt": start} if start else {})}
    return {"createdAt": DATE, "alarm": {"status": {"createdAt": DATE, "activation": "Active"}, "trigger": trigger}}


async def test_a_break_in_is_told_once_however_often_it_is_reported(harness: Harness, alarmed: Alarmed) -> None:
    harness.refuse_push()
    reported = _broken_into("NoBreakIn")
    [car] = harness.add_cars({"broken": reported}).values()
    entry = await harness.add_account()
    began = "2026-10-01T07:00:00+00:00"
    for kind, start, told in (
        ("RoofBreakIn", None, 1),
        ("RoofBreakIn", began, 1),
        ("RoofBreakIn", None, 1),
        ("RoofBreakIn", began, 1),
        ("RoofBreakIn", "2026-10-01T07:30:00Z", 2),
        ("BonnetStolen", "2026-10-01T07:30:00Z", 3),
        ("NoBreakIn", "2026-10-01T07:30:00Z", 3),
        ("RoofBreakIn", "2026-10-01T07:30:00Z", 4),
    ):
        reported.clear()
        reported |= _broken_into(kind, start)
        await entry.runtime_data.cars[car.vin].async_refresh()
        assert len(alarmed.told) == told
    assert alarmed.kinds == ["roof_break_in", "roof_break_in", "other", "roof_break_in"]


async def test_a_break_in_that_a_car_has_when_it_is_added_is_no_news(harness: Harness, alarmed: Alarmed) -> None:
    harness.refuse_push()
    [car] = harness.add_cars({"broken": _broken_into("RoofBreakIn")}).values()
    await harness.add_account()
    assert harness.state(car, "binary_sensor", "intrusion").state == "on"
    assert (harness.state(car, "event", "intrusion").state, alarmed.told) == ("unknown", [])
