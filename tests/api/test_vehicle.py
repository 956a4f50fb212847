"""A car of the account: what it is, and what it can be asked to do."""

from dataclasses import replace
import json
from typing import Any

import pytest

from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.vehicle import CHARGING_SLOTS, Capability, Vehicle

CHARGING = {"charging", "charging_delay", "charging_schedule"}
PRECONDITIONING = {"preconditioning", "programs"}
# For which there is neither a capability nor a scope.
UNANNOUNCED = {"immobilization", "stolen"}
ALL = {"doors", "horn", "lights", "wake_up", "navigation"} | CHARGING | PRECONDITIONING | UNANNOUNCED

# Our names and the vendor's, key and scope.
REMOTES = [
    ({"doors"}, "door", "remote:door:write"),
    ({"horn"}, "horn", "remote:horn:write"),
    ({"lights"}, "lights", "remote:lights:write"),
    ({"wake_up"}, "wakeup", "remote:wakeup:write"),
    (CHARGING, "charging", "remote:charging:write"),
    (PRECONDITIONING, "preconditioning", "remote:preconditioning:write"),
    ({"navigation"}, "navigation", "remote:navigation:write"),
]

# The branding as the vendor has sent it over the years.
FLAT = {"brand": "Citroën", "motorization": "Electric", "pictures": ["https://pictures.example.com/1.png"]}
PICTURES = ["https://pictures.example.com/1.png"]
NESTED = {
    "vehicleExtension": {
        "vehicleBranding": {"brand": "C", "label": "ë-Berlingo"},
        "vehiclePictures": {"pictures": PICTURES},
    }
}
EMBEDDED = {"_embedded": {"extension": {"branding": {"brand": "Opel", "label": "Corsa"}, "pictures": []}}}

JUNK: list[Any] = [None, "", " ", 7, True, ["Peugeot"], {"name": "Peugeot"}]


def parse(scopes: Any = tuple(Scope), **vehicle: Any) -> Vehicle:
    car = Vehicle.parse({"id": "an-id", "vin": "A-VIN", **vehicle}, scopes)
    assert car
    return car


def with_remotes(remotes: Any, scopes: Any = tuple(Scope)) -> Vehicle:
    return parse(scopes, _embedded={"extension": {"onboardCapabilities": {"data": [], "remote": remotes}}})


@pytest.mark.parametrize(
    ("shape", "brand", "label", "name"),
    [
        (FLAT, "Citroën", None, "Citroën"),
        (NESTED, "C", "ë-Berlingo", "C ë-Berlingo"),
        (EMBEDDED, "Opel", "Corsa", "Opel Corsa"),
        (FLAT | NESTED, "Citroën", "ë-Berlingo", "Citroën ë-Berlingo"),
        (FLAT | NESTED | EMBEDDED, "Opel", "Corsa", "Opel Corsa"),
        ({"brand": "Peugeot", "label": "Peugeot 208"}, "Peugeot", "Peugeot 208", "Peugeot 208"),
        ({"label": "208"}, None, "208", "208"),
        ({"brand": " Peugeot ", "label": " 208\n"}, "Peugeot", "208", "Peugeot 208"),
        ({}, None, None, "Car"),
    ],
)
def test_branding(shape: dict[str, Any], brand: str | None, label: str | None, name: str) -> None:
    car = parse(**shape)
    assert (car.id, car.vin) == ("an-id", "A-VIN")
    assert (car.brand, car.label, car.name) == (brand, label, name)


def test_pictures() -> None:
    assert parse(**FLAT).pictures == parse(**NESTED).pictures == tuple(PICTURES)
    assert parse(**NESTED, _embedded={"extension": {"pictures": ["https://x.example.com"]}}).pictures == (
        "https://x.example.com",
    )


def test_motorization() -> None:
    assert parse(**FLAT).motorization == "Electric"
    assert parse(**NESTED).motorization is None


