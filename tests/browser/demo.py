"""The demo as a process, and what its guide tells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import re
import socket
import subprocess

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
DOMAIN = "stellantis"
FAILURES = ROOT / ".demo" / "failures"

GARAGE = re.compile(r"^ *Garage +(http\S+)$", re.MULTILINE)
FORM_BEGINS, FORM_ENDS = f"add?domain={DOMAIN}\n", "      Then choose "
EMAIL = re.compile(r"Then choose (\S+) and press Allow")
READY = "Ctrl-C stops everything."
STOP_TIMEOUT = 30.0


@dataclass(frozen=True)
class Demo:
    """A demo that is ready. `fields` are labels and values of the form for the second account of the guide."""

    url: str
    garage: str
    fields: dict[str, str]
    email: str
    config: Path

    @property
    def log(self) -> Path:
        """The log of Home Assistant."""
        return self.config / "home-assistant.log"


@contextmanager
def start_demo() -> Iterator[Demo]:
    """Start the demo on a free port, and stop it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = (PYTHON, "-u", "-m", "demo", "--port", f"{port}")
    with subprocess.Popen(  # noqa: S603 - the demo of this project
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield _read_guide(process, port)
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT)


def _read_guide(process: subprocess.Popen[str], port: int) -> Demo:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if READY in line:
            break
    garage, email = GARAGE.search(said), EMAIL.search(said)
    if not garage or not email:
        raise RuntimeError(f"The demo did not get ready:\n{said}")
    _before, _, rest = said.partition(FORM_BEGINS)
    rows = (line.strip() for line in rest.partition(FORM_ENDS)[0].splitlines())
    fields = dict(re.split(r" {2,}", row, maxsplit=1) for row in rows)
    return Demo(f"http://localhost:{port}", garage[1], fields, email[1], ROOT / ".demo" / f"{port}" / "config")
