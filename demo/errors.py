"""The error of the demo, and its explanation on the terminal."""

from pathlib import Path

LOG_LINES = 25


class DemoError(Exception):
    """The demo cannot continue. The message tells why."""


def explain(error: Exception, log: Path) -> str:
    """Describe what went wrong, with the end of the log and what to do next."""
    tail = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
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
