"""The kinds of node, one file each. A new kind is a file here and a line in KINDS."""

from .collect import CollectNode
from .compare import CompareNode
from .hang_up import HangUpNode
from .menu import MenuNode
from .node import Node
from .play import PlayNode
from .prompts import APOLOGY, heard
from .route import RouteNode
from .say import SayNode
from .set import SetNode
from .template import NAME

__all__ = ["APOLOGY", "KINDS", "NAME", "Node", "heard"]

KINDS: dict[str, type[Node]] = {
    kind.KIND: kind
    for kind in (
        PlayNode,
        MenuNode,
        CollectNode,
        SayNode,
        SetNode,
        CompareNode,
        RouteNode,
        HangUpNode,
    )
}
"Word in the document -> its node."
