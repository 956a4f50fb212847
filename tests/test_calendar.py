"""The calendar of preconditioning programs: what it shows, and what can be done with it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
import json
from pathlib import Path
from typing import Any, Final

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components import stellantis
from custom_components.stellantis.api.status import DAYS
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Outcome

from .helpers.harness import Harness
from .helpers.programs import FIRST, SECOND, THIRD, WORKDAYS, Json, delete_, give, program, sent, set_

CALENDAR: Final = ("calendar", "preconditioning")
ALL_FUTURE: Final = "THISANDFUTURE"
NAME: Final = "Peugeot e-208"
MESSAGES: Final[dict[str, dict[str, dict[str, str]]]] = {
    language: json.loads((Path(stellantis.__file__).parent / "translations" / f"{language}.json").read_text())[
        "exceptions"
    ]
    for language in ("en", "de")
}

type Ask = Callable[..., Awaitable[str | None]]


def at(days: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a time so many days from now."""
    day = dt_util.now() + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=second, microsecond=0)


def day_of(begin: datetime) -> str:
    return DAYS[begin.weekday()]


def next_of(days: tuple[str, ...], hour: int, minute: int = 0) -> datetime:
    """Return this time on the next of these days, which may be today."""
    return next(each for each in (at(ahead, hour, minute) for ahead in range(7)) if day_of(each) in days)


def event(begin: datetime, rule: str | None = None) -> Json:
    """Make an event as the dialog of the frontend does."""
    end = begin + timedelta(minutes=30)
    made = {"summary": "Warm", "dtstart": begin.isoformat(), "dtend": end.isoformat()}
    return made | ({"rrule": rule} if rule else {})


def refusal(key: str, language: str = "en", **placeholders: str) -> str:
    """Return what a person is told; Home Assistant leaves the full stop out."""
    return MESSAGES[language][key]["message"].format(car=NAME, **placeholders).removesuffix(".")


@pytest.fixture(autouse=True)
async def websocket(hass: HomeAssistant) -> None:
    """Set it up, which must be done before the web server starts."""
    assert await async_setup_component(hass, "websocket_api", {})


@pytest.fixture
async def person(harness: Harness, hass_ws_client: WebSocketGenerator) -> MockHAClientWebSocket:
    return await hass_ws_client(harness.hass)


@pytest.fixture
def ask(harness: Harness, car: Car, person: MockHAClientWebSocket) -> Ask:
    """Do with the calendar what its page does, and see why it could not be done."""

    async def do(kind: str, **data: Any) -> str | None:
        entity_id = harness.entity_id(car, *CALENDAR)
        await person.send_json_auto_id({"type": f"calendar/event/{kind}", "entity_id": entity_id, **data})
        return why_not(await person.receive_json())

    return do


def why_not(answer: Json) -> str | None:
    return None if answer["success"] else answer["error"]["message"]


@pytest.fixture
async def page(harness: Harness, hass_client: ClientSessionGenerator) -> TestClient[Any, Any]:
    return await hass_client()


async def shown(harness: Harness, car: Car, page: TestClient[Any, Any], days: int = 7) -> list[Json]:
    """Return what the page of the calendar shows of the next days."""
    start = dt_util.utcnow()
    params = {"start": start.isoformat(), "end": (start + timedelta(days=days)).isoformat()}
    async with page.get(f"/api/calendars/{harness.entity_id(car, *CALENDAR)}", params=params) as answer:
        events: list[Json] = await answer.json()
        return events


async def begins(harness: Harness, car: Car, start: str, end: str) -> list[str]:
    """Return when events begin between two times, as an action tells them."""
    entity_id = harness.entity_id(car, *CALENDAR)
    data = {"start_date_time": start, "end_date_time": end}
    answer = await harness.hass.services.async_call(
        "calendar", "get_events", data, target={"entity_id": entity_id}, blocking=True, return_response=True
    )
    assert isinstance(answer, dict)
    calendar: Any = answer[entity_id]
    return [each["start"] for each in calendar["events"]]


