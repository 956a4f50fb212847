"""Remotes of every kind, and how the vendor spells them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.stellantis.api.remotes import (
    DeclareStolen,
    DelayCharging,
    Immobilize,
    LockDoors,
    Place,
    Remote,
    SendDestinations,
    SetChargingPreferences,
    SetChargingSchedule,
    SetPreconditioningPrograms,
    SoundHorn,
    SwitchCharging,
    SwitchLights,
    SwitchPreconditioning,
    WakeUp,
)
from custom_components.stellantis.api.status import ChargingProgram, Program

MORNING = Program(slot=1, start=timedelta(hours=7, minutes=40), days=("Mon", "Tue"), enabled=True)
ONCE = Program(slot=3, start=timedelta(), days=("Sun",), enabled=False, recurring=False)
SET_MORNING = {
    "slot": 1,
    "enabled": True,
    "recurrence": "Daily",
    "start": "PT7H40M",
    "occurence": {"day": ["Mon", "Tue"]},
    "actionsType": "Set",
}
SET_ONCE = {
    "slot": 3,
    "enabled": False,
    "recurrence": "None",
    "start": "PT0S",
    "occurence": {"day": ["Sun"]},
    "actionsType": "Set",
}
NIGHT = ChargingProgram(
    start=timedelta(hours=22), end=timedelta(hours=5, minutes=30), days=("Mon", "Fri"), enabled=True
)
DAY = ChargingProgram(start=timedelta(hours=12, minutes=5), days=("Sat",), enabled=False)
TONIGHT = datetime(2026, 3, 1, 22, 30, tzinfo=ZoneInfo("Europe/Paris"))
EIFFEL_TOWER, SYDNEY = Place(48.8584, 2.2945), Place(-33.8568, 151.2153)

# The remote, its type in messages, its body, and its body in the tutorial where that is another.
REMOTES: list[tuple[Remote, str, dict[str, Any], dict[str, Any] | None]] = [
    (LockDoors(locked=True), "Doors", {"door": {"state": "Locked"}}, None),
    (LockDoors(locked=False), "Doors", {"door": {"state": "Unlocked"}}, None),
    (SoundHorn(), "Horn", {"horn": {"state": "Activated"}}, None),
    (SwitchLights(on=True), "Lights", {"lights": {"on": True}}, {"ligths": {"on": True}}),
    (SwitchLights(on=False), "Lights", {"lights": {"on": False}}, {"ligths": {"on": False}}),
    (WakeUp(), "WakeUp", {"wakeUp": {"action": "WakeUp"}}, {"state": {"action": "state"}}),
    (SwitchCharging(on=True), "ElectricBatteryChargingRequest", {"charging": {"immediate": True}}, None),
    (SwitchCharging(on=False), "ElectricBatteryChargingRequest", {"charging": {"immediate": False}}, None),
    (
        SwitchPreconditioning(on=True),
        "ThermalPreconditioning",
        {"preconditioning": {"airConditioning": {"immediate": True}}},
        {"preonditionning": {"airConditioning": {"immediate": True}}},
    ),
    (
        SwitchPreconditioning(on=False),
        "ThermalPreconditioning",
        {"preconditioning": {"airConditioning": {"immediate": False}}},
        {"preonditionning": {"airConditioning": {"immediate": False}}},
    ),
    (
        SwitchPreconditioning(on=True, programs=(MORNING, ONCE)),
        "ThermalPreconditioning",
        {"preconditioning": {"airConditioning": {"immediate": True, "programs": [SET_MORNING, SET_ONCE]}}},
        {"preonditionning": {"airConditioning": {"immediate": True, "programs": [SET_MORNING, SET_ONCE]}}},
    ),
    (
        SetPreconditioningPrograms(programs=(MORNING,), deleted=(2,)),
        "ThermalPreconditioning",
        {"preconditioning": {"airConditioning": {"programs": [SET_MORNING, {"slot": 2, "actionsType": "Delete"}]}}},
        {"preonditionning": {"airConditioning": {"programs": [SET_MORNING, {"slot": 2, "actionsType": "Delete"}]}}},
    ),
    (SoundHorn(on=False), "Horn", {"horn": {"state": "Unactivated"}}, None),
    (SwitchLights(on=True, flash=True), "Lights", {"lights": {"on": True}}, {"ligths": {"on": True}}),
    (
        DelayCharging(TONIGHT),
        "ElectricBatteryChargingRequest",
        {"charging": {"schedule": {"nextDelayedTime": "2026-03-01T22:30:00+01:00"}}},
        {"charging": {"nextDelayedTime": "2026-03-01T22:30:00+01:00"}},
    ),
    (
        SetChargingPreferences(level="Level3"),
        "ElectricBatteryChargingRequest",
        {"charging": {"preferences": {"level": "Level3"}}},
        None,
    ),
    (
        SetChargingPreferences(extent="Partial"),
        "ElectricBatteryChargingRequest",
        {"charging": {"preferences": {"type": "Partial"}}},
        None,
    ),
    (
        SetChargingSchedule((NIGHT, DAY)),
        "ElectricBatteryChargingRequest",
        {
            "charging": {
                "schedule": {
                    "programs": [
                        {"start": "PT22H", "end": "PT5H30M", "enabled": True, "occurence": {"day": ["Mon", "Fri"]}},
                        {"start": "PT12H5M", "enabled": False, "occurence": {"day": ["Sat"]}},
                    ]
                }
            }
        },
        None,
    ),
    (
        SetChargingSchedule(()),
        "ElectricBatteryChargingRequest",
        {"charging": {"schedule": {"programs": []}}},
        None,
    ),
    (
        SendDestinations((SYDNEY, EIFFEL_TOWER)),
        "Navigation",
        {
            "navigation": {
                "positions": [
                    {"type": "Point", "coordinates": [151.2153, -33.8568]},
                    {"type": "Point", "coordinates": [2.2945, 48.8584]},
                ]
            }
        },
        None,
    ),
    (
        SendDestinations((EIFFEL_TOWER,), driver_approval=True),
        "Navigation",
        {"navigation": {"positions": [{"type": "Point", "coordinates": [2.2945, 48.8584]}], "driverApproval": True}},
        None,
    ),
    (Immobilize(on=True), "Immobilization", {"immobilization": {"activate": True}}, None),
    (Immobilize(on=False), "Immobilization", {"immobilization": {"activate": False}}, None),
    (DeclareStolen(on=True), "Stolen", {"stolen": {"stolen": True}}, None),
    (DeclareStolen(on=False), "Stolen", {"stolen": {"stolen": False}}, None),
]
