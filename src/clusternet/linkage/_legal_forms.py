"""Legal forms by country, spelled as `normalize` leaves them: lower case, no accents, no dots.

One line a form: its class, the countries that use it, and the spellings. Classes are what two names agree or
disagree on ("Ltd" and "Limited" agree). The countries decide only for `LOCAL` spellings, those so short or so like a
word that elsewhere they are part of a name. Sources: the national company acts; the forms listed here are those in
common use, and a form that is missing is simply kept as a word of the name.
"""

from __future__ import annotations

__all__ = ["FORMS", "LOCAL", "MEMBERS", "SPELLINGS"]

_TABLE = """
gmbh & co kg|DE AT|gmbh and co kg;gmbh u co kg;gmbh co kg;gmbh and co;ug and co kg
gmbh & co kg|DE AT|ag and co kg;mbh and co kg;gmbh and co ohg
gmbh & co kgaa|DE|gmbh and co kgaa;ag and co kgaa;se and co kgaa
gmbh|DE AT CH LI|gmbh;mbh;ges mbh;gesmbh;ggmbh;gesellschaft mit beschrankter haftung;gesellschaft mbh
ug|DE|ug;ug haftungsbeschrankt;unternehmergesellschaft;unternehmergesellschaft haftungsbeschrankt
ag|DE AT CH LI|ag;aktiengesellschaft
kgaa|DE|kgaa
kg|DE AT CH|kg;and co kg;co kg;kommanditgesellschaft
ohg|DE AT|ohg;offene handelsgesellschaft
gbr|DE|gbr;gesellschaft burgerlichen rechts
eg|DE AT|eg;eingetragene genossenschaft
ek|DE|ek;ekfm;ekfr;eingetragener kaufmann;inh
ev|DE AT|ev;eingetragener verein
eu|AT|eu
ltd|GB UK IE MT CY IN HK NZ AU CA ZA NG KE GH IL US SG|ltd;limited;co ltd;co limited;company limited
ltd|GB UK IE MT CY IN HK NZ AU CA ZA NG KE GH IL US SG|and co ltd;and co limited;ltd co
pvt ltd|IN PK BD LK ZA|pvt ltd;private limited;pvt limited;private ltd;p ltd
pty ltd|AU ZA|pty ltd;pty limited;proprietary limited;pty
pte ltd|SG|pte ltd;pte limited;pte
plc|GB UK IE MT CY|plc;public limited company
llp|GB UK US IN CA|llp;limited liability partnership
cic|GB UK|cic;community interest company
clg|IE|clg;company limited by guarantee
dac|IE|dac;designated activity company
llc|US AE RU UA|llc;limited liability company;lc
inc|US CA|inc;incorporated
corp|US CA|corp;corporation
co|US CA GB UK IE CN|co;and co;and company;company
lp|US CA GB UK|lp;limited partnership
sa|FR BE LU CH ES PT PL RO GR AR MX BR CL PE CO|sa;societe anonyme;sociedad anonima;sociedade anonima;spolka akcyjna;sau
sarl|FR LU CH MA TN|sarl;sa rl;sarlu;eurl;societe a responsabilite limitee
sas|FR CO|sas;sasu;societe par actions simplifiee
sca|FR LU|sca
snc|FR IT BE|snc;societe en nom collectif
sci|FR|sci
scop|FR|scop
scs|FR LU|scs
srl|IT RO AR BE MD ES|srl;societa a responsabilita limitata;srls;srlu;sccl
spa|IT|spa;societa per azioni
sapa|IT|sapa
sas it|IT|di and c sas
scarl|IT|scarl;scrl;soc coop arl;societa cooperativa;soc coop;scpa;scpl
bv|NL BE CW|bv;besloten vennootschap;bvba;sprl
nv|NL BE CW SR|nv;naamloze vennootschap
vof|NL BE|vof
cv|NL BE|cv;cvba
se|EU|se;societas europaea
sl|ES|sl;slu;sociedad limitada;slp;sll
scoop|ES|s coop;scoop;sociedad cooperativa;coop v
lda|PT|lda;limitada;unipessoal lda;ltda;ltda me
oy|FI|oy;oyj;osakeyhtio;oy ab;ab oy
ky|FI|ky
ab|SE FI|ab;aktiebolag;ab publ
hb|SE|hb;handelsbolag
kb|SE|kb;kommanditbolag
aps|DK|aps;anpartsselskab
as|DK NO EE CZ SK TR LV|as;asa;aksjeselskap;aktieselskab;akciova spolocnost
as|DK NO EE CZ SK TR LV|akciova spolecnost;anonim sirketi;aktsiaselts
is|DK|is
ks|DK NO|ks
hf|IS|hf;ehf;ohf
ou|EE|ou;osauhing
sia|LV|sia;sabiedriba ar ierobezotu atbildibu
uab|LT|uab;uzdaroji akcine bendrove
doo|SI HR RS BA ME MK|doo;d oo;druzba z omejeno odgovornostjo;drustvo s ogranicenom odgovornoscu;dooel
dd|SI HR BA|dd;delniska druzba;dionicko drustvo
jdoo|HR|jdoo
sp|SI|sp
sro|CZ SK|sro;spol s ro;spol sro;spolecnost s rucenim omezenym;spolocnost s rucenim obmedzenym
vos|CZ SK|vos
sp z oo|PL|sp z oo;sp zoo;spzoo;spolka z oo;spolka z ograniczona odpowiedzialnoscia;sp z oo sp k
sp k|PL|sp k;spk;spolka komandytowa
sp j|PL|sp j;spj;spolka jawna
kft|HU|kft;korlatolt felelossegu tarsasag;korlatolt felelossegutarsasag
bt|HU|bt;beteti tarsasag
zrt|HU|zrt;zartkoruen mukodo reszvenytarsasag
nyrt|HU|nyrt;nyilvanosan mukodo reszvenytarsasag
rt|HU|rt;reszvenytarsasag
eood|BG|eood;еоод
ood|BG|ood;оод
ead|BG|ead;еад
ad|BG RS ME MK|ad;ад
ae|GR CY|ae;αε;ανωνυμη εταιρεια;anonymi etaireia
epe|GR|epe;επε;ε π ε
ike|GR|ike;ικε
oe|GR|oe;οε
ltd sti|TR|ltd sti;limited sirketi;san ve tic ltd sti;san tic ltd sti;tic ltd sti
sh pk|AL XK|sh pk;shpk
ooo|RU BY|ooo;ооо
oao|RU BY|oao;оао
zao|RU BY|zao;зао
pao|RU|pao;пао
tov|UA|tov;тов
kk|JP|kk;kabushiki kaisha;株式会社
"""

FORMS: dict[tuple[str, ...], tuple[str, frozenset[str]]] = {
    tuple(spelling.split()): (label, frozenset(countries.split()))
    for line in _TABLE.strip().splitlines()
    for label, countries, spellings in [line.split("|")]
    for spelling in spellings.split(";")
}
"""Tokens of a spelling -> (class, countries)."""

LOCAL = frozenset(
    tokens
    for tokens in FORMS
    if len(tokens) == 1 and (len(tokens[0]) <= 2 or tokens[0] in {"spa", "sia", "inh", "pty"})
)
"""Spellings that count as a legal form only in their countries, or where the country is not known."""

MEMBERS = frozenset({"ev", "eg", "scop", "scoop", "cic", "clg"})
"""Classes of associations and cooperatives, which often own a company of the same name: never the same body."""

SPELLINGS: dict[str, tuple[str, ...]] = {}
for _tokens, (_label, _) in FORMS.items():
    if len(_tokens) == 1:
        SPELLINGS[_label] = (*SPELLINGS.get(_label, ()), _tokens[0])
"""Class -> its spellings of one word."""
