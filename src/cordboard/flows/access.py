"""What flows fetch: versions of flows from the shelf, and what a call knows at a moment."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from cordboard.calls import CallCommands
from cordboard.kit.ids import CallId

from .errors import NoSuchFlowError
from .graph import Flow
from .model import LANGUAGES, Language, Scene
from .state import Run


class Shelf:
    """Flows in memory, by id and version."""

    def __init__(self) -> None:
        self._live: dict[str, Flow] = {}
        self._old: dict[tuple[str, int], Flow] = {}

    def put(self, flow: Flow, in_use: Iterable[tuple[str, int]] = ()) -> None:
        """Make this version the live one, unless a later one is.

        Args:
            flow: The new version.
            in_use: Id and version of all flows that calls are in; other old ones are forgotten.
        """
        before = self._live.get(flow.id)
        if before is not None and before.version > flow.version:
            return
        if before is not None:
            self._old[before.id, before.version] = before
        used = set(in_use)
        self._old = {key: old for key, old in self._old.items() if key in used}
        self._live[flow.id] = flow

    def get_live(self, flow_id: str) -> Flow:
        """The version that new calls enter.

        Raises:
            NoSuchFlowError: If there is none.
        """
        try:
            return self._live[flow_id]
        except KeyError:
            raise NoSuchFlowError("There is no such flow.", flow_id=flow_id) from None

    def find_live(self, flow_id: str) -> Flow | None:
        """The version that new calls enter, or None."""
        return self._live.get(flow_id)

    def find(self, flow_id: str, version: int) -> Flow | None:
        """This very version, live or old, or None."""
        live = self._live.get(flow_id)
        if live is not None and live.version == version:
            return live
        return self._old.get((flow_id, version))

    def list_live(self) -> list[Flow]:
        """All live flows, by id."""
        return sorted(self._live.values(), key=lambda flow: flow.id)


def look(
    calls: CallCommands, call_id: CallId, flow: Flow, run: Run, at_ms: int, zone: tzinfo
) -> Scene:
    """What a node sees: the variables of the flow as the call has them, and the system's.

    Args:
        calls: Holds the call's data.
        call_id: The call.
        flow: Its flow.
        run: Its run.
        at_ms: UTC milliseconds of the turn.
        zone: Where `date` and `time` are local.
    """
    values = dict(flow.variables)
    for name in (*values, "caller_number", "called_number", "service_number"):
        found = calls.find_data(call_id, name)
        values[name] = found if found is not None else values.get(name, "")
    language = language_of(flow, calls.find_data(call_id, "language"))
    values["language"] = language
    values |= _clock_at(at_ms // 1000, zone)
    return Scene(language=language, values=values, attempt=run.attempt)


@lru_cache(maxsize=8)  # all calls of a second see the same
def _clock_at(at_s: int, zone: tzinfo) -> dict[str, str]:
    now = datetime.fromtimestamp(at_s, UTC).astimezone(zone)
    date, time = f"{now:%Y%m%d}", f"{now:%H%M%S}"
    return {"date": date, "time": time, "datetime": date + time}


def language_of(flow: Flow | None, wanted: str | None) -> Language:
    """What to speak to a caller who wants this: it, if the flow speaks it, or its first."""
    languages = flow.languages if flow is not None else LANGUAGES
    return next((one for one in languages if one == wanted), languages[0])
