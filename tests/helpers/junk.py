"""What might arrive in the place of anything."""

from typing import Any

from hypothesis import strategies as st

JUNK: list[Any] = [None, True, 7, -0.5, "", "junk", [], [[]], ["junk", None], {}, {"junk": {}}]

NOT_NUMBERS: list[Any] = [True, False, "62", "", None, [62], {}, float("nan"), float("inf"), -float("inf"), 10**400]
"""What might arrive in the place of a number: Python reads NaN, Infinity and numbers without end."""

BOUNDLESS: list[Any] = [
    2**64,
    -(10**30),
    1e300,
    float("inf"),
    "\ud800",
    "half \udc00",
    "nul\0",
    "x" * 2000,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
]
"""What JSON can say and Home Assistant can neither store nor show."""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.datetimes().map(str)
    | st.sampled_from(BOUNDLESS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
"""Anything that JSON can say."""


one_in_eight = st.integers(0, 7).map(lambda number: number == 7)


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> Any:
    """Make a document some parts of which are replaced by anything."""

    def spoil(part: Any) -> Any:
        if draw(one_in_eight):
            return draw(json_values)
        if isinstance(part, dict):
            return {key: spoil(inner) for key, inner in part.items()}
        return [spoil(inner) for inner in part] if isinstance(part, list) else part

    return spoil(document)