@pytest.mark.parametrize("junk", JUNK)
def test_an_unreadable_field_costs_that_field_only(junk: Any) -> None:
    car = parse(brand=junk, label="208", motorization=junk, vehicleExtension=junk, _embedded=junk)
    assert (car.brand, car.label, car.motorization, car.name) == (None, "208", None, "208")
    assert car.capabilities == ALL


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_branding_gives_way_to_an_older_one(junk: Any) -> None:
    extension = {"branding": {"brand": junk, "label": junk}}
    assert parse(**FLAT | NESTED | {"_embedded": {"extension": extension}}).name == "Citroën ë-Berlingo"
    assert parse(**FLAT | NESTED | {"_embedded": {"extension": {"branding": junk}}}).name == "Citroën ë-Berlingo"
    assert parse(**FLAT | NESTED | {"_embedded": {"extension": junk}}).name == "Citroën ë-Berlingo"


@pytest.mark.parametrize("junk", [None, "", 7, ["V"], {}])
@pytest.mark.parametrize("key", ["id", "vin"])
def test_a_car_without_identity_is_none(key: str, junk: Any) -> None:
    assert Vehicle.parse({"id": "an-id", "vin": "A-VIN", key: junk}, tuple(Scope)) is None
    assert Vehicle.parse({"brand": "Peugeot"}, tuple(Scope)) is None


@pytest.mark.parametrize(("ours", "key", "scope"), REMOTES)
def test_a_capability_needs_the_car_and_the_scope(ours: set[str], key: str, scope: str) -> None:
    assert with_remotes({key: {"supported": True}}).capabilities == ours | UNANNOUNCED
    assert with_remotes({key: {"supported": True}}, [scope]).capabilities == ours | UNANNOUNCED
    assert with_remotes({key: {"supported": True}}, set(Scope) - {scope}).capabilities == UNANNOUNCED
    assert with_remotes({key: {"supported": True}}, ["data:telemetry"]).capabilities == set()


@pytest.mark.parametrize(("ours", "key", "scope"), REMOTES)
def test_the_tutorials_shape_names_scopes_and_details(ours: set[str], key: str, scope: str) -> None:
    expected = ours | UNANNOUNCED
    for remotes in (
        {"operation": [scope], "details": {key: {"supported": True}}},
        {"operation": [scope], "details": {key: True}},
        {"operation": [scope]},
        {"operation": [], "details": {key: {"supported": True}}},
        {"operation": [scope], "details": {key.upper(): {"supported": True}}},
        [scope],
        [{key: {"supported": True}}],
        [{"scopeName": scope, "supported": True}, {"scopeName": 7}, "remote"],
    ):
        assert with_remotes(remotes).capabilities == expected, remotes
    assert with_remotes({"operation": [scope], "details": {key: {"supported": False}}}).capabilities == UNANNOUNCED
    assert with_remotes({"operation": [scope]}, set(Scope) - {scope}).capabilities == UNANNOUNCED


@pytest.mark.parametrize(
    ("spelling", "ours"),
    [
        ("wakeUp", {"wake_up"}),
        ("state", {"wake_up"}),
        ("ligths", {"lights"}),
        ("preonditionning", PRECONDITIONING),
        ("preconditionning", PRECONDITIONING),
    ],
)
def test_other_spellings_of_remotes(spelling: str, ours: set[str]) -> None:
    assert with_remotes({"details": {spelling: {"supported": True}}}).capabilities == ours | UNANNOUNCED
    assert with_remotes({spelling: {"supported": True}}).capabilities == ours | UNANNOUNCED


def test_remotes_may_stand_beside_the_data() -> None:
    onboard = {"data": [], "operation": ["remote:door:write"], "details": {"door": {"supported": True}}}
    car = parse(_embedded={"extension": {"onboardCapabilities": onboard}})
    assert car.capabilities == {"doors"} | UNANNOUNCED


