"""What can go wrong with the demo, in words for the person who started it."""

from pathlib import Path

TAIL = 25


class DemoError(Exception):
    """The demo cannot go on. The message says why."""


def explain(error: Exception, log: Path) -> str:
    """Say what went wrong, what the end of the log is, and what to do."""
    tail = log.read_text(errors="replace").splitlines()[-TAIL:]
    return "\n".join(
        [
            "",
            f"{error}" or "Home Assistant did not get ready in time.",
            "",
            f"The end of {log}:",
            *(f"  {line}" for line in tail),
            "",
            f"The other logs are in {log.parents[1]}. Once the cause is gone, run scripts/demo again.",
        ]
    )
