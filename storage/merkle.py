"""Merkle trees as certificate logs build them (RFC 9162, 2.1): the root, and proofs that a leaf is in.

Leaves and inner nodes are hashed with different first bytes, so that neither can pass for the other. The
left part of a tree is the largest power of two smaller than its number of leaves.
"""

import hashlib
from collections.abc import Sequence


def leaf(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over hashed leaves; of none, the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf up to the root.

    >>> leaves = [leaf(bytes([number])) for number in range(5)]
    >>> all(is_in(leaves[n], n, 5, proof(leaves, n), root(leaves)) for n in range(5))
    True
    """
    beside: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            beside.append(level[neighbour])
        paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
        index //= 2
    return beside


def is_in(hashed: bytes, index: int, size: int, beside: Sequence[bytes], expected: bytes) -> bool:
    """Whether a hashed leaf is number ``index`` of ``size`` under a root.

    >>> is_in(leaf(b"a"), 0, 1, [], leaf(b"a")), is_in(leaf(b"b"), 0, 1, [], leaf(b"a"))
    (True, False)
    """
    if not 0 <= index < size:
        return False
    current, steps = hashed, iter(beside)
    while size > 1:
        neighbour = index ^ 1
        if neighbour < size:
            step = next(steps, None)
            if step is None:
                return False
            current = _node(step, current) if index & 1 else _node(current, step)
        index, size = index // 2, (size + 1) // 2
    return next(steps, None) is None and current == expected


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
