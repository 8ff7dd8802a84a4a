"""The register: what two essays on clusters of small firms claim, in our words, and what would make each false."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from clusternet.errors import OptionError

__all__ = ["REGISTER", "SECTIONS", "Claim"]

SECTIONS = {
    "A1": "Relations, reciprocity, persistence",
    "A2": "Referrals, marketing, community growth",
    "A3": "Resources, market reach, expertise",
    "A4": "The five collaboration models",
    "A5": "Specialization, niches, clusters",
    "A6": "Innovation, knowledge, learning",
    "A7": "Resilience, dependence, risk",
    "A8": "Governance, automation, measurement",
}
"""Sections of the register."""

_LAST = {"A1": 10, "A2": 18, "A3": 26, "A4": 31, "A5": 48, "A6": 59, "A7": 70, "A8": 85}

CONTESTED = frozenset({6, 40, 47, 49, 50, 61})
"""Claims on which the literature disagrees, or that hold only under a condition."""


@dataclass(frozen=True)
class Claim:
    """One claim.

    ``essays`` says which essay makes it: "a" (growth of communities of small firms), "b" (collaboration of small
    firms), or "ab". ``needs`` are the columns that test it, as "table.column"; alternatives are joined by "|".
    ``reading`` says what the numbers of a true claim look like, ``falsified`` what makes it false.
    """

    number: int
    essays: str
    claim: str
    needs: tuple[str, ...]
    reading: str
    falsified: str
    cites: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """A1 to A8."""
        return next(name for name, last in _LAST.items() if self.number <= last)

    @property
    def contested(self) -> bool:
        """Whether the literature disagrees on it."""
        return self.number in CONTESTED

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Tables that it looks at."""
        return tuple(dict.fromkeys(one.split(".")[0] for need in self.needs for one in need.split("|")))


