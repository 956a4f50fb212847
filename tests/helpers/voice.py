"""Home Assistant's own conversation agent, which needs no language model and no hardware."""

from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.intent import IntentResponse
from homeassistant.setup import async_setup_component

from .harness import Harness


async def set_up_agent(hass: HomeAssistant) -> None:
    """Set the agent up, which must be done before the web server starts."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


def expose_all(harness: Harness) -> None:
    """Let the agent know all entities, as a person does on the page "Expose"."""
    for entity_id in harness.hass.states.async_entity_ids():
        async_expose_entity(harness.hass, "conversation", entity_id, should_expose=True)


async def say(harness: Harness, sentence: str, language: str = "en") -> IntentResponse:
    """Say a sentence and return what the agent answers."""
    result = await conversation.async_converse(harness.hass, sentence, None, Context(), language=language)
    return result.response
