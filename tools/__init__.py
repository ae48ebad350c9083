"""Developers' programs; never shipped with the package."""
