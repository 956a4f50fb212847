"""Runs Home Assistant, and stops it when the demo ends.

The demo holds the other end of standard input. The kernel closes it when the demo ends, even if the demo is killed.
The first argument is where the simulated Google listens, as JSON.
"""

import json
import os
from pathlib import Path
import signal
import sys
from threading import Thread
import warnings

from homeassistant.__main__ import main


def stop_with_the_demo() -> None:
    """Stop this process once standard input is closed."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def point_to_google(endpoints: str) -> None:
    """Make the library for push notifications ask the simulated Google."""
    # Home Assistant must not find the project's `custom_components` there as well.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from simulator.google import Endpoints, point  # noqa: PLC0415 - only now it can be found

    del sys.path[0]
    point(Endpoints(**json.loads(endpoints)))


# A warning about the integration is an error: its users would get it.
warnings.filterwarnings("error", module=r"custom_components\.stellantis")
Thread(target=stop_with_the_demo, daemon=True).start()
point_to_google(sys.argv.pop(1))
sys.exit(main())
