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
    if not (garage := GARAGE.search(said)):
        raise RuntimeError(f"The demo did not get ready:\n{said}")
    folder = ROOT / ".demo" / f"{port}"
    rows, _, rest = (folder / "second-account.txt").read_text().partition("\n\n")
    email = EMAIL.search(rest)
    assert email
    fields = dict(re.split(r" {2,}", row, maxsplit=1) for row in rows.splitlines())
    return Demo(f"http://localhost:{port}", garage[1], fields, email[1], folder / "config")
