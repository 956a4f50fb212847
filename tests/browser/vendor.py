"""A vendor beside the demo's, which errs when it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import subprocess
from typing import Any

from .demo import DOMAIN, PYTHON, ROOT, STOP_TIMEOUT, Demo


class ErringVendor:
    """A vendor of its own. `says` tells where it is, and more that a form can be filled in with."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.says: dict[str, Any] = self._read()

    def err(self, **ways: Any) -> None:
        """Have it err in these ways, see `vendor_process.err`, and in no others."""
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(ways)}\n")
        self._process.stdin.flush()
        self._read()

    def _read(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    @property
    def addresses(self) -> dict[str, str]:
        """The addresses of the form's last section."""
        return {name: self.says[name] for name in ("api_url", "oauth_url")}


@contextmanager
def start_erring_vendor(demo: Demo, folder: Path) -> Iterator[ErringVendor]:
    """Start it with the certificates of the demo's vendor, and stop it. In the folder are then the files of people."""
    command = (PYTHON, "-m", "tests.browser.vendor_process", demo.config / DOMAIN, folder)
    with subprocess.Popen(  # noqa: S603 - a file of this project
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield ErringVendor(process)
        assert process.stdin
        process.stdin.close()
        process.wait(STOP_TIMEOUT)