def set_clock(monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    time = datetime.fromisoformat(now).astimezone(dt_util.UTC)
    monkeypatch.setattr(dt_util, "utcnow", lambda: time)
    monkeypatch.setattr(dt_util, "now", lambda *_: dt_util.as_local(time))


def calendar(harness: Harness, car: Car) -> State:
    return harness.state(car, *CALENDAR)


# What it shows


async def test_it_shows_when_the_car_will_be_warm(harness: Harness, car: Car, page: TestClient[Any, Any]) -> None:
    begin = at(1, 6, 30)
    give(car, program(2, "PT6H30M", (day_of(begin),)))
    await harness.add_account()
    weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[begin.weekday()]
    events = await shown(harness, car, page)
    assert [{key: value for key, value in each.items() if key != "status"} for each in events] == [
        {
            "start": {"dateTime": begin.isoformat()},
            "end": {"dateTime": (begin + timedelta(minutes=30)).isoformat()},
            "summary": "Preconditioning 2",
            "description": None,
            "location": None,
            "uid": "2",
            "recurrence_id": f"{begin:%Y%m%dT%H%M%S}",
            "rrule": f"FREQ=WEEKLY;BYDAY={weekday}",
        }
    ]
    assert calendar(harness, car).state == "off"
    attributes = calendar(harness, car).attributes
    assert attributes["message"] == "Preconditioning 2"
    assert attributes["start_time"] == f"{begin:%Y-%m-%d %H:%M:%S}"
    assert attributes["all_day"] is False


async def test_the_rule_names_the_days(harness: Harness, car: Car, page: TestClient[Any, Any]) -> None:
    give(car, program(1, "PT6H30M", ("Mon", "Sat")), program(2, "PT7H"))
    await harness.add_account()
    assert {each["uid"]: each["rrule"] for each in await shown(harness, car, page)} == {
        "1": "FREQ=WEEKLY;BYDAY=MO,SA",
        "2": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
    }


@pytest.mark.parametrize("programs", [(), (FIRST,)])
async def test_what_is_disabled_is_not_shown(
    harness: Harness, car: Car, programs: tuple[Json, ...], page: TestClient[Any, Any]
) -> None:
    give(car, *programs)
    await harness.add_account()
    assert await shown(harness, car, page) == []
    assert calendar(harness, car).state == "off"
    assert "start_time" not in calendar(harness, car).attributes


async def test_what_is_new_is_not_shown_in_the_past(harness: Harness, car: Car, ask: Ask) -> None:
    give(car, program(1, "PT7H"))
    entry = await harness.add_account()
    assert await ask("create", event=event(at(1, 6, 30), "FREQ=DAILY")) is None
    last_week = (at(-7, 0).isoformat(), at(-1, 0).isoformat())
    next_week = (at(1, 0).isoformat(), at(3, 0).isoformat())
    assert {begin[11:16] for begin in await begins(harness, car, *last_week)} == {"07:00"}
    assert {begin[11:16] for begin in await begins(harness, car, *next_week)} == {"06:30", "07:00"}
    await harness.reload(entry)
    assert {begin[11:16] for begin in await begins(harness, car, *last_week)} == {"07:00"}
    # The driver changes the old one at the car's own screen while Home Assistant is off.
    await harness.hass.config_entries.async_unload(entry.entry_id)
    give(car, program(1, "PT8H"), car.programs[2])
    car.touch()
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert {begin[11:16] for begin in await begins(harness, car, *next_week)} == {"06:30", "08:00"}
    assert await begins(harness, car, *last_week) == []


async def test_a_title_is_kept_for_as_long_as_its_program(
    harness: Harness, car: Car, ask: Ask, page: TestClient[Any, Any]
) -> None:
    give(car)
    entry = await harness.add_account()
    made = event(at(1, 6, 30), "FREQ=DAILY")
    assert await ask("create", event=made) is None
    await harness.reload(entry)
    assert {each["summary"] for each in await shown(harness, car, page)} == {"Warm"}
    assert calendar(harness, car).attributes["message"] == "Warm"
    chosen = {"uid": "1", "recurrence_id": (await shown(harness, car, page))[0]["recurrence_id"]}
    chosen["recurrence_range"] = ALL_FUTURE
    assert await ask("update", **chosen, event={**made, "summary": "To the office"}) is None
    assert {each["summary"] for each in await shown(harness, car, page)} == {"To the office"}
    assert len(harness.requests("POST", "/remotes")) == 1
    await harness.call(car, "climate", "preconditioning", "turn_on")
    assert calendar(harness, car).attributes["message"] == "To the office"
    assert await ask("delete", **chosen) is None
    assert await ask("create", event={**made, "summary": "Preconditioning 1"}) is None
    assert {each["summary"] for each in await shown(harness, car, page)} == {"Preconditioning 1"}


async def test_it_follows_the_car(harness: Harness, car: Car) -> None:
    await harness.add_account()
    give(car, {**FIRST, "enabled": True})
    harness.vendor.garage.precondition(car, on=True)
    await harness.until(car, "climate", "preconditioning", "heat_cool")
    assert calendar(harness, car).attributes["message"] == "Preconditioning 1"


async def test_what_is_for_once_is_shown_once(harness: Harness, car: Car, page: TestClient[Any, Any]) -> None:
    begin = at(2, 18, 5)
    give(car, program(3, "PT18H5M", (day_of(begin),), recurrence="None"))
    await harness.add_account()
    [single] = await shown(harness, car, page, days=40)
    assert single["start"] == {"dateTime": begin.isoformat()}
    assert (single["uid"], single["recurrence_id"], single["rrule"]) == ("3", None, None)


async def test_what_is_for_once_is_counted_from_its_report(harness: Harness, car: Car) -> None:
    """It does not come back a week later only because the car has not told that it is over."""
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    car.dates["preconditioning"] = "2026-06-03T10:00:00Z"  # a Wednesday
    give(
        car,
        program(1, "PT13H", ("Wed",), recurrence="None"),
        program(2, "PT11H", ("Wed",), recurrence="None"),
        program(3, "PT11H", (), recurrence="None"),
    )
    await harness.add_account()
    assert await begins(harness, car, "2026-05-01T00:00:00Z", "2026-08-01T00:00:00Z") == [
        "2026-06-03T13:00:00+02:00",
        "2026-06-04T11:00:00+02:00",
        "2026-06-10T11:00:00+02:00",
    ]


async def test_several_are_shown_in_their_order(harness: Harness, car: Car) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    give(
        car,
        program(1, "PT18H", ("Mon", "Tue")),
        program(2, "PT7H", WORKDAYS, enabled=False),
        program(3, "PT6H30M", ("Tue", "Wed")),
        program(4, "PT0S", ("Tue",)),
    )
    await harness.add_account()
    assert await begins(harness, car, "2027-06-07T00:00:00+02:00", "2027-06-10T00:00:00+02:00") == [
        "2027-06-07T18:00:00+02:00",
        "2027-06-08T00:00:00+02:00",
        "2027-06-08T06:30:00+02:00",
        "2027-06-08T18:00:00+02:00",
        "2027-06-09T06:30:00+02:00",
    ]


async def test_an_event_is_shown_until_it_is_over(harness: Harness, car: Car) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    give(car, program(1, "PT23H45M", ("Mon",)))
    await harness.add_account()
    monday = "2027-06-07T23:45:00+02:00"
    assert await begins(harness, car, "2027-06-08T00:14:59+02:00", "2027-06-09T00:00:00+02:00") == [monday]
    assert await begins(harness, car, "2027-06-08T00:15:00+02:00", "2027-06-09T00:00:00+02:00") == []
    assert await begins(harness, car, "2027-06-07T00:00:00+02:00", "2027-06-07T23:45:00+02:00") == []
    assert await begins(harness, car, "2027-06-07T00:00:00+02:00", "2027-06-07T23:45:01+02:00") == [monday]


@pytest.mark.parametrize(
    ("start", "first", "expected"),
    [
        pytest.param(
            "PT6H30M",
            "2027-03-27",
            ["2027-03-27T06:30:00+01:00", "2027-03-28T06:30:00+02:00", "2027-03-29T06:30:00+02:00"],
            id="spring",
        ),
        pytest.param(
            "PT2H30M",
            "2027-03-27",
            ["2027-03-27T02:30:00+01:00", "2027-03-28T03:30:00+02:00", "2027-03-29T02:30:00+02:00"],
            id="a time that is left out",
        ),
        pytest.param(
            "PT6H30M",
            "2027-10-30",
            ["2027-10-30T06:30:00+02:00", "2027-10-31T06:30:00+01:00", "2027-11-01T06:30:00+01:00"],
            id="autumn",
        ),
        pytest.param(
            "PT2H30M",
            "2027-10-30",
            ["2027-10-30T02:30:00+02:00", "2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"],
            id="a time that comes twice",
        ),
    ],
)
async def test_events_go_by_the_clock_on_the_wall(
    harness: Harness, car: Car, start: str, first: str, expected: list[str]
) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    give(car, program(1, start))
    await harness.add_account()
    begin = datetime.fromisoformat(first)
    end = begin + timedelta(days=3)
    assert await begins(harness, car, begin.isoformat(), end.isoformat()) == expected


@pytest.mark.parametrize(
    ("now", "state", "begin"),
    [
        ("2027-06-07T06:29:59+02:00", "off", "2027-06-07 06:30:00"),
        ("2027-06-07T06:30:00+02:00", "on", "2027-06-07 06:30:00"),
        ("2027-06-07T06:59:59+02:00", "on", "2027-06-07 06:30:00"),
        ("2027-06-07T07:00:00+02:00", "off", "2027-06-14 06:30:00"),
        ("2027-06-08T12:00:00+02:00", "off", "2027-06-14 06:30:00"),
    ],
)
async def test_it_is_on_while_the_car_is_made_warm(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch, now: str, state: str, begin: str
) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    set_clock(monkeypatch, now)
    give(car, program(1, "PT6H30M", ("Mon",)))
    await harness.add_account()
    assert calendar(harness, car).state == state
    assert calendar(harness, car).attributes["start_time"] == begin


async def test_what_is_for_once_can_be_on(harness: Harness, car: Car) -> None:
    await harness.hass.config.async_set_time_zone("UTC")
    begin = (dt_util.now() - timedelta(minutes=10)).replace(second=0, microsecond=0)
    car.dates["preconditioning"] = (dt_util.utcnow() - timedelta(hours=1)).isoformat()
    give(car, program(1, f"PT{begin.hour}H{begin.minute}M", (day_of(begin),), recurrence="None"))
    await harness.add_account()
    assert calendar(harness, car).state == "on"


async def test_what_is_for_once_stays_on_when_the_car_reports_that_it_has_begun(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    set_clock(monkeypatch, "2026-06-01T06:35:00+02:00")
    car.dates["preconditioning"] = "2026-06-01T04:30:05Z"
    give(car, program(1, "PT6H30M", ("Mon",), recurrence="None"))
    await harness.add_account()
    assert calendar(harness, car).state == "on"
    assert calendar(harness, car).attributes["start_time"] == "2026-06-01 06:30:00"


async def test_an_hour_that_comes_twice_holds_an_event_once(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or Home Assistant waits again and again, without a pause, for what is over."""
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    set_clock(monkeypatch, "2027-10-31T02:10:00+01:00")
    give(car, program(1, "PT2H30M"))
    await harness.add_account()
    assert calendar(harness, car).attributes["start_time"] == "2027-11-01 02:30:00"


async def test_a_car_that_takes_programs_has_it(harness: Harness, three_cars: list[Car]) -> None:
    await harness.add_account()
    registry = er.async_get(harness.hass)
    assert [
        car.name for car in three_cars if registry.async_get_entity_id("calendar", DOMAIN, f"{car.vin}_preconditioning")
    ] == ["electric", "hybrid"]


async def test_a_car_without_room_for_programs_has_none(harness: Harness, car: Car) -> None:
    assert car.capabilities
    car.capabilities["remote"]["preconditioning"]["parameters"]["programs"]["size"] = 0
    await harness.add_account()
    registry = er.async_get(harness.hass)
    assert registry.async_get_entity_id("calendar", DOMAIN, f"{car.vin}_preconditioning") is None
    assert registry.async_get_entity_id("climate", DOMAIN, f"{car.vin}_preconditioning")


async def test_a_car_that_never_reported_programs_shows_none(
    harness: Harness, page: TestClient[Any, Any], person: MockHAClientWebSocket
) -> None:
    [silent] = harness.add_cars({"silent": {}}).values()
    await harness.add_account()
    assert await shown(harness, silent, page) == []
    begin = at(1, 6, 30)
    command = {"type": "calendar/event/create", "entity_id": harness.entity_id(silent, *CALENDAR)}
    await person.send_json_auto_id({**command, "event": event(begin)})
    assert why_not(await person.receive_json()) is None
    [single] = await shown(harness, silent, page)
    assert single["start"] == {"dateTime": begin.isoformat()}


# What is put into it


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", ("Mon", "Thu")),
        ("FREQ=WEEKLY;BYDAY=SU,MO,SU", ("Mon", "Sun")),
        ("FREQ=WEEKLY;INTERVAL=1;WKST=SU;BYDAY=WE", ("Wed",)),
        ("FREQ=DAILY", DAYS),
        ("FREQ=DAILY;BYDAY=SA,SU", ("Sat", "Sun")),
        ("FREQ=WEEKLY", None),
    ],
)
async def test_what_is_repeated_becomes_a_program(
    harness: Harness, car: Car, ask: Ask, rule: str, days: tuple[str, ...] | None
) -> None:
    await harness.add_account()
    begin = next_of(days or DAYS, 6, 30)
    assert await ask("create", event=event(begin, rule)) is None
    wanted = program(2, "PT6H30M", days or (day_of(begin),))
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(wanted)]}]
    assert car.programs == {1: FIRST, 2: wanted}
    assert calendar(harness, car).attributes["message"] == "Warm"


async def test_what_begins_on_none_of_its_days_is_refused(harness: Harness, car: Car, ask: Ask) -> None:
    """As an event of another time zone, whose days are not the car's."""
    await harness.add_account()
    begin = at(2, 6, 30)
    others = ",".join(day[:2].upper() for day in DAYS if day != day_of(begin))
    told = await ask("create", event=event(begin, f"FREQ=WEEKLY;BYDAY={others}"))
    assert told == refusal("program_first_day")
    assert sent(harness) == []


async def test_what_is_repeated_may_have_begun(harness: Harness, car: Car, ask: Ask) -> None:
    await harness.add_account()
    assert await ask("create", event=event(at(-1, 6, 30), "FREQ=DAILY")) is None
    assert car.programs[2] == SECOND


async def test_what_is_not_repeated_is_for_once(
    harness: Harness, car: Car, ask: Ask, page: TestClient[Any, Any]
) -> None:
    await harness.add_account()
    begin = at(3, 18, 5)
    assert await ask("create", event=event(begin)) is None
    wanted = program(2, "PT18H5M", (day_of(begin),), recurrence="None")
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(wanted)]}]
    assert car.programs == {1: FIRST, 2: wanted}
    [single] = await shown(harness, car, page, days=40)
    assert single["start"] == {"dateTime": begin.isoformat()}


