"""What the demo tells the person who started it."""

from collections.abc import Iterable

from .client import PASSWORD, USERNAME
from .configuration import ROOT, Folder

TO_TRY = (
    "Lock the Peugeot e-208: the lock says Locking until the car has done it, some 3 seconds later.",
    "Unlock the 308 Hybrid: it is asleep and has to wake up first.",
    "Start charging the 308 Hybrid, which is not plugged in, and read why it did not.",
    "Lock the 2008: its boot is open.",
    "Open Assist (the key a) and say: lock the Peugeot e-208 doors.",
)

GUIDE = """
  Open    {url}
  Log in  {username} / {password}

  To try
{to_try}
    - Add a second account by hand: {url}/config/integrations/dashboard/add?domain=stellantis
{fields}
      Then choose {email} and press Allow. The browser warns of the vendor's certificate, which
      only the simulator vouches for: go on all the same.

  What Home Assistant says: {log}
  What the vendor sees:     {simulator_log}
  Ctrl-C stops everything.
"""


def guide(url: str, fields: Iterable[tuple[str, str]], email: str, folder: Folder) -> str:
    """Make the text from the address, what to type for the second account, and where the logs are."""
    rows = list(fields)
    width = max(len(label) for label, _text in rows)
    return GUIDE.format(
        url=url,
        username=USERNAME,
        password=PASSWORD,
        to_try="\n".join(f"    - {sentence}" for sentence in TO_TRY),
        fields="\n".join(f"        {label:<{width}}  {text}" for label, text in rows),
        email=email,
        log=folder.log.relative_to(ROOT),
        simulator_log=folder.simulator_log.relative_to(ROOT),
    )
