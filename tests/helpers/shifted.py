"""Run tests at another time and in another zone: `pytest --shifted=2027-03-28T00:50:00Z@Europe/Paris`.

Each test begins at that time, and the clock goes on from there. The zone is that of Home Assistant; set `TZ` for that
of the process. What measures how long something takes is left alone: asyncio, `time.monotonic`, `time.perf_counter`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import struct_time, time

import freezegun
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component import plugins


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shifted", metavar="TIME@ZONE", help="begin each test at this time, in this time zone")


def pytest_configure(config: pytest.Config) -> None:
    if shifted := config.getoption("shifted"):
        start, _, zone = shifted.partition("@")
        config.pluginmanager.register(ShiftedClock(datetime.fromisoformat(start), zone))


@pytest.fixture(scope="session")
def clocks() -> list[datetime]:
    """Return the time that each clock shows. There is one, unless the tests are shifted."""
    return [datetime.now(UTC)]


def _at_shifted_time(convert: Callable[[float], struct_time]) -> Callable[[float | None], struct_time]:
    """Make a function of `time` take the shifted time by default. Those of freezegun know no offset from UTC."""

    def converted(seconds: float | None = None) -> struct_time:
        return convert(time() if seconds is None else seconds)

    return converted


class ShiftedClock:
    """The clock of a shifted run, with the hooks and fixtures of pytest that set it."""

    def __init__(self, start: datetime, zone: str) -> None:
        """Set the clock, before pytest imports any test."""
        self._start, self._zone = start, zone
        self._behind: timedelta = datetime.now(UTC) - start
        # The test plugin's datetime knows of hours that come twice; freezegun's own does not. The plugin puts it in
        # place before each test only.
        plugins.pytest_runtest_setup()
        for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"):
            setattr(freezegun.api, f"fake_{name}", getattr(freezegun.api, f"real_{name}"))
        for name in ("localtime", "gmtime"):
            setattr(freezegun.api, f"fake_{name}", _at_shifted_time(getattr(freezegun.api, f"real_{name}")))
        # Otherwise freezegun shows the real time to threads.
        freezegun.api.call_stack_inspection_limit = 0
        self._clock = freezegun.freeze_time(start, tick=True).start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._clock.move_to(self._start)

    @pytest.fixture(scope="session")
    def clocks(self) -> list[datetime]:
        """Return the shifted time and the real one, by which OpenSSL judges certificates."""
        now = datetime.now(UTC)
        return [now, now + self._behind]

    @pytest.fixture
    async def hass(self, hass: HomeAssistant) -> HomeAssistant:
        """Return the test plugin's Home Assistant, moved to this time zone from US/Pacific."""
        await hass.config.async_set_time_zone(self._zone)
        return hass
