"""What errors and data tell of people: nothing."""

import dataclasses
from datetime import UTC, datetime
import importlib
import inspect
from pathlib import Path
import pkgutil
from typing import Any

import pytest

from custom_components.stellantis import api
from custom_components.stellantis.api import (
    auth,
    certificates,
    client,
    collisions,
    errors,
    messages,
    monitors,
    remotes,
    status,
    trips,
    vehicle,
)

SECRET = "hidden"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("No remote for VR3EXAMPLE1234567.", "No remote for …"),
        ("driver@example.com is unknown", "… is unknown"),
        ("<driver+home@example.com>", "…"),
        ("Callback 0b0e5f1c-2f5e-4f0e-9d9c-0a1b2c3d4e5f not found", "Callback … not found"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "Bearer …"),
        ("/user/vehicles/6f1d9b1c0c0d4a39/status", "/user/vehicles/…/status"),
        ("vin=VR3EXAMPLE1234567&slot=1", "vin=…&slot=1"),
        ("$.door.state: 'Open' is not one of Locked, Unlocked", "$.door.state: 'Open' is not one of Locked, Unlocked"),
        ("Not registered", "Not registered"),
        ("NotPossibleDueToVehicleBatteryLevel", "NotPossibleDueToVehicleBatteryLevel"),
        ("redirect_uri_mismatch", "redirect_uri_mismatch"),
        ("No road at 48.8566,2.3522 or (-33.85678, 151.2)", "No road at …,… or (…, 151.2)"),
        ("Version 3.0.123 takes 12.5 kW and 1.25 km", "Version 3.0.123 takes 12.5 kW and 1.25 km"),
    ],
)
def test_whatever_could_identify_anybody_is_left_out(text: str, told: str) -> None:
    assert errors.anonymous(text) == told
    err = errors.BadRequestError(400, {"message": text})
    assert err.message == str(err) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("a" * 500_000, "a" * 500_000), ("a@" * 250_000, "…"), ("." * 500_000, "." * 500_000)],
    ids=["letters", "addresses", "dots"],
)
def test_a_long_text_takes_no_longer_than_it_must(text: str, told: str) -> None:
    # A test has a minute; looking from every character to the end would take an hour.
    assert errors.anonymous(text) == told


@pytest.mark.parametrize("message", [None, ""])
def test_an_error_without_words_has_its_status(message: str | None) -> None:
    assert str(errors.BadRequestError(409, {"message": message})) == "HTTP 409"


def test_errors_say_what_is_worth_knowing() -> None:
    assert str(errors.RateLimitError(7.4)) == "Too many requests, wait 7 s"
    assert str(errors.VendorError(503)) == "HTTP 503"
    assert str(errors.CertificateError("ca", "no_certificate", Path("/config/ssl/ca.pem"))) == "ca: no_certificate"


def of_the_package(kind: type) -> list[type]:
    modules = [
        importlib.import_module(module.name) for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}.")
    ]
    found = {
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__
    }
    return sorted((one for one in found if issubclass(one, kind)), key=lambda one: one.__name__)


@pytest.mark.parametrize("error", of_the_package(Exception))
def test_every_error_is_of_one_family(error: type) -> None:
    assert issubclass(error, errors.StellantisError)


# Every dataclass with what must not be seen in the place of what must not be seen.
SECRETIVE: list[Any] = [
    auth.IdentityProvider(
        session=None,  # type: ignore[arg-type]  # not used
        oauth_url="https://example.com",
        realm="realm",
        client_id="app",
        client_secret=SECRET,
    ),
    certificates.CertificateFiles(certificate=Path("a.pem"), private_key=Path("a.key"), private_key_password=SECRET),
    certificates.UploadedFile("a.pem", SECRET.encode()),
    certificates._Examined(key=SECRET),  # type: ignore[arg-type]
    client.UserCallback(id="1", label="mine", status="Running", subscription={"target": SECRET}),
    messages.RemoteMessage(
        attributes={"secret": SECRET}, date=None, remote_id="1", progress=remotes.Progress("Success", done=True)
    ),
    messages.MonitorMessage(
        attributes={"secret": SECRET}, date=None, monitor_id="1", refresh=False, event={"secret": SECRET}
    ),
    messages.UnknownMessage(attributes={"secret": SECRET}),
    remotes.Place(SECRET, SECRET),  # type: ignore[arg-type]
    collisions.CollisionRecord(id=SECRET, at=datetime.now(UTC)),
    status.Alert(id=SECRET, type="FuelLevelLow"),
    status.Position(at=datetime.now(UTC), latitude=SECRET, longitude=SECRET),  # type: ignore[arg-type]
    status.Trip(at=datetime.now(UTC), id=SECRET),
    trips.Point(latitude=SECRET, longitude=SECRET),  # type: ignore[arg-type]
    trips.TripRecord(
        id=SECRET,
        started_at=datetime.now(UTC),
        ended_at=datetime.now(UTC),
        start=trips.Point(latitude=SECRET, longitude=SECRET),  # type: ignore[arg-type]
    ),
    vehicle.Vehicle(id=SECRET, vin=SECRET, brand="Peugeot", label="208", motorization=None, capabilities=frozenset()),
]
# And those that have nothing to hide.
OPEN = {
    auth.Brand,
    certificates.Credentials,
    collisions.Impact,
    messages.Report,
    monitors.Monitor,
    monitors.Trigger,
    monitors.UserMonitor,
    remotes.UserRemote,
    *remotes.Remote.__subclasses__(),
    remotes.Progress,
    status.ChargingProgram,
    status.Program,
    status.Status,
    *{one for one in status.Block.__subclasses__() if one not in (status.Position, status.Trip)},
    status.Block,
    trips.TripFault,
}


@pytest.mark.parametrize("holder", SECRETIVE, ids=lambda holder: type(holder).__name__)
def test_what_is_printed_holds_no_secret(holder: Any) -> None:
    assert SECRET in str(dataclasses.asdict(holder))
    assert SECRET not in repr(holder)
    assert SECRET not in str(holder)


def test_no_dataclass_is_forgotten() -> None:
    known = OPEN | {type(holder) for holder in SECRETIVE}
    assert {one for one in of_the_package(object) if dataclasses.is_dataclass(one)} == known
