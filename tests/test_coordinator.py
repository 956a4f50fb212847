"""When a car is polled, and what a poll that fails leads to."""

import json
from typing import Any, Final

import pytest

from simulator import Car, Fault

from .helpers.harness import Harness

pytestmark = pytest.mark.usefixtures("polled")

# Home Assistant takes away up to a second from a delay, and adds up to half of one; a busy machine adds some more.
SLACK: Final = 20


async def assert_polled_after(harness: Harness, car: Car, seconds: float) -> None:
    """Check that the next poll of a car is due after so many seconds, and let it happen."""
    harness.vendor.requests.clear()
    await harness.pass_time(seconds=seconds - SLACK)
    assert harness.reads(car) == 0
    await harness.pass_time(seconds=seconds + SLACK)
    assert harness.reads(car) == 1


async def test_a_car_is_polled_every_half_hour(harness: Harness, car: Car) -> None:
    await harness.add_account()
    assert harness.reads(car) == 1
    await assert_polled_after(harness, car, 1800)
    car.locked = False
    car.touch()
    await assert_polled_after(harness, car, 1800)
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_polling_wakes_no_car(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await assert_polled_after(harness, car, 1800)
    assert not harness.requests("POST", "/remotes")


async def test_a_poll_that_fails_is_tried_again_soon_and_then_less_often(harness: Harness, car: Car) -> None:
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=8))
    await harness.add_account()
    for seconds in (60, 120, 240, 480, 960, 1800, 1800, 1800):
        await assert_polled_after(harness, car, seconds)
    # The last one has succeeded, and the next failure begins anew.
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503))
    await assert_polled_after(harness, car, 1800)
    await assert_polled_after(harness, car, 60)
    await assert_polled_after(harness, car, 1800)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "600"}, 600),
        ({"X-RateLimit-Reset": "4000"}, 4000),
        ({"Retry-After": "300", "X-RateLimit-Reset": "4000"}, 300),
        ({"Retry-After": "Wed, 21 Oct 2026 07:38:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 600),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:38:00 GMT"}, 60),
        ({"Retry-After": "0"}, 60),
        ({}, 60),
    ],
)
async def test_the_vendor_says_when_to_come_back(
    harness: Harness, car: Car, headers: dict[str, str], seconds: float
) -> None:
    """But no sooner than after any other failure."""
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=429, headers=headers))
    await assert_polled_after(harness, car, 1800)
    await assert_polled_after(harness, car, seconds)
    await assert_polled_after(harness, car, 1800)


async def test_a_server_that_fails_may_say_when_to_come_back_too(harness: Harness, car: Car) -> None:
    await harness.add_account()
    headers = {"Retry-After": "Wed, 21 Oct 2026 07:38:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503, headers=headers))
    await assert_polled_after(harness, car, 1800)
    await assert_polled_after(harness, car, 600)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500}, id="server error"),
        pytest.param({"status": 403}, id="forbidden"),
        pytest.param({"body": "<html>Maintenance</html>"}, id="HTML"),
        pytest.param({"status": 401, "body": {"moreInformation": "Not registered to plan"}}, id="no access plan"),
        pytest.param({"status": 429}, id="rate limit"),
        pytest.param({"status": 302, "headers": {"Location": "https://elsewhere.example.com"}}, id="redirect"),
    ],
)
async def test_failures_and_the_recovery_are_logged_once(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, times=4, **fault))
    for _ in range(4):
        await harness.pass_time(hours=2)
    assert harness.state(car, "lock", "doors").state == "unavailable"
    await harness.pass_time(hours=2)
    assert harness.state(car, "lock", "doors").state == "locked"
    told = [record.getMessage() for record in caplog.records if record.levelname != "DEBUG"]
    assert len([message for message in told if message.startswith("Error fetching Peugeot e-208 data: ")]) == 1
    assert told.count("Fetching Peugeot e-208 data recovered") == 1


async def test_a_connection_that_breaks_is_a_failure(harness: Harness, car: Car) -> None:
    await harness.add_account()
    # Twice each, for a request that can be repeated is repeated at once.
    harness.vendor.faults.add(Fault(path="*/status", car=car, drop=True, times=None))
    for _ in range(3):
        await harness.pass_time(minutes=31)
    assert harness.state(car, "lock", "doors").state == "unavailable"


NOTHING: Final = (
    pytest.param({"status": 404}, id="404"),
    pytest.param({"status": 204}, id="204"),
    pytest.param({"body": {}}, id="an empty object"),
    pytest.param({"body": {"createdAt": "2026-10-01T08:00:00Z", "junk": []}}, id="nothing that can be read"),
)


@pytest.mark.parametrize("fault", NOTHING)
async def test_no_data_is_followed_up_but_no_failure(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    """A car that has none for days is asked for as seldom as any other."""
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, times=None, **fault))
    await harness.pass_time(minutes=31)
    for seconds in (60, 120, 240, 480, 960, 1800, 1800):
        await assert_polled_after(harness, car, seconds)
        assert harness.state(car, "lock", "doors").state == "locked"
    assert "Error fetching" not in caplog.text
    car.locked = False
    car.touch()
    harness.vendor.faults.clear()
    await assert_polled_after(harness, car, 1800)
    assert harness.state(car, "lock", "doors").state == "unlocked"

    # Whatever comes later begins anew.
    harness.vendor.faults.add(Fault(path="*/status", car=car, **fault))
    await assert_polled_after(harness, car, 1800)
    await assert_polled_after(harness, car, 60)
    await assert_polled_after(harness, car, 1800)


@pytest.mark.parametrize("fault", NOTHING)
async def test_a_car_of_which_the_vendor_knows_nothing_at_first_is_read_a_minute_later(
    harness: Harness, car: Car, fault: dict[str, Any]
) -> None:
    harness.vendor.faults.add(Fault(path="*/status", car=car, **fault))
    await harness.add_account()
    assert harness.state(car, "lock", "doors").state == "unknown"
    await assert_polled_after(harness, car, 60)
    assert harness.state(car, "lock", "doors").state == "locked"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-16"])
async def test_a_status_in_another_encoding_is_read(harness: Harness, car: Car, encoding: str) -> None:
    text = json.dumps({**car.status(), "label": "Citroën"}, ensure_ascii=False)
    harness.vendor.faults.add(Fault(path="*/status", car=car, body=text.encode(encoding)))
    await harness.add_account()
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_what_a_car_reports_less_of_is_not_forgotten(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.report = lambda _car: {}
    await assert_polled_after(harness, car, 1800)
    assert harness.state(car, "lock", "doors").state == "locked"
    assert harness.state(car, "climate", "preconditioning").state == "off"


async def test_an_older_report_does_not_undo_a_newer_one(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.locked = False
    car.dates["doorsState"] = "2020-01-01T00:00:00Z"
    await assert_polled_after(harness, car, 1800)
    assert harness.state(car, "lock", "doors").state == "locked"
    car.touch("doorsState")
    await assert_polled_after(harness, car, 1800)
    assert harness.state(car, "lock", "doors").state == "unlocked"