async def test_a_time_of_another_zone_is_that_of_the_house(harness: Harness, car: Car, ask: Ask) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    await harness.add_account()
    begin = at(1, 0, 30)
    assert await ask("create", event=event(begin.astimezone(dt_util.UTC))) is None
    assert car.programs[2] == program(2, "PT30M", (day_of(begin),), recurrence="None")


async def test_an_automation_makes_an_event(harness: Harness, car: Car) -> None:
    await harness.add_account()
    begin = at(1, 0)
    times = {"start_date_time": begin.isoformat(), "end_date_time": (begin + timedelta(hours=1)).isoformat()}
    await harness.call(car, *CALENDAR, "create_event", summary="Warm", **times)
    wanted = program(2, "PT0S", (day_of(begin),), recurrence="None")
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(wanted)]}]
    assert car.programs == {1: FIRST, 2: wanted}


async def test_the_first_free_slot_is_taken(harness: Harness, car: Car, ask: Ask) -> None:
    give(car, FIRST, THIRD)
    await harness.add_account()
    for slots in ([1, 2, 3], [1, 2, 3, 4]):
        assert await ask("create", event=event(at(1, 6, 30), "FREQ=DAILY")) is None
        assert sorted(car.programs) == slots
    assert car.programs == {1: FIRST, 2: SECOND, 3: THIRD, 4: {**SECOND, "slot": 4}}


