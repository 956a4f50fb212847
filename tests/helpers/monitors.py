"""The monitors that the vendor keeps."""

from simulator import Car
from simulator.push.monitors import Monitor

from .callbacks import only_callback
from .harness import Harness


def monitors(harness: Harness, car: Car) -> dict[str, Monitor]:
    """Return the vendor's monitors of a car, by what follows "Home Assistant" in their labels."""
    found = [monitor for monitor in only_callback(harness).monitors.values() if monitor.car is car]
    made = {monitor.label.split()[2]: monitor for monitor in found}
    assert len(made) == len(found)
    return made
