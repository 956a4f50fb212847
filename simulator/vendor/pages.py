"""Pages of a collection."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from simulator.base.links import make_links

_PAGE_SIZE = 60


def make_page(path: str, query: Mapping[str, str], name: str, items: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Make one page of a collection, chosen by the query's `indexRange`, `pageSize` and `pageToken`.

    Return None if there is no such page. A page token consists of the page's number and the page size.
    """
    first, _, last = query.get("indexRange", "0-").partition("-")
    items = items[int(first) : int(last) + 1 if last else None]
    token = query.get("pageToken", f"1of{query.get('pageSize', _PAGE_SIZE)}")
    number, size = map(int, token.split("of"))
    pages = max(ceil(len(items) / size), 1)
    if number > pages:
        return None
    numbers = {"self": number, "first": 1, "prev": number - 1, "next": number + 1, "last": pages}
    paths = {link: f"{path}?pageToken={n}of{size}" for link, n in numbers.items() if 1 <= n <= pages}
    return {
        "_links": make_links(**paths),
        "total": len(items),
        "totalPage": pages,
        "currentPage": number,
        "_embedded": {name: items[(number - 1) * size : number * size]},
    }
