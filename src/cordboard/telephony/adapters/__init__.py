"""Adapters behind `telephony.ports`; only the wiring knows which one stands there."""
