"""Terms of a tie model: what each counts in a network, and by how much one more tie changes the count.

Names and definitions are those of the R package ergm (hunter2007, snijders2006), so that a model can be read by both.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clusternet.errors import NetworkError, OptionError, listing, nearest
from clusternet.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "edges": (),
    "mutual": (),
    "triangle": (),
    "ttriple": (),
    "ctriple": (),
    "kstar": ("k",),
    "istar": ("k",),
    "ostar": ("k",),
    "gwesp": ("decay",),
    "gwdsp": ("decay",),
    "gwdegree": ("decay",),
    "gwidegree": ("decay",),
    "gwodegree": ("decay",),
    "nodematch": ("attr", "diff"),
    "nodecov": ("attr",),
    "nodeicov": ("attr",),
    "nodeocov": ("attr",),
    "nodefactor": ("attr",),
    "nodeifactor": ("attr",),
    "nodeofactor": ("attr",),
    "absdiff": ("attr",),
    "edgecov": ("name",),
}
DIRECTED = {"mutual", "ttriple", "ctriple", "istar", "ostar", "gwidegree", "gwodegree", "nodeicov", "nodeocov"}
DIRECTED |= {"nodeifactor", "nodeofactor"}
UNDIRECTED = {"kstar", "gwdegree"}
INDEPENDENT = {name for name in _ARGUMENTS if name.startswith(("node", "absdiff", "edgecov"))} | {"edges"}


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its name in ergm and its arguments."""

    name: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the term as ergm writes it."""
        shown = [
            repr(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else f"{key}=TRUE"
            for key, value in self.arguments.items()
            if value is not False
        ]
        if "decay" in self.arguments:
            shown.append("fixed=TRUE")
        return f"{self.name}({', '.join(shown)})" if shown else self.name


def parse_terms(terms: str | Iterable[str]) -> list[Term]:
    """Return the terms of "edges + gwesp(0.5)" or of a list of such words; only literals are read, nothing is run."""
    text = terms if isinstance(terms, str) else " + ".join(terms)
    try:
        tree = ast.parse(text.split("~")[-1].strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise OptionError(
            f"{text!r} is no sum of terms; write 'edges + nodematch(\"sector\") + gwesp(0.5)'."
        ) from error
    found: list[Term] = []
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            nodes += [node.right, node.left]
        else:
            found.append(_term(node))
    labels = [str(term) for term in found]
    if len(set(labels)) < len(labels):
        raise OptionError(f"terms stand twice: {listing(sorted({t for t in labels if labels.count(t) > 1}))}.")
    return found


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Name) and node.id in ("TRUE", "FALSE", "T", "F"):
        return node.id.startswith("T")
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise OptionError(f"{ast.unparse(node)} is no plain number, text or TRUE; give literals in terms.") from error


def _term(node: ast.expr) -> Term:
    call = node if isinstance(node, ast.Call) else None
    name_node = call.func if call else node
    name = name_node.id if isinstance(name_node, ast.Name) else ast.unparse(node)
    if name not in _ARGUMENTS:
        raise OptionError(f"{name!r} is not a term.{nearest(name, _ARGUMENTS)} There are {', '.join(_ARGUMENTS)}.")
    names = _ARGUMENTS[name]
    given: dict[str, Any] = {}
    if call:
        if len(call.args) > len(names):
            raise OptionError(f"{name} takes {listing(names) or 'no arguments'}, not {len(call.args)} of them.")
        given = dict(zip(names, map(_literal, call.args), strict=False))
        given |= {str(word.arg): _literal(word.value) for word in call.keywords}
    if given.pop("fixed", True) is not True:
        raise OptionError(f"{name} with an estimated decay is a curved model; give the decay and fixed=TRUE.")
    if name == "nodematch":
        given.setdefault("diff", False)
    if set(given) != set(names):
        raise OptionError(f"{name} needs {listing(names) or 'no arguments'}; given were {listing(given)}.")
    if "decay" in given and not (_is_number(given["decay"]) and given["decay"] >= 0):
        raise OptionError(f"the decay of {name} is {given['decay']!r}; give a number from zero on, 0.5 is usual.")
    if "k" in given and not (_is_number(given["k"]) and given["k"] == int(given["k"]) and given["k"] >= 2):
        raise OptionError(f"the size of {name} is {given['k']!r}; give a whole number from 2 on.")
    for word in ("attr", "name"):
        if word in given and not isinstance(given[word], str):
            raise OptionError(f"{name} needs the name of an attribute as text, not {given[word]!r}.")
    return Term(name, given)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class TieData:
    """A network as the terms see it: dense adjacency, attributes, and matrices for edgecov."""

    adjacency: NDArray[np.float64]
    directed: bool
    firms: pd.DataFrame
    matrices: Mapping[str, NDArray[np.float64]]

    @property
    def n(self) -> int:
        """Number of firms."""
        return len(self.adjacency)

    def dyads(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return source and target of every possible tie."""
        if self.directed:
            rows, columns = np.nonzero(~np.eye(self.n, dtype=bool))
        else:
            rows, columns = np.triu_indices(self.n, 1)
        return rows.astype(np.int64), columns.astype(np.int64)


