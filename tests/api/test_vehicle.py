"""A car of the account: what it is, and what it can be asked to do."""

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
NESTED = {"vehicleExtension": {"vehicleBranding": {"brand": "C", "label": "ë-Berlingo"}, "vehiclePictures": {}}}
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
    assert with_remotes({}).capabilities == UNANNOUNCED
    assert with_remotes({"trunk": {"supported": True}, "door": {"supported": True}}).capabilities == {
        "doors",
        *UNANNOUNCED,
    }


@pytest.mark.parametrize(
    ("capability", "supported"),
    [
        ({"supported": True}, True),
        ({"supported": False}, False),
        ({"scopeName": "remote:charging:write"}, True),
        ({}, True),
        (None, False),
        (True, False),
        (["supported"], False),
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
    ],
)
@pytest.mark.parametrize("key", ["charging", "preconditioning"])
def test_what_counts_as_supported(key: str, capability: Any, supported: bool) -> None:
    assert (key in with_remotes({key: capability}).capabilities) is supported


def with_parameters(key: str, parameters: Any) -> Vehicle:
    return with_remotes({key: {"supported": True, "parameters": parameters}})


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({}, {"charging_delay", "charging_schedule"}),
        (None, {"charging_delay", "charging_schedule"}),
        ({"programs": {"supported": True}, "nextDelayedTime": True}, {"charging_delay", "charging_schedule"}),
        ({"programs": {"supported": False}, "nextDelayedTime": True}, {"charging_delay"}),
        ({"programs": {"supported": True}, "nextDelayedTime": False}, {"charging_schedule"}),
        ({"programs": False, "nextDelayedTime": False}, set()),
    ],
)
def test_how_a_charge_can_be_scheduled(schedule: Any, expected: set[str]) -> None:
    car = with_parameters("charging", {"schedule": schedule})
    assert car.capabilities == {"charging"} | expected | UNANNOUNCED


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        ({"level": True, "type": True}, {"charging_level", "charging_type"}),
        ({"level": True, "type": False}, {"charging_level"}),
        ({"type": True}, {"charging_type"}),
        ({}, set()),
        (True, set()),
        (None, set()),
    ],
)
def test_preferences_have_to_be_said(preferences: Any, expected: set[str]) -> None:
    assert with_parameters("charging", {"preferences": preferences}).capabilities == CHARGING | expected | UNANNOUNCED


@pytest.mark.parametrize(
    ("programs", "slots"),
    [({"size": 4}, 4), ({"size": 2}, 2), ({"size": 9}, 4), ({}, 4), (None, 4), ({"size": "2"}, 4), ({"size": 0}, 0)],
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
