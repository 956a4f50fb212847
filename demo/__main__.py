"""`python -m demo`, which scripts/demo starts."""

import argparse
import signal
import sys

from .way import Way

DESCRIPTION = """\
Starts a simulated vendor and a real Home Assistant with this integration, and stays in the foreground until Ctrl-C.
Every start is a fresh one: what an earlier demo on the same port left in .demo/ is deleted first.
"""
DEFAULT_PORT = 8123
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the demo or its check. Return the exit status."""
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--port", type=int, help=f"Home Assistant's port (default: {DEFAULT_PORT}, or the next free one)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="on free ports, do whatever a user can do, print how long a remote and a push take, and end",
    )
    parser.add_argument(
        "--delivery",
        choices=list(Way),
        default=Way.WEBHOOK,
        help="how the vendor's messages reach Home Assistant (default: webhook)",
    )
    arguments = parser.parse_args()

    from .run import choose_port, free_port, run  # noqa: PLC0415 - slow, so signals are handled before

    port = free_port() if arguments.check else choose_port(arguments.port, DEFAULT_PORT)
    if port is None:
        sys.stderr.write(f"Port {arguments.port} is taken. Choose another one, or leave --port out.\n")
        return 1
    return run(port, Way(arguments.delivery), check=arguments.check, stop_signals=STOP_SIGNALS)


if __name__ == "__main__":
    sys.exit(main())
