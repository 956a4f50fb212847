"""Which monitors a car gets, and what they look like to the vendor."""

from itertools import combinations, product
import re
from typing import Any

import pytest

from custom_components.stellantis.api.monitors import (
    LABEL,
    Monitor,
    Trigger,
    UserMonitor,
    monitors,
    watched_data,
)
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.status.pushed_values import places

ALL = {"doors", "energy", "events", "moving", "charging"}


def made(
    *left_out: str,
    motorization: str | None = "Electric",
    charging: int = 300,
    moving: int = 60,
    limit: int | None = None,
) -> list[Monitor]:
    scopes = set(Scope) - set(left_out)
    return monitors(scopes, motorization, charging_refresh=charging, moving_refresh=moving, charge_limit=limit)


def body(key: str, *left_out: str, **more: Any) -> dict[str, Any]:
    return next(monitor.body for monitor in made(*left_out, **more) if monitor.key == key)


def watched(key: str, *left_out: str, **more: Any) -> list[str]:
    return [trigger["data"]["data"] for trigger in body(key, *left_out, **more)["triggerParam"]["triggers"]]


@pytest.mark.parametrize("motorization", ["Electric", "Hybrid", "Hydrogen", None])
def test_a_car_that_can_be_charged_has_all(motorization: str | None) -> None:
    assert {monitor.key for monitor in made(motorization=motorization)} == ALL


def test_a_car_that_burns_fuel_is_not_watched_while_charging() -> None:
    assert {monitor.key for monitor in made(motorization="Thermic")} == ALL - {"charging"}
    assert watched("energy", motorization="Thermic") == ["vehicle.preconditioning.airConditioning"]


def test_without_the_scope_of_the_status_there_is_none() -> None:
    assert made("data:telemetry") == []


@pytest.mark.parametrize(
    ("scope", "data", "extension"),
    [
        ("data:alert", "vehicle.alert", "vehicle.alerts"),
        ("data:trip", "vehicle.trip.stop", "vehicle.trip"),
        ("data:position", None, "vehicle.position"),
    ],
)
def test_what_a_scope_is_missing_for_is_not_asked_for(scope: str, data: str | None, extension: str) -> None:
    assert (data is None) or data in watched("events")
    assert extension in body("events")["extendedEventParam"]
    assert data not in watched("events", scope)
    assert extension not in body("events", scope)["extendedEventParam"]
    assert body("events", scope)["triggerParam"]["boolExp"] == " | ".join(
        trigger["name"] for trigger in body("events", scope)["triggerParam"]["triggers"]
    )


def test_every_message_brings_the_status_along() -> None:
    assert {monitor.key for monitor in made() if "vehicle.status" in monitor.body["extendedEventParam"]} == ALL


def test_the_vendors_rules_are_kept() -> None:
    """At most five monitors of a car, with at most five triggers, each with its own name in the condition."""
    optional = [Scope.POSITION, Scope.TRIP, Scope.ALERT]
    for number, motorization, limit in product(range(4), ("Electric", "Hybrid", "Thermic", None), (None, 50, 99)):
        for left_out in combinations(optional, number):
            wanted = made(*left_out, motorization=motorization, limit=limit)
            assert 4 <= len(wanted) <= 5
            assert len({monitor.key for monitor in wanted}) == len(wanted)
            for monitor in wanted:
                check_triggers(monitor)


def check_triggers(monitor: Monitor) -> None:
    parameters = monitor.body["triggerParam"]
    triggers = parameters["triggers"]
    names = [trigger["name"] for trigger in triggers]
    assert 1 <= len(triggers) <= 5
    assert len(set(names)) == len(names)
    assert set(re.findall(r"[a-z]+", parameters["boolExp"])) == set(names)
    assert all(re.fullmatch(r"[a-zA-Z]+[.\-_]?[0-9]*", name) for name in names)
    assert all(("value" in trigger["data"]) is (trigger["data"]["op"] != "onChange") for trigger in triggers)


def test_what_changes_by_itself_is_repeated() -> None:
    assert body("charging", charging=600)["subscribeParam"] == {"refreshEvent": 600}
    assert body("moving", moving=120)["subscribeParam"] == {"refreshEvent": 120}
    assert all("subscribeParam" not in body(key) for key in ALL - {"charging", "moving"})


def test_another_definition_has_another_label() -> None:
    labels = {monitor.key: monitor.label for monitor in made()}
    assert {monitor.key: monitor.label for monitor in made()} == labels
    other = {monitor.key: monitor.label for monitor in made("data:position", charging=600, moving=120)}
    assert all(other[key] != labels[key] for key in ALL)
    assert all(label.startswith(f"{LABEL} {key} ") for key, label in labels.items())


