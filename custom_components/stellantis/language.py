"""The language of whoever looks at a form.

Home Assistant's page translates the texts of a form. What fills in a placeholder, and the names of what can be chosen,
are translated here.
"""

from homeassistant.components.frontend.storage import async_user_store
from homeassistant.components.http import KEY_HASS_USER
from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers import http
from homeassistant.util.language import matches


async def async_reader_language(hass: HomeAssistant) -> str:
    """Return the language of the person whose request is being answered: of the profile, else of the browser.

    Without a request it is Home Assistant's own.
    """
    wanted: list[str | None] = []
    if request := http.current_request.get():
        user = request.get(KEY_HASS_USER)
        profile = (await async_user_store(hass, user.id)).data if user else {}
        wanted.append((profile.get("language") or {}).get("language"))
        accepted = request.headers.get("Accept-Language", "")
        wanted += [each.partition(";")[0].strip() for each in accepted.split(",")]
    found = (matches(each, LANGUAGES) for each in wanted if each)
    return next((languages[0] for languages in found if languages), hass.config.language)
