"""How a remote ends: what automations and the logbook are told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeassistant.core import Context

from ..words import slug

EVENT_REMOTE: Final = "stellantis_remote"
"""Fired on Home Assistant's bus for the logbook."""

UNKNOWN_ACTION: Final = "unknown"
"""What a remote was to do that was sent before a crash."""

REMOTES: Final = {
    "Doors": "doors",
    "ElectricBatteryChargingRequest": "charging",
    "Horn": "horn",
    "Immobilization": "immobilization",
    "Lights": "lights",
    "Navigation": "navigation",
    "Stolen": "stolen",
    "ThermalPreconditioning": "preconditioning",
    "WakeUp": "wake_up",
}
"""Our names for the types of remotes."""

CAUSES: Final = {
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
"""The failure causes and final statuses of the contract, each with a sentence of its own."""


class Result(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    ALREADY_DONE = "already_done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked for a remote: a user or an automation, and through which entity."""

    context: Context | None = None
    entity_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a remote. `duration` is in seconds since it was sent, to a tenth, None if that is not known."""

    result: Result
    remote: str | None
    action: str
    failure_cause: str | None = None
    duration: float | None = None
    asker: Asker = Asker()


def remote_name(remote_type: str | None) -> str | None:
    """Return our name for a type of remote; an unknown one is shown as it is."""
    return REMOTES.get(remote_type or "", slug(remote_type))


def cause_name(cause: str) -> str:
    """Return our name for why a remote failed; an unknown cause is shown as it is."""
    return CAUSES.get(cause, cause)