@pytest.mark.parametrize("keeps", [True, False])
async def test_two_at_once_take_two_slots(
    harness: Harness, car: Car, person: MockHAClientWebSocket, keeps: bool
) -> None:
    car.keeps_programs = keeps
    await harness.add_account()
    command = {"type": "calendar/event/create", "entity_id": harness.entity_id(car, *CALENDAR)}
    for hour in (6, 7):
        await person.send_json_auto_id({**command, "event": event(at(1, hour, 30), "FREQ=DAILY")})
    for _ in range(2):
        assert why_not(await person.receive_json()) is None
    assert car.programs == {1: FIRST, 2: SECOND, 3: program(3, "PT7H30M")}


# What is changed in it


@pytest.mark.parametrize("keeps", [True, False])
async def test_all_that_is_to_come_is_moved(
    harness: Harness, car: Car, ask: Ask, page: TestClient[Any, Any], keeps: bool
) -> None:
    car.keeps_programs = keeps
    give(car, FIRST, SECOND, THIRD)
    await harness.add_account()
    first = next(each for each in await shown(harness, car, page) if each["uid"] == "2")
    changed = event(next_of(("Tue", "Fri"), 7, 15), "FREQ=WEEKLY;BYDAY=TU,FR")
    whole = {"uid": "2", "recurrence_id": first["recurrence_id"], "recurrence_range": ALL_FUTURE}
    assert await ask("update", **whole, event=changed) is None
    wanted = program(2, "PT7H15M", ("Tue", "Fri"))
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(wanted), set_(THIRD)]}]
    assert car.programs == {1: FIRST, 2: wanted, 3: THIRD}