def tie_data(network: Network, covariates: Mapping[str, Any] | None) -> TieData:
    """Return the network for the terms, with every edge covariate as a matrix in the order of its firms."""
    directed = network.is_directed
    matrices = {name: _edge_matrix(network, name, value) for name, value in (covariates or {}).items()}
    return TieData(network.simple().csr().toarray(), directed, network.firms, matrices)


def _edge_matrix(network: Network, name: str, value: Any) -> NDArray[np.float64]:
    ids, n = network.firms.index, network.n_firms
    if isinstance(value, Network):
        if not value.firms.index.equals(ids):
            raise NetworkError(f"the network of edgecov {name!r} has other firms, or another order; subset both alike.")
        made = np.asarray(value.adjacency.toarray(), dtype=float)
    elif isinstance(value, pd.DataFrame):
        if set(value.index) != set(ids) or set(value.columns) != set(ids):
            raise NetworkError(f"the table of edgecov {name!r} needs exactly the firms as rows and as columns.")
        made = np.asarray(value.loc[ids, ids], dtype=float)
    else:
        made = np.asarray(value.toarray() if hasattr(value, "toarray") else value, dtype=float)
    if made.shape != (n, n):
        raise NetworkError(f"the matrix of edgecov {name!r} is {made.shape}; {n:,} firms need {(n, n)}.")
    if not np.isfinite(made[~np.eye(n, dtype=bool)]).all():
        raise NetworkError(f"the matrix of edgecov {name!r} has missing values; fill them or leave the firms out.")
    if not network.is_directed and not np.allclose(made, made.T):
        raise NetworkError(f"the matrix of edgecov {name!r} is not symmetric, but the network is undirected.")
    made = made.copy()
    np.fill_diagonal(made, 0.0)
    return made


def independent(terms: Iterable[Term]) -> bool:
    """Tell whether ties are independent of each other under the model."""
    return all(term.name in INDEPENDENT for term in terms)


def dyads_independent(terms: Iterable[Term]) -> bool:
    """Tell whether pairs of firms are independent of each other: at most the two arcs of a pair depend."""
    return all(term.name in INDEPENDENT | {"mutual"} for term in terms)


def evaluate(data: TieData, terms: Iterable[Term]) -> tuple[pd.Series, dict[str, NDArray[np.float64]]]:
    """Return the statistics of the network and, per coefficient, the change that each possible tie makes."""
    totals: dict[str, float] = {}
    changes: dict[str, NDArray[np.float64]] = {}
    for term in terms:
        if term.name in DIRECTED and not data.directed:
            raise OptionError(f"{term.name} needs a directed network; this one is undirected.")
        if term.name in UNDIRECTED and data.directed:
            raise OptionError(f"{term.name} needs an undirected network; take the in- or out-form.")
        for label, change, total in _evaluate(data, term):
            changes[label] = change
            totals[label] = total
    return pd.Series(totals, dtype="float64", name="statistic"), changes


def _evaluate(data: TieData, term: Term) -> list[tuple[str, NDArray[np.float64], float]]:
    if term.name in INDEPENDENT:
        half = 1.0 if data.directed else 0.5
        return [(label, x, half * float((x * data.adjacency).sum())) for label, x in _dyadic(data, term)]
    label = term.name
    if "k" in term.arguments:
        label = f"{term.name}{int(term.arguments['k'])}"
    elif "decay" in term.arguments:
        short = {"gwdegree": "gwdeg", "gwidegree": "gwideg", "gwodegree": "gwodeg"}.get(term.name, term.name)
        label = f"{short}.fixed.{term.arguments['decay']:g}"
    function = _STRUCTURAL[term.name]
    change, total = function(data, term)
    return [(label, change, total)]


def _column(data: TieData, term: Term) -> pd.Series:
    name = term.arguments["attr"]
    if name not in data.firms.columns:
        raise OptionError(
            f"firms has no column {name!r} for {term.name}.{nearest(name, map(str, data.firms.columns))} "
            f"There are {listing(data.firms.columns, 12)}."
        )
    values = data.firms[name]
    if values.isna().any():
        raise OptionError(
            f"{name} is missing for {int(values.isna().sum()):,} firms: {listing(values.index[values.isna()])}; leave "
            "them out with net.without(...), or fill them."
        )
    return values


