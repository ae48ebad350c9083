"""The screen's own rule, as small as it can be: set, or with null delete, at each path."""

import copy
from typing import Any


def reduced(whole: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The picture with a patch laid over it."""
    picture = copy.deepcopy(whole)
    for entry in entries:
        *way, last = entry["path"]
        place = picture
        for name in way:
            place = place[name]
        if entry["value"] is None:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(entry["value"])
    return picture