@pytest.mark.parametrize("keeps", [True, False])
async def test_all_that_is_to_come_is_deleted(
    harness: Harness, car: Car, ask: Ask, page: TestClient[Any, Any], keeps: bool
) -> None:
    car.keeps_programs = keeps
    give(car, FIRST, SECOND, THIRD)
    await harness.add_account()
    first = next(each for each in await shown(harness, car, page) if each["uid"] == "2")
    whole = {"uid": "2", "recurrence_id": first["recurrence_id"], "recurrence_range": ALL_FUTURE}
    assert await ask("delete", **whole) is None
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(THIRD), delete_(SECOND)]}]
    assert car.programs == {1: FIRST, 3: THIRD}


@pytest.mark.parametrize("recurrence_id", [None, ""])
async def test_without_a_date_all_are_meant(harness: Harness, car: Car, ask: Ask, recurrence_id: str | None) -> None:
    give(car, SECOND)
    await harness.add_account()
    changed = event(at(1, 7), "FREQ=DAILY")
    assert await ask("update", uid="2", recurrence_id=recurrence_id, event=changed) is None
    assert car.programs == {2: program(2, "PT7H")}
    assert await ask("delete", uid="2", recurrence_id=recurrence_id) is None
    assert car.programs == {}


@pytest.mark.parametrize("days", [-7, 0])
async def test_one_that_has_been_can_be_chosen(harness: Harness, car: Car, ask: Ask, days: int) -> None:
    """Nothing of it changes: whatever begins from then on is all that is to come."""
    give(car, program(2, "PT0S"))
    await harness.add_account()
    chosen = {"recurrence_id": f"{at(days, 0):%Y%m%dT%H%M%S}", "recurrence_range": ALL_FUTURE}
    assert await ask("delete", uid="2", **chosen) is None
    assert car.programs == {}