KNOWN = Vehicle(
    id="an-id",
    vin="A-VIN",
    brand="Peugeot",
    label="208",
    motorization="Electric",
    capabilities=frozenset({Capability.DOORS, Capability.CHARGING, Capability.CHARGING_LEVEL, Capability.PROGRAMS}),
    program_slots=2,
    charging_slots=3,
    pictures=("https://pictures.example.com/1.png",),
)


@pytest.mark.parametrize("item", [{"id": "an-id"}, {"vin": "A-VIN"}, {"id": "an-id", "vin": "A-VIN", "brand": None}])
def test_what_an_item_leaves_out_is_as_it_was(item: dict[str, Any]) -> None:
    other = replace(KNOWN, id="another-id", vin="ANOTHER-VIN")
    assert Vehicle.parse(item, tuple(Scope), [other, KNOWN]) == KNOWN


def test_what_an_item_says_counts() -> None:
    item = {
        "id": "a-new-id",
        "vin": "A-VIN",
        "motorization": "Hybrid",
        "_embedded": {
            "extension": {
                "branding": {"brand": "Opel", "label": "Corsa"},
                "pictures": ["https://pictures.example.com/2.png"],
                "onboardCapabilities": {"remote": {"horn": {"supported": True}}},
            }
        },
    }
    assert Vehicle.parse(item, tuple(Scope), [KNOWN]) == Vehicle.parse(item, tuple(Scope))


def test_what_was_only_assumed_is_assumed_again() -> None:
    item = {"id": "an-id", "vin": "A-VIN", "motorization": "Thermic"}
    car = Vehicle.parse(item, tuple(Scope), [replace(KNOWN, capabilities_assumed=True)])
    assert car
    assert car.capabilities == ALL - CHARGING
    assert car.capabilities_assumed


def test_no_command_of_an_older_version_is_none_that_was_known() -> None:
    """It took a description that names no remote for a car that takes none."""
    stored = {**replace(KNOWN, capabilities=frozenset(map(Capability, UNANNOUNCED))).as_dict()}
    del stored["capabilities_assumed"]
    known = Vehicle.restore(stored)
    assert known
    car = Vehicle.parse({"id": KNOWN.id, "vin": KNOWN.vin, "motorization": "Electric"}, tuple(Scope), [known])
    assert car
    assert car.capabilities == ALL
    assert car.program_slots


def test_what_was_known_needs_its_scope_too() -> None:
    car = Vehicle.parse({"id": "an-id", "vin": "A-VIN"}, ["remote:door:write"], [KNOWN])
    assert car
    assert car.capabilities == {"doors"}
    assert KNOWN.limit(["data:telemetry"]).capabilities == set()


@pytest.mark.parametrize(("ours", "scope"), [(ours, scope) for ours, _, scope in REMOTES])
def test_without_a_word_about_capabilities_the_scopes_decide(ours: set[str], scope: str) -> None:
    assert parse([scope]).capabilities == ours | UNANNOUNCED


@pytest.mark.parametrize(
    "extension", [{}, {"onboardCapabilities": {}}, {"onboardCapabilities": None}, {"onboardCapabilities": ["door"]}]
)
@pytest.mark.parametrize("motorization", ["Electric", "Hybrid", None, "NeverHeardOf"])
def test_a_car_that_does_not_say_what_it_can_do_can_do_everything(extension: Any, motorization: str | None) -> None:
    car = parse(_embedded={"extension": extension}, motorization=motorization)
    assert car.capabilities == ALL


@pytest.mark.parametrize("remotes", [None, "door", ["door"], 7])
def test_unreadable_capabilities_are_as_good_as_none(remotes: Any) -> None:
    assert with_remotes(remotes).capabilities == ALL


def test_a_car_that_burns_fuel_does_not_charge_unless_it_says_so() -> None:
    assert parse(motorization="Thermic").capabilities == ALL - CHARGING


def test_what_a_car_leaves_out_it_cannot_do() -> None:
    assert with_remotes({"trunk": {"supported": True}, "door": {"supported": True}}).capabilities == {
        "doors",
        *UNANNOUNCED,
    }


