"""Builders of users, agents and queues with plain words for ids."""

from typing import Any

from cordboard.agents import Agent
from cordboard.directory import User
from cordboard.queues import Queue


def an_agent(**fields: Any) -> Agent:
    """An agent."""
    return Agent(**fields)


def a_queue(**fields: Any) -> Queue:
    """A queue."""
    return Queue(**fields)


def a_user(**fields: Any) -> User:
    """A user."""
    return User(**fields)
