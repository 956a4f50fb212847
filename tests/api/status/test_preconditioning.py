"""Preconditioning and its programs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.status import DAYS, Preconditioning, Program, Status
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import NOW, air, dated, program, report
from tests.helpers.statuses import value_of


def test_the_newer_spelling_of_preconditioning_is_preferred_if_it_can_be_read() -> None:
    both = report(preconditioning=air("Enabled"), preconditionning=air("Disabled"))
    for block, expected in [
        (air("Enabled"), "Enabled"),
        (air("NeverHeardOf"), "Disabled"),
        ({"airConditioning": None}, "Disabled"),
        (None, "Disabled"),
    ]:
        status = Status.parse(both | {"preconditioning": block})
        assert value_of(status, "preconditioning", "status") == expected


def programs_of(programs: Any, key: str = "preconditioning") -> tuple[Program, ...] | None:
    found = Status.parse({key: {"airConditioning": dated(status="Disabled", programs=programs)}}).preconditioning
    assert found
    return found.programs


PROGRAM = Program(slot=2, start=timedelta(hours=7, minutes=40), days=("Mon", "Tue"), enabled=True)


@pytest.mark.parametrize("key", ["preconditioning", "preconditionning"])
def test_a_program(key: str) -> None:
    assert programs_of([program()], key) == (PROGRAM,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"enabled": False}, {"enabled": False}),
        ({"enabled": ...}, {"enabled": False}),
        ({"enabled": "true"}, {"enabled": False}),
        ({"recurrence": "None"}, {"recurring": False}),
        ({"recurrence": "None", "occurence": None}, {"recurring": False, "days": ()}),
        ({"recurrence": ...}, {}),
        ({"occurence": ...}, {"days": DAYS}),
        ({"occurence": None}, {"days": DAYS}),
        ({"occurence": {"day": []}}, {"days": DAYS}),
        ({"occurence": {"day": ["Sun", "junk", 7, "Fri"]}}, {"days": ("Fri", "Sun")}),
        ({"start": "PT0S"}, {"start": timedelta()}),
        ({"start": "PT23H59M"}, {"start": timedelta(hours=23, minutes=59)}),
        ({"slot": ...}, {"slot": 1}),
        ({"slot": 4}, {"slot": 4}),
        ({"slot": 2.0}, {"slot": 2}),
    ],
)
def test_values_of_a_program(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert programs_of([program(**changes)]) == (replace(PROGRAM, **expected),)


@pytest.mark.parametrize(
    "changes",
    [
        *[{"start": junk} for junk in (*JUNK, ..., "PT24H", "07:40")],
        *[{"slot": junk} for junk in (0, 5, -1, "2", None, True)],
        # An empty slot, as real cars report it.
        {"start": "PT0S", "enabled": False, "occurence": ...},
    ],
)
def test_what_is_no_program_costs_no_other(changes: dict[str, Any]) -> None:
    assert programs_of([program(**changes), program(slot=3)]) == (replace(PROGRAM, slot=3),)


def test_programs_come_in_the_order_of_their_slots_and_the_first_of_a_slot_counts() -> None:
    programs = [program(slot=4), program(slot=1), program(slot=4, enabled=False)]
    assert programs_of(programs) == (replace(PROGRAM, slot=1), replace(PROGRAM, slot=4))


@pytest.mark.parametrize("junk", [junk for junk in JUNK if not isinstance(junk, list)])
def test_programs_that_are_not_reported_are_not_none(junk: Any) -> None:
    assert programs_of(junk) is None
    assert programs_of([]) == ()
    known = Status.parse({"preconditioning": air(programs=[program()])})
    assert known.merge(Status.parse({"preconditioning": air(programs=junk)})).preconditioning == known.preconditioning
    gone = known.merge(Status.parse({"preconditioning": air(programs=[])})).preconditioning
    assert gone
    assert gone.programs == ()


def test_programs_without_a_status() -> None:
    found = Status.parse({"preconditioning": {"airConditioning": dated(programs=[program()])}}).preconditioning
    assert found == Preconditioning(at=NOW, programs=(PROGRAM,))
