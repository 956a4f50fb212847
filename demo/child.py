"""Runs Home Assistant, and stops it when the demo ends.

The demo holds the other end of standard input. The kernel closes it when the demo ends, even if the demo is killed.
"""

import os
import signal
import sys
from threading import Thread

from homeassistant.__main__ import main


def stop_with_the_demo() -> None:
    """Stop this process once standard input is closed."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


Thread(target=stop_with_the_demo, daemon=True).start()
sys.exit(main())
