"""Use cases of calls: `Calls` is the core, `Verbs` what agents do, `Taps` what supervisors do."""

from .calls import Calls, CallSettings
from .exchange import Addresses, NobodyElse
from .passing import Passing
from .taps import Taps
from .verbs import Verbs

__all__ = ["Addresses", "CallSettings", "Calls", "NobodyElse", "Passing", "Taps", "Verbs"]