def _dyadic(data: TieData, term: Term) -> list[tuple[str, NDArray[np.float64]]]:
    n, name = data.n, term.name
    if name == "edges":
        return [("edges", np.ones((n, n)))]
    if name == "edgecov":
        word = term.arguments["name"]
        if word not in data.matrices:
            raise OptionError(f"there is no edge covariate {word!r}; give covariates={{{word!r}: matrix or network}}.")
        return [(f"edgecov.{word}", data.matrices[word])]
    values, attr = _column(data, term), term.arguments["attr"]
    ones = np.ones(n)
    if name == "nodematch":
        codes, levels = pd.factorize(values, sort=True)
        same = codes[:, None] == codes[None, :]
        if not term.arguments["diff"]:
            return [(f"nodematch.{attr}", same.astype(float))]
        return [
            (f"nodematch.{attr}.{level}", (same & (codes == at)[:, None]).astype(float))
            for at, level in enumerate(levels)
        ]
    if name.endswith("factor"):
        codes, levels = pd.factorize(values, sort=True)
        return [
            (f"{name}.{attr}.{level}", _sides(name, (codes == at).astype(float), ones))
            for at, level in enumerate(levels)
            if at > 0
        ]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise OptionError(f"{name} needs numbers; {attr} holds {listing(values[~np.isfinite(numbers)].unique())}.")
    if name == "absdiff":
        return [(f"absdiff.{attr}", np.abs(numbers[:, None] - numbers[None, :]))]
    return [(f"{name}.{attr}", _sides(name, numbers, ones))]


def _sides(name: str, values: NDArray[np.float64], ones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of the sender, of the receiver, or their sum, for every pair."""
    if name.startswith("nodeo"):
        return np.outer(values, ones)
    if name in ("nodeifactor", "nodeicov"):
        return np.outer(ones, values)
    return values[:, None] + values[None, :]


# ── structure ──


def _mutual(data: TieData, _: Term) -> tuple[NDArray[np.float64], float]:
    a = data.adjacency
    return a.T.copy(), float((a * a.T).sum() / 2)


def _triangle(data: TieData, _: Term) -> tuple[NDArray[np.float64], float]:
    a = data.adjacency
    if data.directed:
        open_change, open_total = _ttriple(data, _)
        cyclic_change, cyclic_total = _ctriple(data, _)
        return open_change + cyclic_change, open_total + cyclic_total
    two = a @ a
    return two, float((two * a).sum() / 6)


def _ttriple(data: TieData, _: Term) -> tuple[NDArray[np.float64], float]:
    a = data.adjacency
    return a @ a + a @ a.T + a.T @ a, float(((a @ a) * a).sum())


def _ctriple(data: TieData, _: Term) -> tuple[NDArray[np.float64], float]:
    a = data.adjacency
    back = (a @ a).T
    return back, float((back * a).sum() / 3)


def _choose(numbers: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    from scipy.special import comb

    return np.asarray(comb(numbers, k))


def _star(data: TieData, term: Term) -> tuple[NDArray[np.float64], float]:
    a, k = data.adjacency, int(term.arguments["k"])
    sending, receiving = a.sum(axis=1), a.sum(axis=0)
    if term.name == "ostar":
        return _choose(sending[:, None] - a, k - 1), float(_choose(sending, k).sum())
    if term.name == "istar":
        return _choose(receiving[None, :] - a, k - 1), float(_choose(receiving, k).sum())
    change = _choose(sending[:, None] - a, k - 1) + _choose(sending[None, :] - a, k - 1)
    return change, float(_choose(sending, k).sum())


def _ratio(term: Term) -> tuple[float, float]:
    """Return e^decay and 1 - e^-decay."""
    decay = float(term.arguments["decay"])
    return float(np.exp(decay)), float(-np.expm1(-decay))


def _gw_degree(data: TieData, term: Term) -> tuple[NDArray[np.float64], float]:
    a, (scale, r) = data.adjacency, _ratio(term)
    degree = a.sum(axis=0) if term.name == "gwidegree" else a.sum(axis=1)
    total = float((scale * (1 - r**degree)).sum())
    if term.name == "gwidegree":
        return r ** (degree[None, :] - a), total
    if term.name == "gwodegree":
        return r ** (degree[:, None] - a), total
    return r ** (degree[:, None] - a) + r ** (degree[None, :] - a), total


def _gw_shared(data: TieData, term: Term) -> tuple[NDArray[np.float64], float]:
    """Weighted shared partners of tied pairs (gwesp) or of all pairs (gwdsp); directed: along two-paths i to k to j.

    A tie i to j adds a shared partner to the pairs that it completes a two-path for. Their number of shared partners
    without i to j is one less where i to j is there, so both cases are computed, and each pair takes its own.
    """
    a, (scale, r) = data.adjacency, _ratio(term)
    two = a @ a
    np.fill_diagonal(two, 0.0)
    tied = term.name == "gwesp"
    off = 1 - np.eye(data.n)

    def completed(count: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = (a if tied else off) * r**count
        return np.asarray(gain @ a.T + a.T @ gain)

    change = np.where(a > 0, completed(np.maximum(two - 1, 0)), completed(two))
    own = scale * (1 - r**two)
    if tied:
        change = change + own
    total = float((own * (a if tied else off)).sum())
    return change, total if data.directed else total / 2


_STRUCTURAL = {
    "mutual": _mutual,
    "triangle": _triangle,
    "ttriple": _ttriple,
    "ctriple": _ctriple,
    "kstar": _star,
    "istar": _star,
    "ostar": _star,
    "gwesp": _gw_shared,
    "gwdsp": _gw_shared,
    "gwdegree": _gw_degree,
    "gwidegree": _gw_degree,
    "gwodegree": _gw_degree,
}
