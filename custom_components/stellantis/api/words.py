"""The vendor's words as Home Assistant spells states: `FuelLevelLow` is `fuel_level_low`."""

import re
from typing import Final, overload

_PARTS: Final = re.compile(r"[A-Z]?[a-z]+[0-9]*|[A-Z0-9]+(?![a-z])")


@overload
def slug(word: str) -> str: ...
@overload
def slug(word: None) -> None: ...
def slug(word: str | None) -> str | None:
    """Spell a word of the vendor as a state that can be translated. Its spelling mistakes are kept."""
    return None if word is None else "_".join(_PARTS.findall(word)).lower()


FAILURE_CAUSES: Final = {
    "GeneralError": "general_error",
    "VehicleError": "vehicle_error",
    "WrongCommand": "wrong_command",
    "VehicleConnectionTimeout": "vehicle_connection_timeout",
    "MissingRights": "missing_rights",
    "NotPossibleDueToVehicleBatteryLevel": "battery_level",
    "NotPossibleDueToVehiclePrivacyLevel": "privacy_level",
    "TooManyWakeUpsOverMonth": "too_many_wake_ups",
    "TooManyRequestInShortTime": "too_many_requests_in_short_time",
    "SameActionInProgress": "same_action_in_progress",
    "NotPossibleDueToVehicleStolenState": "stolen_state",
    "VehicleInUse": "vehicle_in_use",
    "TooManyRequestSent": "too_many_requests_sent",
    "DoorsOpen": "doors_open",
    "VehicleErrorOrCidInside": "vehicle_error_or_key_inside",
    "CidInside": "key_inside",
    "ExternalChargingSystemError": "external_charging_system_error",
    "VehicleChargingSystemError": "vehicle_charging_system_error",
    "VehicleIsNotLocked": "vehicle_not_locked",
    "CanceledByDriver": "canceled_by_driver",
    "VehicleBatteryChargeTooLow": "battery_charge_too_low",
}
"""The failure causes and final statuses of remotes (docs/vendor-api.md, "Remotes"), each with a sentence of its own."""

PRECONDITIONING_FAILURE_CAUSES: Final = {
    "Defect": "defect",
    "DoorOpened": "door_opened",
    "LowBattery": "low_battery",
    "LowFuelLevel": "low_fuel_level",
    "TooManyUnusedProg": "too_many_unused_programs",
    "WindowsRoofOpened": "windows_or_roof_opened",
    "HoodOpened": "hood_opened",
    "NotParked": "not_parked",
    "OtherFailures": "other_failures",
}
"""Why a car does not precondition (docs/vendor-api.md, "Reading")."""
