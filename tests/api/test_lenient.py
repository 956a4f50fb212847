"""What is read out of JSON that may hold anything."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from custom_components.stellantis.api.lenient import MAX_TEXT, as_number, as_text, parse_date, parse_json
from custom_components.stellantis.api.words import slug


@pytest.mark.parametrize("number", [0, -1, 0.5, 2**53, -(2**53), 103020.7])
def test_a_number_is_read(number: float) -> None:
    assert as_number(number) == number


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, -(2**64), 10**400, 1e300, -1e17, float("inf")])
def test_a_number_that_cannot_be_stored_exactly_is_none(number: float) -> None:
    assert as_number(number) is None
    assert as_number(number, least=0) is None
    assert as_number(number, most=100) is None


@pytest.mark.parametrize("digits", ["9" * 19, "9" * 20, "9" * 400, "9" * 5000, "-" + "9" * 5000, "1e999", "NaN"])
def test_a_number_without_end_costs_that_number_only(digits: str) -> None:
    read = parse_json(f'{{"level": {digits}, "range": 7, "deep": [{digits}]}}')
    assert as_number(read["range"]) == 7
    assert as_number(read["level"]) is None
    assert as_number(read["deep"][0]) is None


@pytest.mark.parametrize("text", ["Citroën", "日本", "🚗", "x" * MAX_TEXT, "line\nline"])
def test_a_text_is_read(text: str) -> None:
    assert as_text(f" {text}"[:MAX_TEXT]) == f" {text}"[:MAX_TEXT].strip()
    assert as_text(text) == text


@pytest.mark.parametrize(
    "text", ["\ud800", "half \udc00 pair", "nul\0", "\0", "x" * (MAX_TEXT + 1), "x" * 10**6, " ", ""]
)
def test_a_text_that_cannot_be_kept_is_none(text: str) -> None:
    assert as_text(text) is None


def test_a_text_may_be_longer_where_that_is_said() -> None:
    assert as_text("x" * 4096, 4096)
    assert as_text("x" * 4097, 4096) is None


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1969-12-31T23:59:59Z", None),
        ("1970-01-01T00:00:00+01:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_date_that_no_car_means_is_none(date: str, read: datetime | None) -> None:
    assert parse_date(date) == read


def test_a_date_in_ten_thousand_years_is_not_kept() -> None:
    read = parse_date("9999-12-31T23:59:59Z")
    assert read
    assert read.year < 9999


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[" * 100_000 + "]" * 100_000, b"\xff\xfe\xfd"])
def test_what_is_no_json_raises_one_kind_of_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_what_is_read_can_be_written() -> None:
    """Home Assistant writes its files with orjson, which refuses large numbers and halves of surrogate pairs."""
    read: dict[str, Any] = {"number": as_number(2.0**53), "whole": as_number(2**53), "text": as_text("🚗" * MAX_TEXT)}
    assert orjson.loads(orjson.dumps(read)) == read


@pytest.mark.parametrize("word", ["aB" * 500, "Ab" * 500, "x" * MAX_TEXT])
def test_no_state_is_longer_than_home_assistant_takes(word: str) -> None:
    assert len(slug(word)) <= 255
