"""Words that tell sister firms apart though they look alike: "Zirkonia Nord" is not "Zirkonia Süd" misspelled.

One class a line, spelled as `normalize` leaves words: lower case, no accents. Two words that differ in nothing
but which member of a class they hold ("Ostpark", "Westpark") name two things. The classes are the contrasts that names
of firms live on in the languages of Europe, and trades and places a letter apart; a person decides what they tell.
"""

from __future__ import annotations

from itertools import permutations

from rapidfuzz.distance import Postfix, Prefix

__all__ = ["tells_apart"]

_TABLE = """
nord norr norra noord north northern norte nor sud south southern sur zuid syd sodra \
ost oost oster ostra east eastern est este west western ouest oeste vast vastra
nordost nordwest sudost sudwest northeast northwest southeast southwest
eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf
erste zweite dritte vierte funfte sechste siebte achte neunte zehnte elfte zwolfte
one two three four five six seven eight nine ten eleven twelve
first second third fourth fifth sixth seventh eighth ninth tenth
un deux trois quatre cinq sept huit neuf dix
uno due tre quattro cinque sei sette otto nove dieci dos tres cuatro cinco seis siete ocho nueve diez
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda sigma omega
im ex
in ex out
intern extern
on off
online offline
ein ver aus
an ab
vor nach
pre post
up down
upper lower middle
ober unter nieder mittel
inner outer
innen aussen
inland ausland
hoch tief holz
hochbau tiefbau holzbau
alt neu
old new
gross klein fein
big small
major minor
links rechts
left right
front back
vorder hinter
senior junior
sr jr
sohn sohne tochter
son sons daughter
bruder schwester
male female
man woman
men women
herren damen
manner frauen
hans heinz
christian christina christine
legal illegal
analog digital
mikro makro
micro macro
hetero homo
mono poly
uk us
bau bad
food wood
hotel hostel motel
maler makler
media medica medical
dental rental mental
metall mental
steel steal
vermietung vermittlung
freiburg freiberg
hamburg homburg harburg marburg
linz lienz
mainz main
altena altona
minden menden
wesel wedel
austria australia
iran irak iraq
niger nigeria
mali malawi
slovakia slovenia
slowakei slowenien
"""


def _differing(left: str, right: str) -> tuple[str, str]:
    """Return two words without what they begin and end with alike."""
    begin = Prefix.similarity(left, right)
    left, right = left[begin:], right[begin:]
    end = Postfix.similarity(left, right)
    return left[: len(left) - end], right[: len(right) - end]


_SWAPS: dict[tuple[str, str], list[tuple[str, str]]] = {}
for _line in _TABLE.strip().splitlines():
    for _swap in permutations(_line.split(), 2):
        _SWAPS.setdefault(_differing(*_swap), []).append(_swap)


def tells_apart(left: str, right: str) -> bool:
    """Return whether two words differ in a member of a class alone.

    Examples
    --------
    >>> tells_apart("ostpark", "westpark"), tells_apart("zirkonia", "zirkonai")
    (True, False)
    """
    swaps = _SWAPS.get(_differing(left, right), ())
    return any(left.replace(one, other, 1) == right for one, other in swaps if one in left)
