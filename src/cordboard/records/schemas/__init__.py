"""What the web door shows of records: the bodies, and how a record becomes one."""

from .bodies import CallDetail, CallList, FactList, FactView, WaveformView
from .views import Views, waveform_view

__all__ = [
    "CallDetail",
    "CallList",
    "FactList",
    "FactView",
    "Views",
    "WaveformView",
    "waveform_view",
]