async def test_what_is_for_once_is_moved_and_deleted(harness: Harness, car: Car, ask: Ask) -> None:
    old, new = at(1, 6, 30), at(2, 7, 15)
    give(car, program(2, "PT6H30M", (day_of(old),), recurrence="None"))
    await harness.add_account()
    assert await ask("update", uid="2", event=event(new)) is None
    assert car.programs == {2: program(2, "PT7H15M", (day_of(new),), recurrence="None")}
    assert calendar(harness, car).attributes["start_time"] == f"{new:%Y-%m-%d %H:%M:%S}"
    assert await ask("delete", uid="2") is None
    assert car.programs == {}


async def test_what_is_for_once_becomes_repeated_and_the_other_way_round(harness: Harness, car: Car, ask: Ask) -> None:
    begin = at(1, 6, 30)
    once = program(2, "PT6H30M", (day_of(begin),), recurrence="None")
    give(car, once)
    await harness.add_account()
    assert await ask("update", uid="2", event=event(begin, "FREQ=DAILY")) is None
    assert car.programs == {2: SECOND}
    assert await ask("update", uid="2", event=event(begin)) is None
    assert car.programs == {2: once}


# What it refuses


IMPOSSIBLE: Final[dict[str, tuple[int, str | None, str]]] = {
    "so often": (1, "FREQ=DAILY;COUNT=3", "program_end"),
    "until then": (1, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20301231T000000", "program_end"),
    "every other week": (1, "FREQ=WEEKLY;INTERVAL=2", "program_rule"),
    "monthly": (1, "FREQ=MONTHLY", "program_rule"),
    "yearly": (1, "FREQ=YEARLY", "program_rule"),
    "the first Monday": (1, "FREQ=MONTHLY;BYDAY=1MO", "program_rule"),
    "a numbered day": (1, "FREQ=WEEKLY;BYDAY=1MO", "program_rule"),
    "at hours": (1, "FREQ=DAILY;BYHOUR=6,7", "program_rule"),
    "in a month": (1, "FREQ=DAILY;BYMONTH=1", "program_rule"),
    "over": (-1, None, "program_past"),
    "in more than a week": (8, None, "program_too_far"),
    "from more than a week on": (8, "FREQ=DAILY", "program_too_far"),
}


async def test_what_a_program_cannot_be_is_refused(
    harness: Harness, car: Car, ask: Ask, subtests: pytest.Subtests
) -> None:
    give(car, FIRST, SECOND)
    await harness.add_account()
    for kind, chosen in (("create", {}), ("update", {"uid": "2"})):
        for name, (days, rule, key) in IMPOSSIBLE.items():
            with subtests.test(name, kind=kind):
                assert await ask(kind, **chosen, event=event(at(days, 6, 30), rule)) == refusal(key)
    assert not harness.requests("POST", "/remotes")


@pytest.mark.parametrize("rule", [None, "FREQ=DAILY"])
async def test_seconds_are_refused(harness: Harness, car: Car, ask: Ask, rule: str | None) -> None:
    await harness.add_account()
    assert await ask("create", event=event(at(1, 6, 30, 1), rule)) == refusal("program_seconds")
    assert not harness.requests("POST", "/remotes")


@pytest.mark.parametrize("kind", ["create", "update"])
async def test_a_whole_day_is_refused(harness: Harness, car: Car, ask: Ask, kind: str) -> None:
    give(car, SECOND)
    await harness.add_account()
    days = {"dtstart": f"{at(1, 0):%Y-%m-%d}", "dtend": f"{at(2, 0):%Y-%m-%d}"}
    chosen = {"uid": "2"} if kind == "update" else {}
    assert await ask(kind, **chosen, event={"summary": "Warm", **days}) == refusal("program_all_day")
    assert not harness.requests("POST", "/remotes")


def dates(key: str, begin: datetime) -> Json:
    end = begin + timedelta(hours=1)
    return {f"start_{key}": begin.isoformat(), f"end_{key}": end.isoformat()}


async def test_an_automation_is_refused_in_the_same_words(
    harness: Harness, car: Car, subtests: pytest.Subtests
) -> None:
    await harness.add_account()
    impossible: tuple[tuple[Json, str], ...] = (
        ({"in": {"days": 1}}, "program_all_day"),
        (dates("date_time", at(-1, 6)), "program_past"),
        (dates("date_time", at(8, 6)), "program_too_far"),
        (dates("date_time", at(1, 6, 0, 30)), "program_seconds"),
    )
    for data, key in impossible:
        with subtests.test(key):
            error = await harness.failure(harness.call(car, *CALENDAR, "create_event", summary="Warm", **data))
            assert error.translation_key == key
            assert str(error) == refusal(key)
    assert not harness.requests("POST", "/remotes")


async def test_without_a_free_slot_there_is_no_event(harness: Harness, car: Car, ask: Ask) -> None:
    """Disabled programs are not shown, and take their slot all the same."""
    give(car, *(program(slot, "PT6H", enabled=False) for slot in range(1, 5)))
    await harness.add_account()
    assert await ask("create", event=event(at(1, 6, 30))) == refusal("no_free_program", slots="4")
    assert not harness.requests("POST", "/remotes")


async def test_a_car_may_have_room_for_fewer(harness: Harness, car: Car, ask: Ask) -> None:
    assert car.capabilities
    car.capabilities["remote"]["preconditioning"]["parameters"]["programs"]["size"] = 1
    await harness.add_account()
    assert await ask("create", event=event(at(1, 6, 30))) == refusal("no_free_program", slots="1")
    assert not harness.requests("POST", "/remotes")


ONE_OF_MANY: Final[dict[str, tuple[int, Json, str]]] = {
    "this one only": (0, {}, "one_of_many"),
    "a later one only": (1, {}, "one_of_many"),
    "an empty range": (0, {"recurrence_range": ""}, "one_of_many"),
    "from a later one on": (1, {"recurrence_range": ALL_FUTURE}, "from_later_on"),
}


async def test_the_same_on_all_days_or_nothing(
    harness: Harness, car: Car, ask: Ask, page: TestClient[Any, Any], subtests: pytest.Subtests
) -> None:
    begin = at(1, 6, 30)
    give(car, program(2, "PT6H30M", (day_of(begin),)))
    await harness.add_account()
    events = await shown(harness, car, page, days=15)
    changed = {"event": event(at(1, 7, 15), "FREQ=DAILY")}
    for kind, prefix, data in (("update", "program_", changed), ("delete", "program_delete_", {})):
        for name, (index, chosen, ending) in ONE_OF_MANY.items():
            with subtests.test(name, kind=kind):
                key = prefix + ending
                sent = {"uid": "2", "recurrence_id": events[index]["recurrence_id"], **chosen, **data}
                assert await ask(kind, **sent) == refusal(key, date=f"{begin:%Y-%m-%d %H:%M}")
    assert not harness.requests("POST", "/remotes")


MISSING: Final = (
    ("3", "program_missing", {"slot": "3"}),
    ("5", "program_slot", {"slot": "5", "slots": "4"}),
    ("0", "program_slot", {"slot": "0", "slots": "4"}),
    ("-1", "program_slot", {"slot": "0", "slots": "4"}),
    ("second", "program_slot", {"slot": "0", "slots": "4"}),
    ("²", "program_slot", {"slot": "0", "slots": "4"}),
    ("", "program_slot", {"slot": "0", "slots": "4"}),
)


async def test_what_is_not_there_cannot_be_changed(
    harness: Harness, car: Car, ask: Ask, subtests: pytest.Subtests
) -> None:
    give(car, SECOND)
    await harness.add_account()
    for kind, data in (("update", {"event": event(at(1, 7, 15))}), ("delete", {})):
        for uid, key, placeholders in MISSING:
            with subtests.test(uid, kind=kind):
                assert await ask(kind, uid=uid, **data) == refusal(key, **placeholders)
    assert not harness.requests("POST", "/remotes")


async def test_a_change_of_what_the_car_does_not_keep_is_not_sent(harness: Harness, car: Car, ask: Ask) -> None:
    give(car, SECOND)
    await harness.add_account()
    begin = at(1, 6, 30)
    changed = event(begin, "FREQ=DAILY") | {"summary": "Warmer", "dtend": (begin + timedelta(hours=1)).isoformat()}
    assert await ask("update", uid="2", event=changed) is None
    assert not harness.requests("POST", "/remotes")


async def test_what_makes_no_sense_is_refused(harness: Harness, car: Car, ask: Ask) -> None:
    await harness.add_account()
    for rule in ("FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=XX", "nonsense"):
        answer = await ask("create", event=event(at(1, 6, 30), rule))
        assert answer
        assert "rrule" in answer
    assert not harness.requests("POST", "/remotes")


async def test_a_failure_of_the_car_is_what_is_said(
    harness: Harness, car: Car, ask: Ask, page: TestClient[Any, Any]
) -> None:
    give(car, SECOND)
    await harness.add_account()
    before = await shown(harness, car, page)
    changed = event(at(1, 7, 15), "FREQ=DAILY")
    chosen = {"uid": "2", "recurrence_id": before[0]["recurrence_id"], "recurrence_range": ALL_FUTURE}
    for kind, data in (
        ("create", {"event": changed}),
        ("update", {**chosen, "event": changed}),
        ("delete", chosen),
    ):
        car.next_outcomes.append(Outcome("Failed", "VehicleError"))
        assert await ask(kind, **data) == refusal("vehicle_error", cause="VehicleError")
        assert car.programs == {2: SECOND}
        assert [each["recurrence_id"] for each in await shown(harness, car, page)] == [
            each["recurrence_id"] for each in before
        ]


async def test_what_is_refused_is_said_in_the_language_of_the_server(
    hass: HomeAssistant, harness: Harness, car: Car, ask: Ask
) -> None:
    await hass.config.async_update(language="de")
    give(car, SECOND)
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    daily = event(at(1, 6, 30), "FREQ=DAILY")
    assert await ask("create", event=daily) == refusal("vehicle_error", "de", cause="VehicleError")
    assert await ask("create", event=event(at(-1, 6, 30))) == refusal("program_past", "de")
    assert await ask("update", uid="4", event=daily) == refusal("program_missing", "de", slot="4")
    assert await ask("delete", uid="4") == refusal("program_missing", "de", slot="4")


async def test_a_failure_frees_the_slot(harness: Harness, car: Car, ask: Ask) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    assert await ask("create", event=event(at(1, 6, 30), "FREQ=DAILY"))
    assert await ask("create", event=event(at(1, 6, 30), "FREQ=DAILY")) is None
    assert car.programs == {1: FIRST, 2: SECOND}


async def test_an_automation_is_told_of_a_failure(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    error = await harness.failure(
        harness.call(car, *CALENDAR, "create_event", summary="Warm", **dates("date_time", at(1, 6)))
    )
    assert type(error) is HomeAssistantError
    assert error.translation_key == "vehicle_error"
