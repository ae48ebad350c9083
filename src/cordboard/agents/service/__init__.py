"""Use cases of agents: `Agents` what they and others order, `OnCalls` what calls bring them."""

from .agents import Agents
from .on_calls import OnCalls

__all__ = ["Agents", "OnCalls"]
