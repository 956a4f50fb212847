"""What a run has asked the vendor for, in words that are the same in each run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
import re

from simulator import Request

# What the vendor makes up: ids of cars, callbacks, monitors and remotes.
_ID = re.compile(r"/[0-9A-Za-z_-]{16,}(?=/|$)")
_BASE = re.compile(r"^/(connectedcar/v4|am/oauth2)")


@dataclass(frozen=True, order=True)
class Step:
    """The request with this number, from 0, among those of a run that have its method and path."""

    method: str
    path: str
    number: int = 0

    def __str__(self) -> str:
        """Return how the step is called in a table and in a failure."""
        return f"{self.method} {self.path}" + (f" #{self.number + 1}" if self.number else "")


def template(path: str) -> str:
    """Return the path of a request below the base, without the vendor's ids."""
    return _ID.sub("/*", _BASE.sub("", path))


def steps(requests: Iterable[Request]) -> list[Step]:
    """Return the requests of a run, without those of the person's browser."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for request in requests:
        key = (request.method, template(request.path))
        if key != ("POST", "/authorize"):
            found.append(Step(*key, seen[key]))
            seen[key] += 1
    return found
