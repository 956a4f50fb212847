"""The import of the integration in a new process, over that of one of Home Assistant's own."""

import asyncio
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

from homeassistant import components
from homeassistant.util.json import json_loads_object
from homeassistant.util.package import install_package

from .measuring import WARM_UP, Effort, Goal, Measured

GOALS: Final = (Goal(figure="import in a new process, over that of Home Assistant's tedee", most=1),)
OURS: Final = "custom_components.stellantis"
FLOOR: Final = "homeassistant.components.tedee"
MICROSECOND: Final = 1e-6


async def measure(effort: Effort) -> list[Measured]:
    """Import both in turn, each in a process of its own."""
    return [await asyncio.to_thread(_measure, max(effort.pairs // 4, 3))]


def _measure(count: int) -> Measured:
    with TemporaryDirectory() as folder:
        _install_requirements(Path(folder))
        pairs = [(_import(OURS, folder), _import(FLOOR, folder)) for _ in range(count)]
        return Measured.ratio(pairs[max(int(count * WARM_UP), 1) :])


def _install_requirements(folder: Path) -> None:
    """Install what the other integration needs."""
    [path] = (Path(each) / FLOOR.rpartition(".")[2] for each in components.__path__)
    manifest: dict[str, Any] = json_loads_object((path / "manifest.json").read_text())
    for requirement in manifest["requirements"]:
        assert install_package(requirement, target=str(folder)), requirement


def _import(module: str, folder: str) -> float:
    """Return how many seconds Python says that the import has taken, with all that it imports itself."""
    said = subprocess.run(  # noqa: S603
        [sys.executable, "-X", "importtime", "-c", f"import sys; sys.path.append({folder!r}); import {module}"],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    _own, total, _name = said.splitlines()[-1].split("|")
    return int(total) * MICROSECOND
