"""How long to wait before something that failed is tried again."""

import pytest

from custom_components.stellantis.api.errors import RateLimitError, VendorError
from custom_components.stellantis.api.rate_limits import SavingError
from custom_components.stellantis.backoff import retry_delay


def delays(first: float, longest: float) -> list[float]:
    """Return the waits after the first, second, third ... failure in a row."""
    return [retry_delay(VendorError(500), failures, first=first, longest=longest) for failures in range(1, 15)]


def test_each_failure_doubles_the_wait_up_to_the_longest() -> None:
    assert delays(30, 3600) == [30, 60, 120, 240, 480, 960, 1920, *[3600] * 7]
    assert delays(60, 60) == [60] * 14


def test_weeks_of_failures_overflow_nothing() -> None:
    assert retry_delay(VendorError(500), 10**6, first=1, longest=1e9) == 1024
    assert delays(1, 1e9)[9:] == [512, 1024, 1024, 1024, 1024]


@pytest.mark.parametrize(
    ("retry_after", "failures", "delay"), [(0, 1, 30), (29, 1, 30), (31, 1, 31), (31, 2, 60), (7200, 9, 7200)]
)
@pytest.mark.parametrize("kind", [RateLimitError, SavingError])
def test_a_rate_limit_may_ask_for_more(
    kind: type[RateLimitError], retry_after: float, failures: int, delay: float
) -> None:
    assert retry_delay(kind(retry_after), failures, first=30, longest=3600) == delay
