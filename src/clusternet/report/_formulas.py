"""Formulas of the methods section, in MathML."""

from __future__ import annotations

from clusternet.report._parts import Formula

__all__ = ["FORMULAS"]


def _i(sign: str) -> str:
    return f"<mi>{sign}</mi>"


def _o(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _n(sign: str) -> str:
    return f"<mn>{sign}</mn>"


def _t(words: str) -> str:
    return f"<mtext>{words}</mtext>"


def _square(sign: str) -> str:
    return f"<msup>{_i(sign)}{_n('2')}</msup>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _frac(top: str, bottom: str) -> str:
    return f"<mfrac>{top}{bottom}</mfrac>"


def _sub(base: str, low: str) -> str:
    return f"<msub>{base}{low}</msub>"


def _power(base: str) -> str:
    return f"<msup>{base}{_n('2')}</msup>"


def _squared(base: str, low: str = "i") -> str:
    return f"<msubsup>{_i(base)}{_i(low)}{_n('2')}</msubsup>"


def _sup(base: str, high: str) -> str:
    return f"<msup>{_i(base)}{_o(high)}</msup>"


def _mean(sign: str) -> str:
    return f"<mover>{_i(sign)}{_o('&#xAF;')}</mover>"


def _sum(low: str, high: str = "") -> str:
    if high:
        return f"<munderover>{_o('&#x2211;')}{low}{high}</munderover>"
    return f"<munder>{_o('&#x2211;')}{low}</munder>"


def _of(name: str, *arguments: str) -> str:
    return _row(_i(name), _o("("), *arguments, _o(")"))


def _math(*parts: str) -> str:
    return f'<math displaystyle="true">{_row(*parts)}</math>'


_EQ, _MINUS, _NE = _o("="), _o("&#x2212;"), _o("&#x2260;")
_IJ = _row(_i("i"), _i("j"))
_N1 = _row(_o("("), _i("n"), _MINUS, _n("1"), _o(")"))
_NC = _sub(_i("n"), _i("c"))
_NN1 = _row(_i("n"), _N1)

FORMULAS = {
    "degree": Formula(
        name="Partners (degree)",
        mathml=_math(_of("k", _i("i")), _EQ, _sum(_row(_i("j"), _NE, _i("i"))), _sub(_i("a"), _IJ)),
        meaning="a is 1 where firms i and j are tied in any layer and either direction, 0 otherwise.",
        cites=("freeman1979",),
    ),
    "strength": Formula(
        name="Strength",
        mathml=_math(_of("s", _i("i")), _EQ, _sum(_row(_i("j"), _NE, _i("i"))), _sub(_i("w"), _IJ)),
        meaning="w is the strength of the tie between i and j, added over layers and directions.",
        cites=("barrat2004",),
    ),
    "betweenness": Formula(
        name="Betweenness",
        mathml=_math(
            _of("b", _i("i")), _EQ, _frac(_n("2"), _row(_N1, _o("("), _i("n"), _MINUS, _n("2"), _o(")"))),
            _sum(_row(_i("j"), _o("&lt;"), _i("k"))),
            _frac(_row(_sub(_i("g"), _row(_i("j"), _i("k"))), _o("("), _i("i"), _o(")")),
                  _sub(_i("g"), _row(_i("j"), _i("k")))),
        ),
        meaning="g is the number of shortest paths between firms j and k, g(i) those that pass "
        "through i; every tie "
        "has length 1. n is the number of all firms, isolates included.",
        cites=("freeman1977", "brandes2001"),
    ),
    "harmonic": Formula(
        name="Closeness (harmonic)",
        mathml=_math(
            _of("h", _i("i")), _EQ, _frac(_n("1"), _row(_i("n"), _MINUS, _n("1"))),
            _sum(_row(_i("j"), _NE, _i("i"))), _frac(_n("1"), _sub(_i("d"), _IJ)),
        ),
        meaning="d is the number of steps from i to j; a firm out of reach counts 0.",
        cites=("rochat2009",),
    ),
    "eigenvector": Formula(
        name="Eigenvector centrality",
        mathml=_math(
            _of("x", _i("i")), _EQ, _frac(_n("1"), _i("&#x3BB;")), _sum(_row(_i("j"))), _sub(_i("a"), _IJ),
            _of("x", _i("j")),
        ),
        meaning="The vector of the largest eigenvalue λ, scaled so that the largest value is 1. "
        "Outside the component "
        "with the largest λ it is 0; undefined where two components share it.",
        cites=("bonacich1972",),
    ),
    "pagerank": Formula(
        name="PageRank",
        mathml=_math(
            _of("p", _i("i")), _EQ, _frac(_row(_n("1"), _MINUS, _i("&#x3B1;")), _i("n")), _o("+"), _i("&#x3B1;"),
            _sum(_row(_i("j"))), _frac(_sub(_i("a"), _row(_i("j"), _i("i"))), _sub(_i("k"), _i("j"))),
            _of("p", _i("j")),
        ),
        meaning="Chance to find a walker at i who follows ties along their direction (probability "
        "α = 0.85) or starts "
        "anew anywhere; k is the number of ties that leave j.",
        cites=("brin1998",),
    ),
    "density": Formula(
        name="Density",
        mathml=_math(_i("D"), _EQ, _frac(_row(_n("2"), _i("m")), _NN1)),
        meaning="m tied pairs among n firms, as a share of all pairs.",
        cites=("wasserman1994",),
    ),
    "n_components": Formula(
        name="Connected groups",
        mathml=_math(_i("c"), _EQ, _i("n"), _MINUS, _of("rank", _i("B"))),
        meaning="n firms less the rank of the table B that says which firm stands at which end of which tie: the "
        "number of groups without a route between them, firms without ties included.",
        cites=("hopcroft1973",),
    ),
    "giant_share": Formula(
        name="Largest connected group",
        mathml=_math(_i("S"), _EQ, _frac(_n("1"), _i("n")), "<munder>", _t("max"), _i("c"), "</munder>", _NC),
        meaning="n_c is the number of firms in the connected group c, n that of all firms.",
    ),
    "mean_distance": Formula(
        name="Mean distance",
        mathml=_math(_i("L"), _EQ, _frac(_n("1"), _i("P")), _sum(_row(_i("i"), _NE, _i("j"))), _sub(_i("d"), _IJ)),
        meaning="d is the number of steps of the shortest route, P the number of pairs with a route.",
        cites=("wattsstrogatz1998",),
    ),
    "global_efficiency": Formula(
        name="Global efficiency",
        mathml=_math(
            _i("E"), _EQ, _frac(_n("1"), _NN1), _sum(_row(_i("i"), _NE, _i("j"))), _frac(_n("1"), _sub(_i("d"), _IJ))
        ),
        meaning="d is the number of steps of the shortest route; a pair without a route adds 0.",
        cites=("latora2001",),
    ),
    "average_clustering": Formula(
        name="Mean local clustering",
        mathml=_math(
            _i("C"), _EQ, _frac(_n("1"), _row(_sup("n", "&#x2032;"))), _sum(_i("i")),
            _frac(
                _row(_n("2"), _sub(_i("t"), _i("i"))),
                _row(_sub(_i("k"), _i("i")), _o("("), _sub(_i("k"), _i("i")), _MINUS, _n("1"), _o(")")),
            ),
        ),
        meaning="t is the number of tied pairs among the k partners of firm i; n′ counts the firms with at least two.",
        cites=("wattsstrogatz1998",),
    ),
    "centralization": Formula(
        name="Centralization",
        mathml=_math(
            _i("Z"), _EQ,
            _frac(
                _row(_sum(_i("i")), _o("("), _sub(_i("k"), _t("max")), _MINUS, _sub(_i("k"), _i("i")), _o(")")),
                _row(_o("("), _i("n"), _MINUS, _n("1"), _o(")"), _o("("), _i("n"), _MINUS, _n("2"), _o(")")),
            ),
        ),
        meaning="k is the number of partners; the bottom is the largest sum that n firms can have, that of a star.",
        cites=("freeman1979",),
    ),
    "degree_assortativity": Formula(
        name="Assortativity by partners",
        mathml=_math(_i("r"), _EQ, _of("corr", _sub(_i("k"), _i("i")), _o(","), _sub(_i("k"), _i("j")))),
        meaning="The correlation of the numbers of partners at the two ends of a tie, each tied pair in both orders.",
        cites=("newman2003",),
    ),
    "transitivity": Formula(
        name="Transitivity",
        mathml=_math(
            _i("T"), _EQ, _frac(_row(_n("3"), _o("&#xD7;"), _t("triangles")), _t("paths of two ties")),
        ),
        meaning="Share of a firm's pairs of partners that are tied themselves, over all such pairs.",
        cites=("wasserman1994", "wattsstrogatz1998"),
    ),
    "reciprocity": Formula(
        name="Reciprocity",
        mathml=_math(_i("r"), _EQ, _frac(_t("directed ties that are returned"), _t("directed ties"))),
        meaning="Only directed layers are looked at.",
        cites=("garlaschelli2004",),
    ),
    "modularity": Formula(
        name="Communities and modularity",
        mathml=_math(
            _i("Q"), _EQ, _frac(_n("1"), _row(_n("2"), _i("m"))), _sum(_IJ), _o("("), _sub(_i("a"), _IJ), _MINUS,
            _i("&#x3B3;"), _frac(_row(_sub(_i("k"), _i("i")), _sub(_i("k"), _i("j"))), _row(_n("2"), _i("m"))), _o(")"),
            _i("&#x3B4;"), _o("("), _sub(_i("c"), _i("i")), _o(","), _sub(_i("c"), _i("j")), _o(")"),
        ),
        meaning="Share of ties inside communities minus the share expected if ties fell at random "
        "with the same "
        "number of partners per firm; γ is the resolution. The Leiden algorithm looks for "
        "the largest Q.",
        cites=("newmangirvan2004", "traag2019"),
    ),
    "k_coreness": Formula(
        name="k-coreness",
        mathml=_math(_of("c", _i("i")), _EQ, _i("max"), _o("{"), _i("k"), _o(":"), _i("i"), _o("&#x2208;"),
                     _t("k-core"), _o("}")),
        meaning="The k-core is the largest part of the network where everyone has at least k "
        "partners in that part.",
        cites=("seidman1983",),
    ),
    "e_i": Formula(
        name="E-I index",
        mathml=_math(_i("E-I"), _EQ, _frac(_row(_i("E"), _MINUS, _i("I")), _row(_i("E"), _o("+"), _i("I")))),
        meaning="E tied pairs cross a group line, I stay inside: −1 if all stay inside, +1 if all "
        "cross.",
        cites=("krackhardtstern1988",),
    ),
    "assortativity": Formula(
        name="Assortativity",
        mathml=_math(
            _i("r"), _EQ,
            _frac(_row(_sum(_i("g")), _sub(_i("e"), _row(_i("g"), _i("g"))), _MINUS, _sum(_i("g")),
                       _sub(_i("a"), _i("g")), _sub(_i("b"), _i("g"))),
                  _row(_n("1"), _MINUS, _sum(_i("g")), _sub(_i("a"), _i("g")), _sub(_i("b"), _i("g")))),
        ),
        meaning="e is the share of ties that join two groups, a and b the shares of tie ends in "
        "each: 1 if like only "
        "ties with like, 0 if groups do not matter.",
        cites=("newman2003",),
    ),
    "robustness": Formula(
        name="Robustness R",
        mathml=_math(
            _i("R"), _EQ, _frac(_n("1"), _i("n")), _sum(_row(_i("q"), _EQ, _n("1")), _i("n")), _of("S", _i("q")),
        ),
        meaning="S(q) is the size of the largest connected group after q firms have left, as a "
        "share of all n firms at "
        "the start. At most 1/2, for a network where everyone is tied to everyone.",
        cites=("schneider2011", "albert2000", "holme2002"),
    ),
    "band": Formula(
        name="Random orders",
        mathml=_math(_i("S"), _o("("), _i("q"), _o(")"), _o("&#x2208;"), _o("["), _sub(_i("S"), _n("2.5%")), _o(","),
                     _sub(_i("S"), _n("97.5%")), _o("]")),
        meaning="At every step the middle 95% of many random orders, each followed by adding "
        "firms back in reverse with "
        "union-find.",
        cites=("newmanziff2001",),
    ),
    "relative_robustness": Formula(
        name="Robustness against chance",
        mathml=_math(
            _sub(_i("R"), _t("rel")), _EQ, _frac(_i("R"), _mean("R")), _o(","), "<mspace width='.6em'/>",
            _i("p"), _EQ, _frac(_row(_i("r"), _o("+"), _n("1")), _row(_i("d"), _o("+"), _n("1"))),
        ),
        meaning="The mean is over d random networks in which every firm keeps its number of partners; r counts those "
        "with an R as far out. The order of leaving is found anew in each.",
        cites=("schneider2011", "strona2014"),
    ),
    "economic_risk": Formula(
        name="Economic systemic risk",
        mathml=_math(
            _sub(_t("ESRI"), _i("j")), _EQ, _sum(_i("i")),
            _frac(_sub(_i("s"), _i("i")), _row(_sum(_i("l")), _sub(_i("s"), _i("l")))),
            _o("("), _n("1"), _MINUS, _sub(_i("h"), _i("i")), _o(")"),
        ),
        meaning="s is what a firm delivers, h the share of its production that is left once the failure of j has run "
        "its course: never more than its scarcest necessary input allows, nor than its customers still order.",
        cites=("diem2022",),
    ),
    "dependence_cascade": Formula(
        name="Spread of distress",
        mathml=_math(
            _sub(_i("h"), _i("i")), _o("&#x2190;"), _t("min"), _o("("), _n("1"), _o(","), _sub(_i("h"), _i("i")),
            _o("+"), _sum(_i("j")), _sub(_i("w"), _row(_i("j"), _i("i"))), _sub(_i("h"), _i("j")), _o(")"),
        ),
        meaning="h is the distress of a firm from 0 to 1, w the share of supplier j in what firm i buys; each firm "
        "hands its distress on once.",
        cites=("battiston2012",),
    ),
    "persistence": Formula(
        name="Ties kept",
        mathml=_math(
            _i("J"), _EQ,
            _frac(
                _row(_o("|"), _i("A"), _o("&#x2229;"), _i("B"), _o("|")),
                _row(_o("|"), _i("A"), _o("&#x222A;"), _i("B"), _o("|")),
            ),
        ),
        meaning="A and B are the ties of one year and the next. Bands rest on draws of firms with replacement.",
        cites=("snijders1999",),
    ),
    "pairs_lost": Formula(
        name="Loss when one firm leaves",
        mathml=_math(
            _of("L", _i("i")), _EQ, _i("P"), _MINUS, _sub(_i("P"), _row(_MINUS, _i("i"))), _o(","),
            "<mspace width='.6em'/>", _i("P"), _EQ, _sum(_i("c")),
            _frac(_row(_NC, _o("("), _NC, _MINUS, _n("1"), _o(")")), _n("2")),
        ),
        meaning="P counts the pairs of firms that can reach each other, within components c. An "
        "articulation firm is "
        "one whose loss leaves more components than before.",
        cites=("hopcroft1973", "tarjan1972"),
    ),
    "effective_size": Formula(
        name="Separate partners (effective size)",
        mathml=_math(_of("e", _i("i")), _EQ, _of("k", _i("i")), _MINUS,
                     _frac(_row(_n("2"), _of("t", _i("i"))), _of("k", _i("i")))),
        meaning="k partners with t ties among them; undefined without partners. An unshared tie (local bridge) joins "
        "two firms with no partner in common.",
        cites=("burt1992", "borgatti1997", "granovetter1973"),
    ),
    "constraint": Formula(
        name="Constraint",
        mathml=_math(
            _of("c", _i("i")), _EQ, _sum(_i("j")),
            _power(_row(_o("("), _sub(_i("p"), _IJ), _o("+"), _sum(_i("q")), _sub(_i("p"), _row(_i("i"), _i("q"))),
                        _sub(_i("p"), _row(_i("q"), _i("j"))), _o(")"))),
        ),
        meaning="p is one over the number of partners of the first firm where two firms are tied, 0 otherwise; j runs "
        "over partners.",
        cites=("burt1992",),
    ),
    "brokerage_roles": Formula(
        name="Roles between groups",
        mathml=_math(
            _i("z"), _EQ, _frac(_row(_i("N"), _MINUS, _mean("N")), _sub(_i("s"), _i("N"))),
        ),
        meaning="N counts pairs of firms a and c that are not tied but share the partner b, by the groups of the "
        "three; its mean and standard deviation s come from dealing the groups anew among the firms while ties stay.",
        cites=("gould1989",),
    ),
    "core_periphery": Formula(
        name="Core and periphery",
        mathml=_math(
            _i("fit"), _EQ, _i("corr"), _o("("), _sub(_i("a"), _IJ), _o(","), _sub(_i("&#x3B4;"), _IJ), _o(")"),
        ),
        meaning="δ is 1 for two firms of the core and 0 for two of the periphery; pairs of one each are left out. p is "
        "(r + 1)/(draws + 1), with r the networks of the same degrees that fit as well.",
        cites=("borgatti1999",),
    ),
    "location_quotient": Formula(
        name="Location quotient",
        mathml=_math(
            _sub(_i("LQ"), _IJ), _EQ,
            _frac(_row(_sub(_i("e"), _IJ), _o("/"), _sub(_i("e"), _i("i"))),
                  _row(_sub(_i("e"), _i("j")), _o("/"), _i("e"))),
        ),
        meaning="e is the number of employees (or firms) of sector j in place i; the economy of reference is all firms "
        "of the registry. The interval comes from drawing firms with replacement.",
        cites=("florence1939", "efron1993"),
    ),
    "ellison_glaeser": Formula(
        name="Concentration gamma",
        mathml=_math(
            _i("&#x3B3;"), _EQ,
            _frac(_row(_i("G"), _MINUS, _o("("), _n("1"), _MINUS, _sum(_i("i")), _squared("x"), _o(")"), _i("H")),
                  _row(_o("("), _n("1"), _MINUS, _sum(_i("i")), _squared("x"), _o(")"),
                       _o("("), _n("1"), _MINUS, _i("H"), _o(")"))),
        ),
        meaning="G sums the squared differences between a sector's shares of the places and the shares x of all "
        "sectors; H is the Herfindahl index of its firms' sizes, so that one large firm is not taken for a crowd.",
        cites=("ellisonglaeser1997",),
    ),
    "hhi": Formula(
        name="Concentration (HHI)",
        mathml=_math(_i("H"), _EQ, _sum(_i("j")), _squared("s", "j")),
        meaning="s are shares that sum to 1, such as those of a firm's partners in the strength of its ties; 1/H is "
        "the number of equal ones that would be as concentrated. Above 0.25 a market counts as highly concentrated.",
        cites=("hirschman1945", "herfindahl1950", "dojftc2010"),
    ),
    "reproduction_number": Formula(
        name="Referral reproduction number",
        mathml=_math(
            _i("R"), _EQ, _i("&#x3C1;"), _o("("), _i("K"), _o(")"), _o(","), "<mspace width='.6em'/>",
            _sub(_i("K"), _IJ), _EQ, _i("p"), _frac(_sub(_i("m"), _IJ), _sub(_i("r"), _i("i"))),
        ),
        meaning="ρ is the spectral radius, m the customers that i sent on to j, r those that i received by referral, p "
        "the share of all customers sent who bought. The interval comes from drawing records with replacement.",
        cites=("diekmann1990",),
    ),
    "leakage": Formula(
        name="Leakage",
        mathml=_math(_i("L"), _EQ, _frac(_i("E"), _row(_i("E"), _o("+"), _i("I")))),
        meaning="E is what runs between the registered firms and firms outside of the registry, I what stays among "
        "registered firms.",
        cites=("krackhardtstern1988",),
    ),
    "influence": Formula(
        name="Shocks along the supply chain",
        mathml=_math(
            _i("v"), _EQ, _frac(_i("&#x3B1;"), _i("n")),
            "<msup>",
            _row(_o("["), _i("I"), _MINUS, _o("("), _n("1"), _MINUS, _i("&#x3B1;"), _o(")"), _i("W"), _o("]")),
            _row(_MINUS, _n("1")), "</msup>", _n("1"),
        ),
        meaning="W is the share of each supplier in what a firm buys and α = 1/3 what it adds itself; firms without "
        "suppliers use their own product. Output varies as the length of v, which is 1/√n without trade; a firm's part "
        "is its squared v over the sum of squares.",
        cites=("acemoglu2012",),
    ),
    "wilson": Formula(
        name="95% interval of a share",
        mathml=_math(
            _frac(
                _row(
                    _i("p"), _o("+"), _frac(_square("z"), _row(_n("2"), _i("N"))), _o("&#xB1;"), _i("z"), "<msqrt>",
                    _frac(_row(_i("p"), _o("("), _n("1"), _MINUS, _i("p"), _o(")")), _i("N")), _o("+"),
                    _frac(_square("z"), _row(_n("4"), _square("N"))), "</msqrt>",
                ),
                _row(_n("1"), _o("+"), _frac(_square("z"), _i("N"))),
            ),
        ),
        meaning="p is the share among N cases, z = 1.96.",
        cites=("wilson1927",),
    ),
}  # fmt: skip
"""Formulas by the name of the measure, in the order of the page."""