@pytest.mark.parametrize(
    "remotes",
    [
        {},
        [],
        {"trunk": {"supported": True}},
        {"door": None, "horn": None},
        {"operation": [], "details": {}},
        {"operation": None, "details": None},
        {"operation": ["data:telemetry", None], "details": ["door"]},
    ],
)
def test_without_any_remote_that_is_known_nothing_is_said(remotes: Any) -> None:
    car = with_remotes(remotes)
    assert car.capabilities == ALL
    assert car.capabilities_assumed
    assert not with_remotes({"door": {"supported": False}}).capabilities_assumed


@pytest.mark.parametrize(
    ("capability", "supported"),
    [
        ({"supported": True}, True),
        ({"supported": False}, False),
        ({"scopeName": "remote:charging:write"}, True),
        ({}, True),
        (True, True),
        (False, False),
        ("false", False),
        (7, False),
        (["supported"], False),
        ({"supported": "False"}, False),
        ({"supported": "True"}, True),
        ({"supported": 0}, False),
        ({"supported": 1}, True),
        ({"supported": "0"}, False),
        # Charging says it for both ways, preconditioning for the whole.
        ({"supported": True, "parameters": {"immediate": {"start": True, "stop": True}}}, True),
        ({"supported": True, "parameters": {"immediate": {"start": True, "stop": False}}}, True),
        ({"supported": True, "parameters": {"immediate": {"start": False, "stop": True}}}, True),
        ({"supported": True, "parameters": {"immediate": {"start": False, "stop": False}}}, False),
        ({"supported": True, "parameters": {"immediate": {"start": False}}}, True),
        ({"supported": True, "parameters": {"immediate": {}}}, True),
        ({"supported": True, "parameters": {"immediate": True}}, True),
        ({"supported": True, "parameters": {"immediate": False}}, False),
        ({"supported": True, "parameters": {"programs": {"size": 4}}}, True),
        ({"supported": False, "parameters": {"immediate": True}}, False),
        ({"supported": True, "parameters": None}, True),
        ({"supported": True, "parameters": ["immediate"]}, True),
        # In the tutorial's shape.
        ({"supported": True, "immediate": True}, True),
        ({"supported": True, "immediate": False}, False),
        ({"supported": True, "immediate": {"supported": True}}, True),
        ({"supported": True, "immediate": {"supported": False}}, False),
        ({"supported": True, "immediate": {"supported": True, "start": False, "stop": False}}, False),
        ({"supported": False, "immediate": True}, False),
        ({"immediate": {"start": False, "stop": True}}, True),
    ],
)
@pytest.mark.parametrize("key", ["charging", "preconditioning"])
def test_what_counts_as_supported(key: str, capability: Any, supported: bool) -> None:
    for remotes in (
        {key: capability},
        {"details": {key: capability}},
        {"operation": [f"remote:{key}:write"], "details": {key: capability}},
    ):
        assert (key in with_remotes(remotes).capabilities) is supported


def with_parameters(key: str, parameters: Any) -> Vehicle:
    return with_remotes({key: {"supported": True, "parameters": parameters}})