_ALL = (
    # ── A1 relations, reciprocity, persistence
    Claim(1, "a", "Growth rests on mutual relations: who sends customers gets customers sent.",
          ("referrals.from", "referrals.to"), "more mutual pairs than the density of referrals implies",
          "reciprocity is no higher than density implies, or firms with a larger mutual share grow no faster at equal "
          "numbers of partners", ("garlaschelli2004", "squartini2013")),
    Claim(2, "a", "A good relation is a two-way street: both sides gain about as much.",
          ("referrals.from", "referrals.to", "referrals.customers|referrals.value|referrals.date"),
          "pairs give and take more evenly than if amounts were dealt at random",
          "balance is no higher than with amounts permuted over the same relations", ("squartini2013", "gini1912")),
    Claim(3, "a", "Giving without an immediate return pays: favors are passed on, not only repaid.",
          ("referrals.from", "referrals.to", "referrals.date"), "a firm that got a customer sends one on to a third",
          "only direct repayment predicts who sends to whom next", ("butts2008",)),
    Claim(4, "a", "Consistency over the years builds community: old ties are the firm ones.",
          ("partnerships.start", "partnerships.end"), "the risk that a tie ends falls with its age",
          "the risk is flat or rises with age, or firms with older ties do no better", ("burt2002", "allison1982")),
    Claim(5, "ab", "Deep ties of trust matter more than single transactions.",
          ("partnerships.a|referrals.from",), "strong ties stand among common partners and last",
          "strength is unrelated to common partners, or to how long ties last", ("onnela2007", "granovetter1973")),
    Claim(6, "b", "Ties of several kinds support each other: who deals in one way deals in others.",
          ("partnerships.kind",), "more pairs are tied in two layers than if layers were unrelated",
          "layers overlap no more than if firms in each layer were shuffled", ("krackhardt1987", "knokewood1981")),
    Claim(7, "a", "No firm is an island.", ("firms.firm_id", "outcomes.firm_id", "outcomes.revenue"),
          "most firms hang together, and those outside do worse", "comparable firms without ties do as well"),
    Claim(8, "a", "Communities form around a place or around a line of business.",
          ("firms.region|firms.sector", "partnerships.a|referrals.from"),
          "the communities found in the ties coincide with region or with sector",
          "they coincide with neither more than with labels dealt at random", ("newman2003",)),
    Claim(9, "b", "Three firms with complementary trades create synergy, as bakery, coffee house and caterer do.",
          ("firms.sector", "partnerships.a|referrals.from"), "more triangles of three trades than chance gives",
          "such triangles are no more frequent than chance, or their members grow no faster", ("maslov2002",)),
    Claim(10, "a", "A firm at the hub gains visibility, customers and loyalty.",
           ("partnerships.start|referrals.date", "outcomes.firm_id", "outcomes.period", "outcomes.revenue"),
           "revenue grows after a firm gains partners", "the effect is nil or negative once each firm is compared with "
           "itself and each period with its mean", ("freeman1979",)),
    # ── A2 referrals, marketing, community growth
    Claim(11, "a", "Word of mouth beats bought advertising on a small budget.",
          ("referrals.customers", "referrals.converted", "governance.cost", "campaigns.contacts",
           "campaigns.converted"), "referred contacts buy more often, per contact and per money unit",
          "they buy no more often than contacts of campaigns"),
    Claim(12, "a", "Referrals feed themselves: one leads to the next.",
          ("referrals.from", "referrals.to", "referrals.date"),
          "a referral received sets off further referrals; one each or more would sustain the loop",
          "fewer than one in ten sets off another: referrals are independent noise", ("hawkes1971", "diekmann1990")),
    Claim(13, "a", "Customers whom several member firms share are loyal.",
          ("referrals.customers", "markets.market", "markets.sales", "markets.period"),
          "customers referred by more firms leave later", "they leave as early or earlier"),
    Claim(14, "a", "Addressing chosen communities beats broad outreach.", ("partnerships.a|referrals.from",),
          "ties to well-chosen firms bring more firms within reach than ties to random firms",
          "the gain lies inside the band of random choices", ("nemhauser1978",)),
    Claim(15, "a", "The health of a community can be measured, beyond counting followers.",
          ("partnerships.start|referrals.date", "outcomes.period", "outcomes.revenue"),
          "indicators of the network move before revenue does", "no indicator predicts the next period's revenue",
          ("snijders1999", "shewhart1931")),
    Claim(16, "a", "Messages tailored to segments work better.",
          ("referrals.from", "referrals.to", "referrals.customers", "referrals.converted"),
          "referrals inside a segment lead to purchases more often than those across",
          "conversion within segments is no higher than across", ("traag2019",)),
    Claim(17, "a", "Watching the community gives early warning.",
          ("partnerships.start", "partnerships.end", "shocks.period"), "tie formation turns before the shock",
          "signals come no earlier than by chance", ("shewhart1931",)),
    Claim(18, "a", "Adaptability keeps a community relevant.",
          ("partnerships.start", "partnerships.end", "shocks.period", "outcomes.exit"),
          "firms that change partners moderately survive longest", "every change of partners does harm"),
    # ── A3 resources, market reach, expertise
    Claim(19, "ab", "Members gain access to resources and support.",
          ("capabilities.tag", "partnerships.a"), "few steps reach most capabilities",
          "random networks with the same numbers of partners reach as much", ("borgatti1997",)),
    Claim(20, "b", "Partners widen expertise.", ("capabilities.tag", "partnerships.a"),
          "a firm with its partners can do more, with little overlap", "random partners would add as much"),
    Claim(21, "ab", "Partners widen the market.", ("markets.market", "markets.period", "partnerships.start"),
          "firms enter markets sooner where a partner is already", "partners make no difference to entry",
          ("hidalgo2007",)),
    Claim(22, "b", "Pooling lowers cost, in joint purchasing and marketing.",
          ("groups.group_id", "groups.firm", "governance.cost"), "joint cost is below the sum, and can be shared so "
          "that nobody leaves", "cost is not subadditive, or no stable sharing exists"),
    Claim(23, "ab", "Specialists together offer the full service.", ("capabilities.tag", "partnerships.a"),
          "bundles that customers ask for are covered by tied firms", "generalists cover as much with fewer ties"),
    Claim(24, "a", "Together small firms can bid for large clients.",
          ("groups.firm", "agreements.value", "referrals.value", "outcomes.revenue"), "joint contracts are larger",
          "joint bids are no larger, or are won less often"),
    Claim(25, "b", "Good partners are complementary, and can be searched for.", ("capabilities.tag", "partnerships.a"),
          "ties are likeliest at a medium distance of capabilities", "distance does not matter"),
    Claim(26, "b", "A platform or association helps to find partners.", ("groups.firm", "groups.start",
          "partnerships.start"), "ties form faster after two firms joined the same platform",
          "they formed as fast before"),
    # ── A4 the five collaboration models
    Claim(27, "b", "Strategic alliances are the flexible form.",
          ("partnerships.kind", "partnerships.start", "partnerships.end"), "alliances end sooner than other relations",
          "they last as long or longer, or cannot be told from other relations by their structure",
          ("kaplanmeier1958", "cohen1960")),
    Claim(28, "b", "Joint ventures are for large, long projects.",
          ("partnerships.kind", "partnerships.value|groups.value|agreements.value", "partnerships.start"),
          "joint ventures are worth more and last longer than other relations",
          "they are worth no more, last no longer, or cannot be told by their structure",
          ("kaplanmeier1958", "cohen1960")),
    Claim(29, "b", "Cooperatives create community.",
          ("groups.group_id", "groups.firm", "partnerships.a|referrals.from"),
          "fellow members are tied in other ways more often than members dealt at random",
          "they are tied no more often", ("hubert1987", "cohen1960")),
    Claim(30, "b", "Platforms scale: members grow while the cost of each tie falls.",
          ("groups.group_id", "groups.firm", "governance.record_id", "governance.cost"),
          "cost grows less than in proportion to members", "cost grows in proportion or faster", ("cohen1960",)),
    Claim(31, "b", "Supply-chain collaboration makes for a responsive flow through tiers.",
          ("supply.supplier", "supply.buyer"), "supply runs in tiers, with few cycles",
          "supply is no more tiered than if every delivery ran either way at random, or lead times do not follow tiers",
          ("johnson2014", "mackay2020", "cohen1960")),
    # ── A5 specialization, niches, clusters
    Claim(32, "ab", "Specialized, connected, cooperating firms achieve more than the sum of their parts.",
          ("capabilities.tag", "partnerships.a", "outcomes.revenue"), "members gain over matched firms outside",
          "no gain once selection is controlled"),
    Claim(33, "a", "Specialists hold niches that can be defended.", ("capabilities.firm_id", "capabilities.tag"),
          "narrow niches that overlap little", "specialists overlap as much as chance gives",
          ("levins1968", "pianka1973", "bluethgen2006")),
    Claim(34, "a", "Where generalists dominate, room opens for specialists.",
          ("markets.sales", "markets.period", "capabilities.tag", "outcomes.exit"),
          "specialists enter more and leave less as generalists concentrate", "the interaction has the wrong sign"),
    Claim(35, "a", "Specialization raises efficiency.", ("capabilities.tag", "outcomes.revenue", "outcomes.employees"),
          "revenue per employee falls with the width of the niche", "it does not fall"),
    Claim(36, "b", "Specialization makes firms depend on each other.",
          ("capabilities.firm_id", "capabilities.tag", "partnerships.a"), "narrow firms have more ties",
          "width and ties are unrelated, or narrow firms have fewer", ("levins1968",)),
    Claim(37, "a", "Specialists live in symbiosis rather than in competition.",
          ("capabilities.firm_id", "capabilities.tag", "partnerships.a"), "ties are likeliest where niches overlap "
          "moderately", "ties only rise with overlap", ("pianka1973",)),
    Claim(38, "a", "Proximity and relatedness make clusters.", ("firms.sector", "firms.region"),
          "sectors are localized beyond a random spread", "concentration lies within the random band",
          ("ellisonglaeser1997",)),
    Claim(39, "a", "Virtual clusters replace proximity.",
          ("firms.lat", "firms.lon", "partnerships.a", "groups.firm"),
          "distance deters ties less among members of a platform", "distance deters as much"),
    Claim(40, "a", "Selective communities do better than inclusive ones.",
          ("capabilities.tag", "partnerships.a"), "admitting generalists or outsiders adds nothing or does harm",
          "admitting them raises coverage or robustness"),
    Claim(41, "a", "Not all members benefit alike.", ("outcomes.revenue", "outcomes.period", "partnerships.start"),
          "gains differ by more than noise", "the effect is the same for all"),
    Claim(42, "ab", "Specialized and general communities differ in focus.",
          ("capabilities.firm_id", "capabilities.tag"), "two separate regimes of width", "no separation"),
    Claim(43, "ab", "Specialized communities work together deeply, general ones occasionally.",
          ("partnerships.a", "partnerships.formal|partnerships.start"), "more formal, longer, denser relations among "
          "specialists", "not more"),
    Claim(44, "ab", "General communities compete by goodwill, specialized ones by joint expertise.",
          ("capabilities.tag", "outcomes.revenue", "firms.founded"), "coverage of skills explains the premium",
          "tenure explains it"),
    Claim(45, "ab", "Specialized communities innovate disruptively, general ones step by step.",
          ("outcomes.launches", "capabilities.tag"), "more atypical combinations among specialists", "the same tail"),
    Claim(46, "ab", "Specialized communities reach farther markets.",
          ("firms.lat|firms.region", "referrals.from|markets.sales"), "larger distances, more ties out of the region",
          "the same reach"),
    Claim(47, "ab", "Specialized communities are the more resilient ones.",
          ("capabilities.firm_id", "capabilities.tag", "partnerships.a"),
          "the specialized community keeps more of its capabilities as firms leave",
          "it loses coverage faster under equal removals", ("schneider2011", "burgos2007")),
    Claim(48, "a", "Firms resist specialization until others go first.",
          ("capabilities.tag", "capabilities.period", "partnerships.start"), "adoption follows adopting partners",
          "partners do not matter"),
    # ── A6 innovation, knowledge, learning
    Claim(49, "a", "Strong, dense networks carry information, trust and innovation.",
          ("partnerships.a", "outcomes.launches"), "denser firms launch more",
          "they launch no more, or density slows learning in the long run"),
    Claim(50, "a", "Structure counts as well as strength: closure with reach brings innovation.",
          ("partnerships.a", "outcomes.launches"), "clustering and reach multiply", "no interaction"),
    Claim(51, "a", "Opening innovation to outsiders speeds it up.", ("groups.firm", "outcomes.launches"),
          "launches peak at a middling number of outside partners", "no peak"),
    Claim(52, "b", "Diverse partners spark innovation.", ("firms.sector", "partnerships.a", "outcomes.launches"),
          "diversity of partners raises launches, constraint lowers them", "no effect", ("burt1992", "blau1977")),
    Claim(53, "a", "Communities of practice share an identity.", ("firms.sector|capabilities.tag", "partnerships.a"),
          "ties join likes beyond chance", "they do not", ("coleman1958",)),
    Claim(54, "a", "Specialized places are hotbeds of innovation.",
          ("firms.region", "firms.sector", "outcomes.launches"), "launches rise with the location quotient",
          "only variety matters", ("frenken2007",)),
    Claim(55, "b", "Fast innovation cycles force firms to cooperate.",
          ("firms.sector", "outcomes.launches", "partnerships.start"), "sectors with short cycles form more ties",
          "no relation"),
    Claim(56, "b", "Together firms are sooner on the market.", ("outcomes.launches", "groups.start"),
          "joint projects launch earlier", "no earlier"),
    Claim(57, "a", "Shared knowledge leaks to rivals.",
          ("capabilities.confidential", "capabilities.firm_id", "firms.sector", "partnerships.a"),
          "rivals stand few steps from secrets", "the risk does not depend on the structure"),
    Claim(58, "b", "A shared culture of learning improves practice.",
          ("capabilities.tag", "capabilities.period", "partnerships.start"), "firms adopt what partners do",
          "a placebo network explains as much"),
    Claim(59, "b", "Firms can develop together, as open-source projects do.", ("groups.firm", "groups.role"),
          "contributors overlap beyond chance", "they do not", ("opsahl2013",)),
    # ── A7 resilience, dependence, risk
    Claim(60, "ab", "A community buffers downturns.", ("shocks.target", "shocks.period", "outcomes.revenue",
          "outcomes.period", "partnerships.a"), "embedded firms lose less", "partners pull each other down"),
    Claim(61, "a", "Being interconnected makes a cluster stable.", ("partnerships.a",),
          "it withstands losses", "it breaks at hubs, tiers or interdependent layers",
          ("albert2000", "schneider2011", "buldyrev2010")),
    Claim(62, "a", "Firms depend on few partners.", ("partnerships.a|referrals.from", "outcomes.revenue"),
          "concentrated firms lose more when a partner leaves", "concentration does not predict losses",
          ("emerson1962", "pfeffer1978")),
    Claim(63, "a", "Single firms can bring the network down.", ("partnerships.a",),
          "the loss of one firm cuts others off", "no single loss cuts"),
    Claim(64, "a", "Failures cascade.", ("supply.supplier", "supply.buyer"),
          "failures reach beyond direct partners", "they stop at the first",
          ("watts2002", "motter2002")),
    Claim(65, "a", "Spreading partners spreads risk.", ("partnerships.a", "outcomes.revenue", "outcomes.period"),
          "variance falls with the number of effective partners", "it does not"),
    Claim(66, "b", "Joint ventures share risk.", ("groups.kind", "outcomes.revenue", "outcomes.period"),
          "lower variance, at the price of correlation", "both rise"),
    Claim(67, "a", "Coordination costs bound the network.", ("partnerships.a", "governance.cost"),
          "an optimum inside the range", "more is always better"),
    Claim(68, "a", "Free riding erodes cohesion.", ("groups.firm", "groups.value", "outcomes.exit"),
          "the core persists where contributions are even", "structure does not matter"),
    Claim(69, "a", "Conflicts of interest unsettle ties.", ("partnerships.sign",), "triads are balanced",
          "no more than by chance"),
    Claim(70, "a", "Firms on a platform depend on it.", ("groups.kind", "groups.firm", "referrals.from"),
          "using several platforms makes the cluster more robust", "it changes nothing"),
    # ── A8 governance, automation, measurement
    Claim(71, "b", "Formal agreements prevent failure.",
          ("partnerships.formal", "partnerships.start", "partnerships.end"),
          "formal relations end later, at equal value and kind", "they end as soon or sooner", ("cox1972",)),
    Claim(72, "b", "Start small, then scale.",
          ("partnerships.value", "partnerships.start"),
          "the next deal of a pair is larger, and relations that began small last",
          "deals do not grow, or relations that began small end as soon", ("cox1972",)),
    Claim(73, "b", "Shared aims make joint work succeed.", ("capabilities.tag", "governance.target",
          "governance.actual"), "similar partners reach their targets", "similarity does not matter"),
    Claim(74, "ab", "Clear roles and governance help.", ("groups.role", "governance.target", "governance.actual"),
          "targets are reached where the form of governance fits size and density", "fit does not matter"),
    Claim(75, "b", "Trust shows in transparency: both sides report the tie.",
          ("partnerships.reported_by", "partnerships.start", "partnerships.end"),
          "ties that both sides report last longer", "they last no longer", ("krackhardt1987", "cox1972")),
    Claim(76, "ab", "Targets and accountability pay.", ("governance.kpi", "governance.adopted_on", "outcomes.revenue",
          "outcomes.period"), "revenue rises after adoption", "it rose as fast before"),
    Claim(77, "b", "Automation eases coordination.", ("governance.automation", "governance.adopted_on",
          "governance.cost"), "ties cost less after automation", "no change"),
    Claim(78, "ab", "Automation lets networks grow.", ("governance.automation", "governance.adopted_on",
          "partnerships.start"), "ties grow faster than firms", "the exponent does not move"),
    Claim(79, "b", "Sharing data improves joint forecasts.", ("supply.orders", "supply.period",
          "governance.data_sharing"), "orders vary no more than demand", "sharing changes nothing"),
    Claim(80, "a", "Recruiting by need beats recruiting at random.", ("firms.joined", "capabilities.tag",
          "partnerships.start"), "recruits fill gaps and are tied soon", "no better than random recruits"),
    Claim(81, "a", "A cluster can be designed with a boundary.",
          ("firms.region|firms.cluster|firms.registered", "partnerships.a|referrals.from"),
          "few ties cross the declared boundary", "as many cross as with a boundary drawn at random",
          ("newmangirvan2004",)),
    Claim(82, "a", "Shared infrastructure brings firms together.", ("groups.firm", "groups.start",
          "partnerships.start"), "ties form faster among users", "no faster"),
    Claim(83, "a", "Spending on community can be justified by data.", ("governance.cost", "outcomes.revenue"),
          "benefit exceeds cost", "the interval covers zero"),
    Claim(84, "b", "The network has properties that its members do not have.", ("partnerships.a|referrals.from",),
          "more closure than partners per firm and likeness of partners explain",
          "closure lies in the band of networks with the same partners per firm and mixing", ("maslov2002",)),
    Claim(85, "b", "Each benefit follows from a theory of the firm.", ("capabilities.tag", "partnerships.a",
          "outcomes.revenue"), "the gain runs through the channel that the theory names", "no mediation"),
)  # fmt: skip

REGISTER: dict[int, Claim] = {one.number: one for one in _ALL}
"""All claims by number, 1 to 85."""


def claim_of(number: int) -> Claim:
    """Return a claim by its number.

    Raises
    ------
    OptionError
        If there is no such claim.
    """
    if number not in REGISTER:
        raise OptionError(f"there is no claim {number!r}; claims are numbered 1 to {max(REGISTER)}.")
    return REGISTER[number]
