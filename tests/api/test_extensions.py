"""What can be asked for with the list of cars, and for how long that is remembered."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api import extensions
from custom_components.stellantis.api.extensions import TRY_ALL_AFTER, VehicleExtensions

ALL = ("onboardCapabilities", "branding", "pictures")
FEWER = ("branding", "pictures")


class Clock:
    """A clock that stands still, and what was written down."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.stored: Mapping[str, Any] = {}
        self.writes = 0

    def write(self, stored: Mapping[str, Any]) -> None:
        self.stored = stored
        self.writes += 1

    def restart(self) -> VehicleExtensions:
        return VehicleExtensions(self.stored, self.write)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(extensions, "_now", lambda: made.now)
    return made


def test_all_are_asked_for_first(clock: Clock) -> None:
    asked = clock.restart()
    assert asked.choices()[0] == ALL
    asked.keep(ALL)
    assert asked.choices()[0] == ALL
    assert clock.writes == 0


def test_what_worked_is_kept_for_a_day_over_restarts(clock: Clock) -> None:
    asked = clock.restart()
    asked.choices()
    asked.keep(FEWER)
    for hours in (0, 23):
        clock.now += timedelta(hours=hours)
        asked = clock.restart()
        assert asked.choices() == [FEWER, ()]
        asked.keep(FEWER)
    assert clock.writes == 1
    clock.now += TRY_ALL_AFTER - timedelta(hours=23)
    asked = clock.restart()
    assert asked.choices()[0] == ALL
    assert asked.choices()[0] == ALL, "until one has worked"
    asked.keep(FEWER)
    assert clock.writes == 2
    assert clock.restart().choices() == [FEWER, ()]


def test_all_are_kept_again_once_they_work(clock: Clock) -> None:
    asked = clock.restart()
    asked.choices()
    asked.keep(())
    assert asked.choices() == [()]
    clock.now += TRY_ALL_AFTER
    asked.choices()
    asked.keep(ALL)
    assert clock.stored == {}
    assert clock.restart().choices()[0] == ALL


def test_fewer_still(clock: Clock) -> None:
    asked = clock.restart()
    asked.choices()
    asked.keep(FEWER)
    asked.choices()
    asked.keep(())
    assert clock.restart().choices() == [()]


def test_nobody_has_to_listen() -> None:
    asked = VehicleExtensions()
    asked.choices()
    asked.keep(())
    assert asked.choices() == [()]


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "junk",
        [],
        {"names": None},
        {"names": "pictures", "tried_at": "2026-03-01T00:00:00Z"},
        {"names": ["wings"], "tried_at": "2026-03-01T00:00:00Z"},
        {"names": [["wings"], {}], "tried_at": "2026-03-01T00:00:00Z"},
        {"names": ["branding", "pictures"], "tried_at": "yesterday"},
        {"tried_at": "2026-03-01T00:00:00Z"},
    ],
)
def test_junk_that_is_stored_is_forgotten(clock: Clock, junk: object) -> None:
    assert VehicleExtensions(junk).choices()[0] == ALL