def with_details(key: str, details: Any) -> Vehicle:
    return with_remotes({"operation": [], "details": {key: {"supported": True, **details}}})


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({}, {"charging_delay", "charging_schedule"}),
        (None, {"charging_delay", "charging_schedule"}),
        ({"programs": {"supported": True}, "nextDelayedTime": True}, {"charging_delay", "charging_schedule"}),
        ({"programs": {"supported": False}, "nextDelayedTime": True}, {"charging_delay"}),
        ({"programs": {"supported": True}, "nextDelayedTime": False}, {"charging_schedule"}),
        ({"programs": False, "nextDelayedTime": False}, set()),
        (True, {"charging_delay", "charging_schedule"}),
        (False, set()),
        ({"supported": True}, {"charging_delay", "charging_schedule"}),
        ({"supported": False}, set()),
        ({"supported": False, "programs": True}, set()),
        ({"supported": True, "programs": False}, {"charging_delay"}),
        ({"nextDelayedTime": {"supported": False}}, {"charging_schedule"}),
    ],
)
def test_how_a_charge_can_be_scheduled(schedule: Any, expected: set[str]) -> None:
    for car in (with_parameters("charging", {"schedule": schedule}), with_details("charging", {"schedule": schedule})):
        assert car.capabilities == {"charging"} | expected | UNANNOUNCED


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        ({"level": True, "type": True}, {"charging_level", "charging_type"}),
        ({"level": True, "type": False}, {"charging_level"}),
        ({"type": True}, {"charging_type"}),
        ({}, set()),
        (None, set()),
        (False, set()),
        (True, {"charging_level", "charging_type"}),
        ({"supported": True}, {"charging_level", "charging_type"}),
        ({"supported": True, "level": False}, {"charging_type"}),
        ({"supported": False, "level": True}, set()),
        ({"level": {"supported": True}}, {"charging_level"}),
    ],
)
def test_preferences_have_to_be_said(preferences: Any, expected: set[str]) -> None:
    for car in (
        with_parameters("charging", {"preferences": preferences}),
        with_parameters("charging", {"schedule": {"preferences": preferences}}),
        with_details("charging", {"preferences": preferences}),
    ):
        assert car.capabilities == CHARGING | expected | UNANNOUNCED


@pytest.mark.parametrize(
    ("programs", "slots"),
    [
        ({"size": 4}, 4),
        ({"size": 2}, 2),
        ({"size": 9}, 4),
        ({}, 4),
        (None, 4),
        ({"size": "2"}, 4),
        ({"size": 0}, 0),
        (False, 0),
    ],
)
def test_the_room_for_preconditioning_programs(programs: Any, slots: int) -> None:
    car = with_parameters("preconditioning", {"programs": programs})
    assert car.program_slots == slots
    assert ("programs" in car.capabilities) is (slots > 0)


@pytest.mark.parametrize(
    ("programs", "slots"),
    [
        ({"supported": True, "size": 3}, 3),
        ({"supported": True}, CHARGING_SLOTS),
        ({"supported": True, "size": -1}, CHARGING_SLOTS),
        ({"supported": False, "size": 3}, 0),
    ],
)
def test_the_room_for_charging_programs(programs: Any, slots: int) -> None:
    assert with_parameters("charging", {"schedule": {"programs": programs}}).charging_slots == slots


def test_a_car_that_says_nothing_has_room() -> None:
    assert (parse().program_slots, parse().charging_slots) == (4, CHARGING_SLOTS)


def test_what_is_stored_is_read_again() -> None:
    car = Vehicle(
        id="1",
        vin="2",
        brand="Peugeot",
        label=None,
        motorization="Electric",
        capabilities=frozenset({Capability.DOORS, Capability.HORN}),
        capabilities_assumed=True,
        program_slots=3,
        charging_slots=5,
        pictures=("https://pictures.example.com/1.png",),
    )
    assert Vehicle.restore(json.loads(json.dumps(car.as_dict()))) == car


@pytest.mark.parametrize("junk", [{}, {"id": "1"}, {"vin": "2"}, {"id": 1, "vin": 2}, {"id": "", "vin": "2"}])
def test_what_cannot_be_told_from_others_is_not_read_again(junk: dict[str, Any]) -> None:
    assert Vehicle.restore(junk) is None


def test_junk_that_is_stored_costs_itself_only() -> None:
    car = Vehicle.restore({"id": "1", "vin": "2", "brand": 7, "capabilities": None, "pictures": [7, "ftp://x"]})
    assert car
    assert (car.brand, car.capabilities, car.pictures) == (None, frozenset(), ())


def test_of_what_is_stored_unknown_capabilities_are_left_out() -> None:
    stored = {"id": "1", "vin": "2", "capabilities": ["horn", "wings", None, 7, ["doors"], {"lights": True}]}
    restored = Vehicle.restore(stored)
    assert restored
    assert restored.capabilities == {Capability.HORN}
