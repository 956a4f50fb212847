"""What a car does not keep of its preconditioning programs: a title, and since when each is as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..api.lenient import as_object, as_text, parse_date
from ..api.status import Program


@dataclass(frozen=True, slots=True)
class _Note:
    """`program` is the program as text. `since` is None for a program that the car had before it was first read."""

    program: str
    since: datetime | None = None
    title: str | None = None


class ProgramNotes:
    """The notes on the programs of one car, by slot."""

    def __init__(self, stored: object = None) -> None:
        """Go on with what `as_dict` made."""
        self._notes: dict[int, _Note] | None = None
        if isinstance(stored, Mapping):
            notes = {int(slot): as_object(note) for slot, note in stored.items() if str(slot).isdecimal()}
            self._notes = {
                slot: _Note(
                    as_text(note.get("program")) or "", parse_date(note.get("since")), as_text(note.get("title"))
                )
                for slot, note in notes.items()
            }

    def follow(self, programs: Iterable[Program] | None, now: datetime) -> None:
        """Take in the programs that the car has reported; None if it has reported none yet."""
        if programs is None:
            return
        since = None if self._notes is None else now
        known = self._notes or {}
        self._notes = {program.slot: _follow(known.get(program.slot), program, since) for program in programs}

    def put(self, program: Program, title: str | None, since: datetime | None) -> None:
        """Note the title of a program, None for none, and since when the program is as it is."""
        self._notes = {**(self._notes or {}), program.slot: _Note(_text(program), since, title)}

    def title(self, slot: int) -> str | None:
        """Return the title of the program in a slot."""
        note = (self._notes or {}).get(slot)
        return note.title if note else None

    def since(self, slot: int) -> datetime | None:
        """Return since when the program in a slot is as it is; None if for longer than is known."""
        note = (self._notes or {}).get(slot)
        return note.since if note else None

    def as_dict(self) -> dict[str, Any] | None:
        """Return what outlives a restart, as JSON."""
        if self._notes is None:
            return None
        return {
            str(slot): {
                "program": note.program,
                "since": note.since.isoformat() if note.since else None,
                "title": note.title,
            }
            for slot, note in self._notes.items()
        }


def _follow(note: _Note | None, program: Program, since: datetime | None) -> _Note:
    text = _text(program)
    if note and note.program == text:
        return note
    return _Note(text, since, note.title if note else None)


def _text(program: Program) -> str:
    """Describe when a program runs: it is compared with what it was before a restart."""
    minutes = int(program.start.total_seconds()) // 60
    return f"{minutes} {','.join(program.days)} {program.enabled} {program.recurring}"
