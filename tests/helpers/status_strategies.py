"""Any status, for Hypothesis."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from custom_components.stellantis.api.status import DAYS, Alarm, Alert, ChargingProgram, Program, Status
from tests.helpers.status_reports import BEFORE

KINDS: dict[str, Any] = {name: get_args(kind)[0] for name, kind in get_type_hints(Status).items()}
dates = st.integers(0, 10**6).map(lambda seconds: BEFORE + timedelta(seconds=seconds))
numbers = st.integers(-1000, 1000) | st.floats(-1000, 1000).map(lambda number: number + 0.0)
there = st.booleans()
words = st.sampled_from(["InProgress", "Locked", "7", "Ü"])
VALUES_OF: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    # A clock that is shifted replaces `datetime`, but not in annotations that exist already.
    get_type_hints(Alarm)["at"]: dates,
    float: numbers,
    int: st.integers(-1000, 1000),
    str: words,
    tuple[str, ...]: st.lists(words).map(tuple),
    timedelta: st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    tuple[Alert, ...]: st.lists(st.builds(Alert, id=words, type=words, started_at=st.none() | dates)).map(tuple),
}
times_of_day = st.integers(0, 86399).map(lambda seconds: timedelta(seconds=seconds))
days_of_a_week = st.lists(st.sampled_from(DAYS)).map(tuple)
VALUES_OF[tuple[Program, ...]] = st.lists(
    st.builds(
        Program,
        slot=st.integers(1, 4),
        start=times_of_day,
        days=days_of_a_week,
        enabled=st.booleans(),
        recurring=st.booleans(),
    )
).map(tuple)
VALUES_OF[tuple[ChargingProgram, ...]] = st.lists(
    st.builds(
        ChargingProgram,
        start=times_of_day,
        end=times_of_day | st.none(),
        days=days_of_a_week,
        enabled=st.booleans(),
    )
).map(tuple)


def value_strategies(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Make the values of a block, without their dates."""
    hints = get_type_hints(kind)
    values = {}
    for name in (each.name for each in fields(kind) if each.name not in {"at", "earlier", "replaced"}):
        inner = get_args(hints[name])
        values[name] = st.none() | VALUES_OF[inner[0]] if type(None) in inner else VALUES_OF[hints[name]]
    return st.fixed_dictionaries(values)


BLOCKS = {name: (kind, value_strategies(kind)) for name, kind in KINDS.items()}


@st.composite
def statuses(draw: st.DrawFn, when: datetime | None = None) -> Status:
    """Make a status of any values; all of them from one date if it is given."""
    blocks: dict[str, Any] = {}
    for name, (kind, values) in BLOCKS.items():
        if draw(there):
            blocks[name] = kind(at=when or draw(dates), **draw(values))
    return Status(**blocks)


motorizations = st.sampled_from([None, "Electric", "Hybrid", "Thermic", "junk"])
