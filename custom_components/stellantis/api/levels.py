"""Whether the level of a battery is to be believed."""

from typing import Final

_NEARLY_EMPTY: Final = 10
"""The level, in %, up to which a range of 0 is possible."""
_LEAST_RANGE: Final = 1 / 10
"""The least range, in km for each percent, of a battery that is not nearly empty."""
_MOST_RANGE: Final = 10
"""The most range, in km for each percent; as much again is possible because levels are rounded."""


def contradicts(level: float, reach: float) -> bool:
    """Return whether a battery cannot have both this level and this range: some hybrids report 100 % when empty."""
    too_little = level > _NEARLY_EMPTY and reach < level * _LEAST_RANGE
    return too_little or reach > (level + 1) * _MOST_RANGE