@pytest.mark.parametrize(
    ("label", "key"),
    [
        (f"{LABEL} doors 1a2b3c4d", "doors"),
        (f"{LABEL} doors", "doors"),
        (f"{LABEL}", None),
        ("Home doors", None),
        ("", None),
        (None, None),
    ],
)
def test_a_monitor_is_known_by_its_label(label: str | None, key: str | None) -> None:
    assert UserMonitor(id="1", label=label, status="Running").key == key


def test_a_monitor_has_as_many_triggers_as_the_vendor_takes() -> None:
    """One more, or none, and the vendor would refuse the whole monitor."""
    triggers = tuple(Trigger(name=f"t{number}", data="vehicle.odometer") for number in range(6))
    assert len(Monitor(key="full", triggers=triggers[:5], extensions=()).body["triggerParam"]["triggers"]) == 5
    for refused in (triggers, ()):
        with pytest.raises(ValueError, match=f"full: the vendor takes 1 to 5 triggers, not {len(refused)}"):
            Monitor(key="full", triggers=refused, extensions=())


def test_a_limit_is_watched_by_the_monitor_of_a_car_that_moves() -> None:
    """A car cannot do both at once. Without a limit, the monitor has the label that it always had."""
    plain, limited, higher = (
        next(monitor for monitor in made(limit=limit) if monitor.key == "moving") for limit in (None, 80, 90)
    )
    assert limited.plain == plain
    assert plain.label == "Home Assistant moving 610441f2"
    assert len({plain.label, limited.label, higher.label}) == 3
    assert limited.body["triggerParam"]["boolExp"] == "moving | ((reached | (above & !beyond)) & charging)"
    assert limited.body["triggerParam"]["triggers"][1:4] == [
        {"name": "reached", "data": {"data": "vehicle.energy.electric.level", "op": "equalsTo", "value": ["80"]}},
        {"name": "above", "data": {"data": "vehicle.energy.electric.level", "op": "greaterThan", "value": ["80"]}},
        {"name": "beyond", "data": {"data": "vehicle.energy.electric.level", "op": "greaterThan", "value": ["85"]}},
    ]
    assert limited.refresh == plain.refresh == 60


def test_what_a_scope_is_missing_for_is_left_out_of_what_is_monitored_instead() -> None:
    limited = next(monitor for monitor in made("data:position", limit=80) if monitor.key == "moving")
    assert limited.plain
    assert limited.extensions == limited.plain.extensions == ("vehicle.status",)


def test_collisions_are_watched_with_the_doors_if_their_scope_is_granted() -> None:
    """The vendor may refuse it: without it, the monitor has the label that it always had."""
    plain, more = (
        next(monitor for monitor in made(*left_out) if monitor.key == "doors") for left_out in (["data:collision"], [])
    )
    assert plain.plain is None
    assert more.plain == plain
    assert plain.label == "Home Assistant doors d91e756f"
    assert more.label != plain.label
    assert more.body["triggerParam"]["triggers"][-1] == {
        "name": "collision",
        "data": {"data": "vehicle.safety.autoECallTriggering", "op": "onChange"},
    }
    assert more.extensions == plain.extensions


def test_a_car_that_burns_fuel_has_no_limit() -> None:
    assert made(motorization="Thermic", limit=80) == made(motorization="Thermic")


@pytest.mark.parametrize("condition", ["a", "a & b & c", "a | bb", ""])
def test_a_condition_names_each_trigger_and_no_other(condition: str) -> None:
    triggers = (Trigger(name="a", data="vehicle.odometer"), Trigger(name="b", data="vehicle.odometer"))
    assert Monitor(key="good", triggers=triggers, extensions=(), condition="!(a & b)").body
    with pytest.raises(ValueError, match="bad: the condition names other triggers than a, b"):
        Monitor(key="bad", triggers=triggers, extensions=(), condition=condition)


@pytest.mark.parametrize("label", ["Home Assistant", "Home Assistant ", "Home Assistant  limit", "Home", None])
def test_what_has_no_key_of_ours_is_not_ours(label: str | None) -> None:
    assert UserMonitor(id="1", label=label, status="Running").key is None


def test_only_what_is_pushed_at_each_change_is_watched() -> None:
    """A level is pushed when it is reached, and a charge when it begins."""
    limited = made(limit=80)
    assert watched_data(limited) == watched_data(made())
    assert watched_data(monitor for monitor in limited if monitor.key in {"charging", "moving"}) == set()
    assert "vehicle.energy.charging.status" not in watched_data(made(motorization="Thermic"))


def test_what_is_watched_can_be_compared() -> None:
    """Trips and alerts are no part of a status."""
    shown = {data for data in watched_data(made()) if list(places([data]))}
    assert watched_data(made()) - shown == {"vehicle.alert", "vehicle.trip.stop"}
