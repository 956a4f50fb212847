"""Answers of the vendor that have gone wrong on the way, made up from a seed."""

from collections.abc import Callable
import copy
import gzip
import json
from random import Random
from typing import Any, Final

from .junk import BOUNDLESS, JUNK, NOT_NUMBERS

type Path = list[str | int]

# What stands for text that `json.dumps` does not write.
_DEEP: Final = "\0deep\0"
_HUGE: Final = "\0huge\0"
_ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp037", "utf-7")
_STATUSES: Final = (200, 201, 202, 206, 207, 304, 400, 404, 409, 418, 429, 451, 495, 500, 502, 599, 600, 999)
_WORDS: Final = (
    "",
    "0",
    "-1",
    "7",
    "1e9",
    "nan",
    "9" * 400,
    "é",
    "tomorrow",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "x" * 2000,
)


class Mutations:
    """Spoils answers, the same way with the same seed."""

    def __init__(self, seed: int) -> None:
        """Start with a seed."""
        self._random = Random(seed)  # noqa: S311 - nobody has to guess it

    def status(self) -> int:
        """Return the status of an answer: mostly that of a success."""
        return 200 if self._random.random() < 0.8 else self._random.choice(_STATUSES)

    def headers(self) -> dict[str, str]:
        """Return headers that an answer may have: mostly none."""
        if self._random.random() < 0.8:
            return {}
        names = (
            "Retry-After",
            "X-RateLimit-Limit-1",
            "X-RateLimit-Remaining-1",
            "X-RateLimit-Remaining-2",
            "X-RateLimit-Reset",
            "Content-Type",
            "Link",
        )
        found = {name: self._random.choice(_WORDS) for name in self._random.sample(names, 2)}
        if self._random.random() < 0.3:
            found["Content-Encoding"] = self._random.choice(("gzip", "deflate", "identity", "junk"))
        return found

    def spoil(self, answer: bytes) -> bytes:
        """Spoil the body of an answer."""
        document: Any = json.loads(answer) if answer else {}
        for _ in range(self._random.choice((0, 1, 1, 2, 5))):
            document = self._mutate(document)
        depth = self._random.choice((100, 5000, 200_000))
        text = json.dumps(document, ensure_ascii=self._random.random() < 0.5)
        text = text.replace(json.dumps(_DEEP), self._random.choice(("[", '{"a":')) * depth)
        text = text.replace(json.dumps(_HUGE), "7" * 5000)
        raw = text.encode("utf-8", "surrogatepass")
        return self._garble(raw) if self._random.random() < 0.4 else raw

    # The document

    def _mutate(self, document: Any) -> Any:
        document = copy.deepcopy(document)
        path = self._random.choice(_paths(document))
        if not path:
            return self._junk()
        *way, last = path
        parent = document
        for step in way:
            parent = parent[step]
        self._random.choice((self._replace, self._replace, self._delete, self._wrap, self._double, self._stretch))(
            parent, last
        )
        return document

    def _junk(self) -> Any:
        return copy.deepcopy(self._random.choice([*JUNK, *BOUNDLESS, *NOT_NUMBERS, _DEEP, _HUGE, "x" * 100_000]))

    def _replace(self, parent: Any, last: Any) -> None:
        parent[last] = self._junk()

    def _delete(self, parent: Any, last: Any) -> None:
        del parent[last]

    def _wrap(self, parent: Any, last: Any) -> None:
        parent[last] = self._random.choice(([parent[last]], {"value": parent[last]}, str(parent[last])))

    def _double(self, parent: Any, last: Any) -> None:
        if isinstance(parent, list):
            parent[last:last] = [copy.deepcopy(parent[last])] * 300
        else:
            parent[last.swapcase()] = self._junk()

    def _stretch(self, parent: Any, last: Any) -> None:
        value = parent[last]
        if isinstance(value, float | int) and abs(value) < 1e6:
            parent[last] = value * self._random.choice((-1, 1e6, 1e300, 0))
        else:
            parent[last] = [value] * 3

    # The bytes

    def _garble(self, raw: bytes) -> bytes:
        garble: Callable[[bytes], bytes] = self._random.choice(
            (self._cut, self._flip, self._insert, self._encode, gzip.compress, self._pad, self._repeat, self._empty)
        )
        return garble(raw)

    def _cut(self, raw: bytes) -> bytes:
        return raw[: self._random.randrange(len(raw) + 1)]

    def _flip(self, raw: bytes) -> bytes:
        flipped = bytearray(raw)
        for _ in range(min(len(raw), 5)):
            flipped[self._random.randrange(len(raw))] = self._random.randrange(256)
        return bytes(flipped)

    def _insert(self, raw: bytes) -> bytes:
        at = self._random.randrange(len(raw) + 1)
        return (
            raw[:at] + self._random.choice((b"\0", b"\xff", b"NaN", b"-Infinity", b",,", b"\\ud800", b"//")) + raw[at:]
        )

    def _encode(self, raw: bytes) -> bytes:
        return raw.decode("utf-8", "replace").encode(self._random.choice(_ENCODINGS), "replace")

    def _pad(self, raw: bytes) -> bytes:
        return b" " * 300_000 + raw

    def _repeat(self, raw: bytes) -> bytes:
        return raw * 2

    def _empty(self, _raw: bytes) -> bytes:
        return self._random.choice((b"", b" ", b"null", b"[]", b"{}", b'""', b"<html></html>"))


def _paths(document: Any) -> list[Path]:
    """Return where each part of a document is."""
    found: list[Path] = []

    def look(part: Any, here: Path) -> None:
        found.append(here)
        if isinstance(part, dict):
            for key, value in part.items():
                look(value, [*here, key])
        elif isinstance(part, list):
            for place, value in enumerate(part):
                look(value, [*here, place])

    look(document, [])
    return found
