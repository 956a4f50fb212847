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

# In seconds. In real life five minutes have to pass between two refusals before a person is asked to sign in again.
CONFIRM_AFTER = 3.0


def stop_with_the_demo() -> None:
    """Stop this process once standard input is closed."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def adapt(endpoints: str) -> None:
    """Make the library for push notifications ask the simulated Google, and a lost sign-in be told soon."""
    # Home Assistant must not find the project's `custom_components` there as well.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from custom_components.stellantis import sign_in  # noqa: PLC0415 - only now it can be found
    from simulator.google import Endpoints, point  # noqa: PLC0415 - the same

    del sys.path[0]
    point(Endpoints(**json.loads(endpoints)))
    vars(sign_in)["CONFIRM_AFTER"] = CONFIRM_AFTER


# A warning about the integration is an error: its users would get it.
warnings.filterwarnings("error", module=r"custom_components\.stellantis")
Thread(target=stop_with_the_demo, daemon=True).start()
adapt(sys.argv.pop(1))
sys.exit(main())
