"""The level of a battery between two reports."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.status import Battery, Charging, Status
from custom_components.stellantis.history.estimate import Estimate, estimate
from simulator import electric
from simulator.cars import charging

START: Final = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


def report(level: float | None = 50.0, reach: float | None = 150.0, **more: Any) -> Status:
    """Make a report of a car that gains 3 km with each percent."""
    told: dict[str, Any] = {"status": "InProgress", "rate": 30.0, "remaining": 4 * HOUR, **more}
    return Status(battery=Battery(at=START, level=level, range=reach), charging=Charging(at=START, **told))


@pytest.mark.parametrize(
    ("status", "hours", "expected"),
    [
        pytest.param(report(), 0, Estimate(50, rises=True), id="just reported"),
        pytest.param(report(), 2, Estimate(70, rises=True), id="by the rate"),
        pytest.param(report(remaining=None), 2, Estimate(70, rises=True), id="no time to the end"),
        pytest.param(report(remaining=timedelta()), 2, Estimate(70, rises=True), id="no time although it charges"),
        pytest.param(report(), 4, Estimate(90), id="at the end that the car told"),
        pytest.param(report(), 5, Estimate(90), id="after that end"),
        pytest.param(report(rate=90.0), 3, Estimate(100), id="no more than full"),
        pytest.param(report(rate=None), 2, Estimate(75, rises=True), id="without a rate by the time to the end"),
        pytest.param(report(rate=0.0), 2, Estimate(75, rises=True), id="a rate of 0 although it charges"),
        pytest.param(report(reach=None), 2, Estimate(75, rises=True), id="without a range by the time to the end"),
        pytest.param(report(rate=None, type="Full"), 2, Estimate(75, rises=True), id="by the time to the full battery"),
        pytest.param(report(rate=None, type="Partial"), 2, Estimate(50), id="the end is not the full battery"),
        pytest.param(report(rate=None, remaining=None), 2, Estimate(50), id="nothing tells how fast"),
        pytest.param(report(level=5.0, reach=1.0), 1, Estimate(28.75, rises=True), id="a range out of proportion"),
        pytest.param(report(level=100.0, reach=300.0), 1, Estimate(100), id="full"),
        pytest.param(report(), -1, Estimate(50, rises=True), id="a clock that is ahead"),
        pytest.param(report(status="Stopped"), 2, Estimate(50), id="stopped"),
        pytest.param(report(status=None), 2, Estimate(50), id="nothing of a charge"),
        pytest.param(report(reach=0.0), 2, Estimate(None), id="a level that the range contradicts"),
        pytest.param(report(level=None), 2, Estimate(None), id="no level"),
        pytest.param(Status(battery=Battery(at=START, level=50.0)), 2, Estimate(50), id="no charging"),
        pytest.param(Status(charging=report().charging), 2, Estimate(None), id="no battery"),
    ],
)
def test_the_level_after_some_hours(status: Status, hours: float, expected: Estimate) -> None:
    found = estimate(status, START, START + hours * HOUR)
    assert found.level == pytest.approx(expected.level)
    assert found.rises is expected.rises


def test_a_range_of_another_level_tells_nothing() -> None:
    status = report()
    assert status.battery
    later = Battery.of({"level": (50.0, START + HOUR), "range": (150.0, START)})
    found = estimate(Status(battery=later, charging=status.charging), START + HOUR, START + 2 * HOUR)
    assert found.level == 50 + 50 / 4


def test_a_charge_of_which_nothing_is_heard_does_not_rise() -> None:
    assert estimate(report(), None, START + HOUR) == Estimate(50)


@pytest.mark.parametrize("told", [{}, {"chargingRate": 0}], ids=["by the rate", "by the time to the end"])
@pytest.mark.parametrize(
    ("level", "minutes", "off"), [(20.0, 5, 0.5), (50.0, 5, 0.5), (50.0, 30, 2.5), (79.5, 5, 0.7), (90.0, 30, 0.5)]
)
def test_it_is_near_what_the_simulated_car_reports_next(
    told: dict[str, Any], level: float, minutes: int, off: float
) -> None:
    """Above 80 % that charges at half its power; the charging rate is in whole kilometres."""
    car = electric("e-208", "Peugeot", "e-208")
    car.battery_level, car.charging_status = level, "InProgress"
    reported = car.status()
    reported["energies"][0]["extension"]["electric"]["charging"] |= told
    status = Status.parse(reported, "Electric")
    assert status.charging
    at = status.charging.at
    found = estimate(status, at, at + minutes * HOUR / 60)
    charging.advance(car, minutes * 60)
    assert found.level == pytest.approx(car.battery_level, abs=off)


@given(
    level=st.floats(0, 100),
    reach=st.none() | st.floats(0, 1000),
    rate=st.none() | st.floats(0, 500),
    remaining=st.none() | st.floats(0, 48),
    hours=st.floats(0, 24),
)
def test_it_is_never_below_the_report_nor_above_what_is_possible(
    level: float, reach: float | None, rate: float | None, remaining: float | None, hours: float
) -> None:
    status = report(level, reach, rate=rate, remaining=None if remaining is None else remaining * HOUR)
    found = [estimate(status, START, START + part * hours * HOUR).level for part in (0, 0.5, 1)]
    if None in found:
        assert found == [None] * 3
        return
    told = [each for each in found if each is not None]
    assert told[0] == level
    assert level <= told[1] <= told[2] <= 100
    if remaining and hours > remaining:
        assert told[2] == estimate(status, START, START + remaining * HOUR).level
