"""Boolean expressions of a monitor, made of the names of its triggers: `(a | b) & !c`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
import re

NAME = r"[a-zA-Z]+[.\-_]?[0-9]*"

_TOKEN = re.compile(rf"\s*({NAME}|[|&!()])")
_BINDING = {"|": 1, "&": 2, "!": 3}


@dataclass(frozen=True)
class Expression:
    """A parsed expression: names and operators in postfix order (reverse Polish notation)."""

    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Parse an expression (shunting-yard algorithm, without recursion). Raise ValueError if it is invalid."""
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
        """The names of triggers in the expression."""
        return set(self.steps) - _BINDING.keys()

    @property
    def constant(self) -> bool:
        """Whether the expression has the same value whatever the triggers do."""
        names = tuple(self.names)
        cases = product((False, True), repeat=len(names))
        return len({self.holds(dict(zip(names, facts, strict=True))) for facts in cases}) == 1

    def holds(self, facts: Mapping[str, bool]) -> bool:
        """Evaluate the expression; `facts` tells for each name whether that trigger is true."""
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
