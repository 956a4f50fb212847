"""Runs Home Assistant for as long as the demo lives.

The demo holds the other end of standard input: it closes when the demo ends, however it ends.
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
