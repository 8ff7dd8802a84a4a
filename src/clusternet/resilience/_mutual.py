"""Components of firms that hold together in every one of several layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusternet.network import Network

__all__ = ["MutualComponents"]


class MutualComponents:
    """The largest sets of firms that are connected within themselves in every layer; firms may leave (buldyrev2010).

    Losses only split sets, so that after each only the set of the firm that left is looked at again.
    """

    def __init__(self, net: Network, layers: Iterable[str]) -> None:
        near = [self._partners(net.layer(name)) for name in layers]
        self._near = near or [[set() for _ in range(net.n_firms)]]  # no layer ties anybody
        self._sets: dict[int, set[int]] = {}
        self._home: dict[int, int] = {}
        self._settle(set(range(net.n_firms)))

    @staticmethod
    def _partners(net: Network) -> list[set[int]]:
        near: list[set[int]] = [set() for _ in range(net.n_firms)]
        graph = net.simple("undirected")
        for one, other in zip(graph.source.tolist(), graph.target.tolist(), strict=True):
            near[one].add(other)
            near[other].add(one)
        return near

    @staticmethod
    def _connected(firms: set[int], near: list[set[int]]) -> Iterator[set[int]]:
        left = set(firms)
        while left:
            found = {left.pop()}
            waiting = list(found)
            while waiting:
                new = near[waiting.pop()] & left
                left -= new
                found |= new
                waiting.extend(new)
            yield found

    def _settle(self, firms: set[int]) -> None:
        """Split a set by one layer after the other until none splits it."""
        waiting = [(firms, 0, 0)]  # the set, the layer that is next, how many in a row left it whole
        while waiting:
            group, layer, calm = waiting.pop()
            if calm == len(self._near) or len(group) < 2:
                if group:
                    name = min(group)
                    self._sets[name] = group
                    self._home.update(dict.fromkeys(group, name))
                continue
            after = (layer + 1) % len(self._near)
            parts = list(self._connected(group, self._near[layer]))
            calm = calm + 1 if len(parts) == 1 else 1
            waiting.extend((part, after, calm) for part in parts)

    def remove(self, firm: int) -> None:
        """Let a firm leave."""
        group = self._sets.pop(self._home.pop(firm))
        group.discard(firm)
        self._settle(group)

    def sizes(self) -> list[int]:
        """Return the sizes of the sets, largest first."""
        return sorted(map(len, self._sets.values()), reverse=True)
