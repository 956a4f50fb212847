"""Each test of this folder runs once for each way by which the vendor's messages come."""

import pytest

from simulator.google import Google
from tests.helpers.ends import Ends
from tests.helpers.harness import Harness
from tests.helpers.ways import WAYS, Way


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def way(
    request: pytest.FixtureRequest,
    harness: Harness,
    google: Google,
    monkeypatch: pytest.MonkeyPatch,
) -> Way:
    made: Way = request.param(harness, monkeypatch)
    return made


@pytest.fixture
def impatient(way: Way) -> None:
    """Shorten the waits for the end of a remote."""
    way.be_impatient()


@pytest.fixture
def ends(harness: Harness) -> Ends:
    """All ends of remotes that are told."""
    return Ends(harness.hass)
