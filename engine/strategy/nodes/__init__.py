"""The registry of node kinds: palette, validator, compiler and docs iterate over it."""

from typing import Annotated

from pydantic import Field

from engine.strategy.nodes.account_action import AccountActionNode
from engine.strategy.nodes.base import Node, Variant, Wish
from engine.strategy.nodes.channel import ChannelNode
from engine.strategy.nodes.condition import ConditionNode
from engine.strategy.nodes.end import EndNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.strategy.nodes.handover import HandoverNode
from engine.strategy.nodes.label import LabelNode
from engine.strategy.nodes.notice import NoticeNode
from engine.strategy.nodes.offer import OfferNode
from engine.strategy.nodes.segment import SegmentNode
from engine.strategy.nodes.split import SplitNode
from engine.strategy.nodes.wait import WaitNode

AnyNode = Annotated[
    SegmentNode
    | WaitNode
    | ChannelNode
    | NoticeNode
    | ConditionNode
    | SplitNode
    | EscalateNode
    | OfferNode
    | AccountActionNode
    | LabelNode
    | HandoverNode
    | EndNode,
    Field(discriminator="kind"),
]

NODE_KINDS: dict[str, type[Node]] = {
    "segment": SegmentNode,
    "wait": WaitNode,
    "channel": ChannelNode,
    "notice": NoticeNode,
    "condition": ConditionNode,
    "split": SplitNode,
    "escalate": EscalateNode,
    "offer": OfferNode,
    "account_action": AccountActionNode,
    "label": LabelNode,
    "handover": HandoverNode,
    "end": EndNode,
}

__all__ = [
    "NODE_KINDS",
    "AnyNode",
    "ChannelNode",
    "EndNode",
    "Node",
    "NoticeNode",
    "SegmentNode",
    "SplitNode",
    "Variant",
    "WaitNode",
    "Wish",
]
