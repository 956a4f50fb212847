"""Why a remote, or the preconditioning, failed: the vendor's words and ours.

A new cause is one row here and two texts in the translations: in `exceptions` and in `failure_cause` of the event.
"""

from typing import Final

TOO_MANY_WAKE_UPS: Final = "TooManyWakeUpsOverMonth"
BATTERY_CHARGE_TOO_LOW: Final = "VehicleBatteryChargeTooLow"

FAILURE_CAUSES: Final = {
    "GeneralError": "general_error",
    "VehicleError": "vehicle_error",
    "WrongCommand": "wrong_command",
    "VehicleConnectionTimeout": "vehicle_connection_timeout",
    "MissingRights": "missing_rights",
    "NotPossibleDueToVehicleBatteryLevel": "battery_level",
    "NotPossibleDueToVehiclePrivacyLevel": "privacy_level",
    TOO_MANY_WAKE_UPS: "too_many_wake_ups",
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
    BATTERY_CHARGE_TOO_LOW: "battery_charge_too_low",
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
