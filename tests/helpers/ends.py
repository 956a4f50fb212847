"""How remotes end, as the event of the car tells it."""

from typing import Any, Final

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback

_TOLD: Final = ("event_type", "remote", "action", "failure_cause")


def end(state: State) -> tuple[Any, ...]:
    """Return the end that an event entity tells: its type, the remote, the action, and why it failed."""
    return tuple(state.attributes.get(name) for name in _TOLD)


class Ends:
    """Somebody who hears every end of a remote once, as an automation does."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.heard: dict[tuple[str, str], State] = {}
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._listen)

    @callback
    def _listen(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state and state.entity_id.endswith("_remote") and state.state not in {"unavailable", "unknown"}:
            self.heard[state.entity_id, state.state] = state

    @property
    def told(self) -> list[tuple[Any, ...]]:
        return [end(state) for state in self.heard.values()]

    def of(self, entity_id: str) -> list[tuple[Any, ...]]:
        """Return those of one entity, which is one car's."""
        return [end(state) for (each, _), state in self.heard.items() if each == entity_id]
