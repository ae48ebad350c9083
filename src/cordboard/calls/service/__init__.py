"""Use cases of calls: `Calls` is the core, `Verbs` what agents do, `Taps` what supervisors do."""

from .calls import Calls
from .dialling import Dialling
from .exchange import Addresses, CallSettings, NobodyElse, OneTrunk, OuterLines
from .leaving import Leaving
from .lending import Lending, prompt_id
from .passing import Passing
from .phones import PhoneTransfers
from .taps import Taps
from .verbs import Verbs

__all__ = [
    "Addresses",
    "CallSettings",
    "Calls",
    "Dialling",
    "Leaving",
    "Lending",
    "NobodyElse",
    "OneTrunk",
    "OuterLines",
    "Passing",
    "PhoneTransfers",
    "Taps",
    "Verbs",
    "prompt_id",
]
