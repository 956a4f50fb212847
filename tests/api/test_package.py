"""The package as a whole."""

from pathlib import Path
import subprocess
import sys

from custom_components.stellantis import api

# Imports every module of the package under another name, so without the packages around it.
SCRIPT = """
import importlib.util, pkgutil, sys
spec = importlib.util.spec_from_file_location("alone", sys.argv[1])
sys.modules["alone"] = package = importlib.util.module_from_spec(spec)
for module in pkgutil.walk_packages(package.__path__, "alone."):
    print(importlib.import_module(module.name).__name__)
assert "homeassistant" not in sys.modules
assert "custom_components" not in sys.modules
"""


def test_it_stands_alone() -> None:
    command = [sys.executable, "-P", "-c", SCRIPT, str(api.__file__)]
    imported = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()  # noqa: S603 - ours
    assert len(imported) == len(list(Path(str(api.__file__)).parent.rglob("*.py"))) - 1
    assert "alone.client" in imported
