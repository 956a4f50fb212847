"""A collision as an event: told once, with what is known of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history import collisions as history
from simulator import Car, Collision, Fault, Impact, MessageFault

from .helpers.harness import Harness
from .helpers.held import Held
from .helpers.logs import complaints
from .helpers.monitors import monitors
from .helpers.reports import doors

type Told = tuple[str, str | None, str | None]

EMERGENCY_CALL: Final = "vehicle.safety.autoECallTriggering"
CRASH: Final = ("emergency_call", "front", "major")
UNKNOWN: Final = ("emergency_call", None, None)


@dataclass
class Listener:
    """Somebody who hears every event of a car, as an automation does."""

    harness: Harness
    car: Car
    entry: ConfigEntry[Any]
    heard: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.harness.hass.bus.async_listen(EVENT_STATE_CHANGED, self._listen)

    @callback
    def _listen(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state and "tipped_over" in state.attributes and state.state not in {"unavailable", "unknown"}:
            told = (state.attributes[name] for name in ("event_type", "side", "severity"))
            self.heard[state.state] = (next(told), next(told), next(told))

    @property
    def told(self) -> list[Told]:
        return list(self.heard.values())

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(self.harness.state(self.car, "event", "collision").attributes)

    @property
    def reads(self) -> int:
        return len(self.harness.requests("GET", f"/{self.car.id}/collisions"))

    async def arrive(self) -> list[Told]:
        """Let all that the vendor has to tell arrive; return all that has been told."""
        await self.harness.vendor.idle()
        await self.harness.settle()
        return self.told

    async def report(self, state: object, *, date: str | None = None) -> list[Told]:
        """Post what the trigger of the monitor says alone; return all that has been told."""
        value = {"type": "string", "body": {"literalValue": state}}
        await self.harness.post(self.entry, self.car, {"values": [{"data": EMERGENCY_CALL, "value": value}]}, date=date)
        return await self.arrive()


@pytest.fixture
async def listener(harness: Harness, car: Car) -> Listener:
    """Add the account of a car that is in order."""
    return Listener(harness, car, await harness.add_account())


def refuse(harness: Harness, car: Car, **fault: Any) -> None:
    harness.vendor.faults.add(Fault(method="GET", path="*/collisions", car=car, times=None, **fault))


def let_pass(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    """Let this time have passed for what tells of collisions."""
    monkeypatch.setattr(history, "utcnow", lambda: dt_util.utcnow() + timedelta(**time))


async def test_a_collision_is_told_with_all_that_is_known(listener: Listener) -> None:
    assert listener.harness.state(listener.car, "event", "collision").state == "unknown"
    assert listener.attributes["event_types"] == ["collision", "emergency_call"]
    made = listener.harness.vendor.garage.collide(listener.car, "Lateral", "Minor", tipped_over=True, pedestrian=False)
    assert await listener.arrive() == [("emergency_call", "lateral", "minor")]
    told = listener.attributes
    assert (told["tipped_over"], told["pedestrian"]) == (True, False)
    assert told["impacts"] == [{"side": "lateral", "severity": "minor"}]
    assert dt_util.parse_datetime(told["occurred_at"]) == dt_util.parse_datetime(made.at)


async def test_it_is_told_once_however_often_it_is_pushed(listener: Listener) -> None:
    listener.harness.vendor.faults.add(MessageFault(double=True, times=None))
    reads = listener.reads
    listener.harness.vendor.garage.collide(listener.car)
    assert await listener.arrive() == [CRASH]
    assert await listener.report("Detected") == [CRASH]
    assert listener.reads == reads + 1
    await listener.harness.reload(listener.entry)
    assert await listener.arrive() == [CRASH]
    await listener.harness.pass_time(hours=25)
    assert listener.told == [CRASH]


async def test_the_next_one_is_told_too(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    garage = listener.harness.vendor.garage
    garage.collide(listener.car)
    assert await listener.arrive() == [CRASH]
    garage.end_emergency(listener.car)
    await listener.arrive()
    assert listener.told == [CRASH]
    await listener.harness.pass_time(hours=1)
    listener.harness.set_clock(listener.car)
    let_pass(monkeypatch, hours=1)
    garage.collide(listener.car, "Rear", "Minor")
    assert await listener.arrive() == [CRASH, ("emergency_call", "rear", "minor")]


async def test_a_bump_for_which_no_system_reacts_is_told_when_collisions_are_read(listener: Listener) -> None:
    listener.harness.set_clock(listener.car, minutes=1)
    listener.harness.vendor.garage.collide(listener.car, "Rear", "Minimal")
    assert await listener.arrive() == []
    await listener.harness.reload(listener.entry)
    assert await listener.arrive() == [("collision", "rear", "minimal")]


async def test_an_emergency_call_soon_after_a_bump_is_told(listener: Listener) -> None:
    garage = listener.harness.vendor.garage
    listener.harness.set_clock(listener.car, minutes=1)
    garage.collide(listener.car, "Rear", "Minimal")
    await listener.harness.reload(listener.entry)
    assert await listener.arrive() == [("collision", "rear", "minimal")]
    garage.collide(listener.car)
    assert await listener.arrive() == [("collision", "rear", "minimal"), CRASH]


@pytest.mark.parametrize("way", ["webhook", "polling"])
async def test_a_bump_is_told_within_a_day_of_the_drive(harness: Harness, car: Car, way: str) -> None:
    listener = Listener(harness, car, await harness.add_account(delivery=way))
    harness.vendor.garage.collide(car, "Rear", "Minimal")
    await listener.arrive()
    await harness.pass_time(hours=25)
    assert (listener.told, listener.reads) == ([], 1)
    car.mileage += 12
    harness.vendor.garage.lock(car)
    car.touch("odometer")
    await listener.arrive()
    for _ in range(3):
        await harness.pass_time(hours=25)
    assert listener.told == [("collision", "rear", "minimal")]
    assert listener.reads == 2


async def test_several_records_are_told_one_by_one(listener: Listener) -> None:
    """The one that is nearest to the emergency call is that of it; each record may have several impacts."""
    car = listener.car
    impacts = (Impact(side="Rear"), Impact(side="Front", severity="Minor"))
    for minutes in (1, -5):  # the latter is from before the account was added
        at = (dt_util.utcnow() + timedelta(minutes=minutes)).isoformat(timespec="seconds")
        car.collisions.append(Collision(impacts=impacts, at=at))
    listener.harness.vendor.garage.collide(car)
    assert await listener.arrive() == [CRASH, ("collision", "front", "minor")]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404},
        {"status": 404, "body": {"code": 40499, "message": "No collision for this vehicle."}},
        {"status": 400},
        {"status": 403},
        {"status": 204},
        {"status": 503},
        {"body": {"_embedded": {"Collisions": []}, "total": 0}},
        {"body": {"_embedded": {}, "total": 0}},
        {"body": {"_embedded": {"Collisions": [{"id": "c1", "details": "junk"}]}, "total": 1}},
        {"body": "<html>Welcome</html>"},
    ],
    ids=str,
)
async def test_a_collision_without_a_record_is_told_all_the_same(
    listener: Listener, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """And not once more when the record comes."""
    refuse(listener.harness, listener.car, **fault)
    listener.harness.vendor.garage.collide(listener.car)
    assert await listener.arrive() == [UNKNOWN]
    told = listener.attributes
    assert (told["tipped_over"], told["pedestrian"], told["impacts"]) == (None, None, [])
    assert dt_util.parse_datetime(told["occurred_at"]) == dt_util.parse_datetime(listener.car.dates["safety"])
    listener.harness.vendor.faults.clear()
    await listener.harness.pass_time(minutes=2)
    await listener.harness.reload(listener.entry)
    assert await listener.arrive() == [UNKNOWN]
    assert complaints(caplog) == []


@pytest.mark.parametrize("key", ["collisions", "Collisions"])
async def test_the_list_has_either_name(listener: Listener, key: str) -> None:
    record = {"id": "c1", "createdAt": dt_util.utcnow().isoformat(), "details": [{"side": "Rear"}]}
    refuse(listener.harness, listener.car, body={"_embedded": {key: [record]}, "total": 1})
    listener.harness.vendor.garage.collide(listener.car)
    assert await listener.arrive() == [("emergency_call", "rear", None)]


async def test_old_collisions_are_no_news_at_first(harness: Harness, car: Car) -> None:
    car.collisions.append(Collision(impacts=(Impact(side="Rear"),), at="2026-01-01T10:00:00Z"))
    earlier = (dt_util.utcnow() - timedelta(hours=2)).isoformat(timespec="seconds")
    car.collisions.append(Collision(impacts=(Impact(side="Front"),), at=earlier))
    car.emergency_call, car.dates["safety"] = "Detected", earlier
    listener = Listener(harness, car, await harness.add_account())
    assert await listener.arrive() == []
    await harness.pass_time(hours=25)
    assert listener.told == []
    assert harness.state(car, "event", "collision").state == "unknown"


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(("down", "told"), [({"hours": 5}, True), ({"days": 60}, False)])
async def test_what_happened_while_home_assistant_was_down_is_told_unless_it_is_long_ago(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, recorded: bool, down: dict[str, float], told: bool
) -> None:
    harness, car = listener.harness, listener.car
    assert await harness.hass.config_entries.async_unload(listener.entry.entry_id)
    harness.vendor.garage.collide(car)
    if not recorded:
        refuse(harness, car, status=404)
    await harness.vendor.idle()
    let_pass(monkeypatch, **down)
    assert await harness.hass.config_entries.async_setup(listener.entry.entry_id)
    assert await listener.arrive() == ([CRASH if recorded else UNKNOWN] if told else [])


async def test_an_unload_in_the_middle_of_the_read_loses_nothing(listener: Listener) -> None:
    harness = listener.harness
    harness.vendor.faults.add(held := Held(method="GET", path="*/collisions"))
    harness.vendor.garage.collide(listener.car)
    await held.held.wait()
    assert listener.told == []
    assert await harness.hass.config_entries.async_unload(listener.entry.entry_id)
    held.let_go.set()
    assert await harness.hass.config_entries.async_setup(listener.entry.entry_id)
    assert await listener.arrive() == [CRASH]


async def test_the_last_collision_survives_a_restart(listener: Listener) -> None:
    listener.harness.vendor.garage.collide(listener.car)
    await listener.arrive()
    before = listener.harness.state(listener.car, "event", "collision")
    await listener.harness.reload(listener.entry)
    after = listener.harness.state(listener.car, "event", "collision")
    assert (after.state, after.attributes["side"]) == (before.state, "front")


async def test_what_happens_while_the_entity_is_disabled_is_told_once_it_is_enabled(listener: Listener) -> None:
    harness, car = listener.harness, listener.car
    entity_id = harness.entity_id(car, "event", "collision")
    registry = er.async_get(harness.hass)
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await harness.reload(listener.entry)
    harness.vendor.garage.collide(car)
    assert await listener.arrive() == []
    registry.async_update_entity(entity_id, disabled_by=None)
    await harness.reload(listener.entry)
    assert await listener.arrive() == [CRASH]


async def test_what_was_not_heard_for_too_long_is_not_told(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    harness, car = listener.harness, listener.car
    entity_id = harness.entity_id(car, "event", "collision")
    registry = er.async_get(harness.hass)
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await harness.reload(listener.entry)
    harness.vendor.garage.collide(car)
    await listener.arrive()
    let_pass(monkeypatch, days=8)
    registry.async_update_entity(entity_id, disabled_by=None)
    await harness.reload(listener.entry)
    assert await listener.arrive() == []


# A car whose status says nothing of its emergency call.


@pytest.fixture
async def silent(harness: Harness) -> Listener:
    """Add the account of a car that only reports its doors."""
    [car] = harness.add_cars({"silent": {"createdAt": "2026-03-01T10:00:00Z", "doorsState": doors()}}).values()
    return Listener(harness, car, await harness.add_account())


async def test_the_trigger_alone_is_enough(silent: Listener) -> None:
    status = {"type": "vehicle.status", "body": [{"status": silent.car.status()}]}
    value = {"type": "string", "body": {"literalValue": "Detected"}}
    event = {"values": [{"data": EMERGENCY_CALL, "value": value}], "extensions": [status]}
    await silent.harness.post(silent.entry, silent.car, event)
    assert await silent.arrive() == [UNKNOWN]
    await silent.harness.post(silent.entry, silent.car, event)
    assert await silent.arrive() == [UNKNOWN]


async def test_a_trigger_whose_value_cannot_be_read_has_the_collisions_read(silent: Listener) -> None:
    assert await silent.report({"junk": True}) == []
    await silent.harness.pass_time(minutes=2)
    silent.car.collisions.append(Collision(impacts=(Impact(side="Rear", severity="Major"),)))
    assert await silent.report(None) == [("collision", "rear", "major")]


async def test_a_flood_of_triggers_costs_two_requests(silent: Listener) -> None:
    reads = silent.reads
    for _ in range(20):
        await silent.report(None)
    await silent.harness.pass_time(minutes=2)
    assert silent.reads == reads + 2


async def test_what_an_emergency_call_said_before_the_car_was_known_is_no_news(silent: Listener) -> None:
    assert await silent.report("Detected", date="2026-03-01T10:00:00Z") == []


async def test_a_car_that_never_changes_the_date_of_a_report_is_heard(harness: Harness, car: Car) -> None:
    car.dates["safety"] = "2026-03-01T10:00:00Z"
    harness.refuse_push()
    listener = Listener(harness, car, await harness.add_account())
    car.emergency_call = "Detected"
    await harness.pass_time(minutes=31)
    assert await listener.arrive() == [UNKNOWN]
    occurred = dt_util.parse_datetime(listener.attributes["occurred_at"])
    assert occurred
    assert dt_util.utcnow() - occurred < timedelta(minutes=5)


@pytest.mark.parametrize("word", ["ShockDetectionUnabled", "NotDetected", "Perhaps"])
async def test_other_words_are_no_collision(listener: Listener, word: str) -> None:
    reads = listener.reads
    assert await listener.report(word) == []
    assert listener.reads == reads


# Scope, monitors, requests.


@pytest.mark.parametrize("missing", ["data:collision", "data:telemetry"])
async def test_without_its_scope_nothing_is_monitored_asked_or_shown(harness: Harness, car: Car, missing: str) -> None:
    scopes = [scope for scope in harness.form()["scopes"] if scope not in {missing, "data:position"}]
    listener = Listener(harness, car, await harness.add_account(scopes=scopes))
    for monitor in monitors(harness, car).values():
        assert EMERGENCY_CALL not in str(monitor.plan.body)
    harness.vendor.garage.collide(car)
    await listener.arrive()
    await harness.pass_time(hours=25)
    assert listener.reads == 0
    assert er.async_get(harness.hass).async_get_entity_id("event", DOMAIN, f"{car.vin}_collision") is None


async def test_the_monitor_of_an_older_version_is_renewed(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    kept = monitors(harness, car)["doors"]
    older = {**kept.plan.body, "label": "Home Assistant doors d91e756f"}
    parameters = older["triggerParam"]
    older["triggerParam"] = {"triggers": parameters["triggers"][:3], "boolExp": "locked | opening | moving"}
    kept.plan = type(kept.plan).parse(older)
    harness.vendor.requests.clear()
    await harness.reload(entry)
    assert len(harness.requests("PUT", "/monitors/*")) == 1
    renewed = monitors(harness, car)["doors"]
    assert renewed.id == kept.id
    assert EMERGENCY_CALL in str(renewed.plan.body)


async def test_a_vendor_that_refuses_the_trigger_pushes_the_rest(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    """A collision is found by a poll then."""
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=400))
    listener = Listener(harness, car, await harness.add_account())
    assert EMERGENCY_CALL not in str(monitors(harness, car)["doors"].plan.body)
    assert len(monitors(harness, car)) == 5
    harness.vendor.garage.open(car, "Trunk")
    await listener.arrive()
    assert harness.state(car, "binary_sensor", "trunk").state == "on"
    harness.vendor.garage.collide(car)
    assert await listener.arrive() == []
    harness.vendor.faults.add(Fault(method="PUT", path="*/monitors/*", status=400, times=None))
    harness.vendor.requests.clear()
    await harness.pass_time(hours=6, seconds=2)
    assert await listener.arrive() == [CRASH]
    for _ in range(3):
        await harness.pass_time(hours=6, seconds=2)
    assert harness.requests("PUT", "/monitors/*") == []
    await harness.pass_time(hours=25)
    assert len(harness.requests("PUT", "/monitors/*")) == 1
    harness.vendor.faults.clear()
    await harness.pass_time(hours=25)
    assert EMERGENCY_CALL in str(monitors(harness, car)["doors"].plan.body)
    assert complaints(caplog) == []


async def test_collisions_are_read_seldom(listener: Listener) -> None:
    assert listener.reads == 1
    listener.harness.vendor.garage.unfasten_belt(listener.car, "Driver")
    listener.harness.vendor.garage.end_emergency(listener.car)
    await listener.arrive()
    for _ in range(4):
        await listener.harness.pass_time(hours=25)
    assert listener.reads == 1


async def test_a_vendor_that_refuses_the_list_is_asked_once_a_day(harness: Harness, car: Car) -> None:
    refuse(harness, car, status=403)
    listener = Listener(harness, car, await harness.add_account())
    for hours in (1, 6, 12):
        await harness.pass_time(hours=hours)
    assert listener.reads == 1
    await harness.pass_time(hours=25)
    assert listener.reads == 2


@pytest.mark.parametrize("spoil", [lambda _known: None, lambda known: {**known, "told": 7}, lambda _known: []])
async def test_what_is_stored_may_be_unreadable(
    listener: Listener, hass_storage: dict[str, Any], spoil: Callable[[Any], Any]
) -> None:
    """Then the car counts as one that is met for the first time."""
    harness = listener.harness
    assert await harness.hass.config_entries.async_unload(listener.entry.entry_id)
    stored = hass_storage[f"{DOMAIN}.{listener.entry.entry_id}"]["data"][listener.car.vin]
    stored["collisions"] = spoil(stored["collisions"])
    assert await harness.hass.config_entries.async_setup(listener.entry.entry_id)
    assert await listener.arrive() == []
    harness.vendor.garage.collide(listener.car)
    assert await listener.arrive() == [CRASH]
