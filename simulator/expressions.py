"""Boolean expressions of triggers' names: `(a | b) & !c`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
import re

NAME = r"[a-zA-Z]+[.\-_]?[0-9]*"

_TOKEN = re.compile(rf"\s*({NAME}|[|&!()])")
_BINDING = {"|": 1, "&": 2, "!": 3}


@dataclass(frozen=True)
class Expression:
    """An expression, as its names and operators in the order in which they are worked off."""

    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Read an expression, or raise ValueError. However deep it is, nothing here calls itself."""
        steps: list[str] = []
        waiting: list[str] = []
        wants_name = True
        for part in _parts(text):
            if (part in {"|", "&", ")"}) is wants_name:
                raise ValueError(f"{part} is misplaced in the expression.")
            if part in {"!", "("}:
                waiting.append(part)
            elif part == ")":
                while waiting and waiting[-1] != "(":
                    steps.append(waiting.pop())
                if not waiting:
                    raise ValueError("A parenthesis of the expression was never opened.")
                waiting.pop()
            elif part in _BINDING:
                while waiting and _BINDING.get(waiting[-1], 0) >= _BINDING[part]:
                    steps.append(waiting.pop())
                waiting.append(part)
                wants_name = True
            else:
                steps.append(part)
                wants_name = False
        if wants_name or "(" in waiting:
            raise ValueError("The expression ends too early.")
        return cls((*steps, *reversed(waiting)))

    @property
    def names(self) -> set[str]:
        """The names in it."""
        return set(self.steps) - _BINDING.keys()

    @property
    def constant(self) -> bool:
        """Whether it is always true or always false."""
        names = tuple(self.names)
        cases = product((False, True), repeat=len(names))
        return len({self.holds(dict(zip(names, facts, strict=True))) for facts in cases}) == 1

    def holds(self, facts: Mapping[str, bool]) -> bool:
        """Tell whether it is true, given what is true of each name."""
        results: list[bool] = []
        for step in self.steps:
            match step:
                case "!":
                    results.append(not results.pop())
                case "&" | "|":
                    right, left = results.pop(), results.pop()
                    results.append((left and right) if step == "&" else (left or right))
                case _:
                    results.append(facts[step])
        return results.pop()


def _parts(text: str) -> Iterator[str]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"The expression cannot be read from here on: {text[position:]}")
        yield match[1]
        position = match.end()
