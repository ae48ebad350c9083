"""Cordboard: an open-source contact centre in one Python package."""

__version__ = "0.1.0"
