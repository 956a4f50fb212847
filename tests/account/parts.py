"""Cars and messages for the tests of an account's parts."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.stellantis.account.receiver import Receiver
from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.messages import RemoteMessage
from custom_components.stellantis.api.remotes import Progress
from custom_components.stellantis.api.status import Motorization, Status
from custom_components.stellantis.api.vehicle import Vehicle
from custom_components.stellantis.const import DEFAULT_OPTIONS
from custom_components.stellantis.coordinator import VehicleCoordinator

SUCCESS = Progress("Success", done=True)
ACCEPTED = Progress("Accepted", done=False)
DOORS_OPEN = Progress("Failed", done=True, failure_cause="DoorsOpen")


def make_vehicle(vin: str) -> Vehicle:
    return Vehicle(
        id=f"id of {vin}",
        vin=vin,
        brand="Peugeot",
        label=vin,
        motorization=Motorization.ELECTRIC,
        capabilities=frozenset(),
    )


def make_car(hass: HomeAssistant, entry: ConfigEntry[Any], client: object, vin: str) -> VehicleCoordinator:
    """Make a car of which nothing is known yet, read through a client that a test has written by hand."""
    return VehicleCoordinator(
        hass,
        entry,
        cast("StellantisClient", client),
        make_vehicle(vin),
        status=Status(),
        details={},
        options=DEFAULT_OPTIONS,
        on_poll=lambda _car, _status: None,
        on_trips=lambda _car, _trips: None,
        on_collisions=lambda _car, _collisions: None,
    )


def make_receiver() -> Receiver:
    """Make what takes in messages and hands them to nobody."""
    return Receiver(
        "secret",
        on_taken_in=lambda: None,
        on_remote=lambda _message: None,
        on_report=lambda _message: None,
        on_bell=lambda: None,
    )


def name_car(vin: str) -> VehicleCoordinator:
    """Make a car for what only asks which one it is."""
    return cast("VehicleCoordinator", SimpleNamespace(vehicle=make_vehicle(vin)))


def remote_message(
    remote_id: str,
    vin: str,
    progress: Progress = SUCCESS,
    date: datetime | None = None,
    remote_type: str | None = None,
) -> RemoteMessage:
    return RemoteMessage(
        attributes={"vin": vin}, date=date, remote_id=remote_id, remote_type=remote_type, progress=progress
    )
