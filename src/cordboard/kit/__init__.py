"""Furniture that knows nothing of calls. Its modules are its doors."""
