"""Make the harbor district: simulated records, the same bytes on every run.

python data/harbor_district/make.py [FOLDER]
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clusternet import simulate

if TYPE_CHECKING:
    from clusternet.simulate import Simulation

CLUSTER_SEED, MESS_SEED = 20_240_601, 7
CLUSTER = {"n_firms": 291, "n_partnerships": 781, "n_referrals": 1_450, "years": (2019, 2024)}
RATES = {"self_tie": 0.0055}  # with the extra rows of mess this makes 300, 800 and 1,500 rows

TABLES = {
    "firms": "The registry: one row per registration. A few firms are registered twice.",
    "partnerships": (
        "One row per report of a partnership between two firms; `a` and `b` are names as people wrote them.\n"
        "In a supply row `a` delivers `input` to `b`. A tie that both sides report makes two rows."
    ),
    "groups": "Agreements of many parties: one row per agreement and party, by firm id.",
    "agreements": "One row per agreement: name, kind, dates, value.",
    "referrals": "One row per referral: `from` sent `customers` to `to`, of whom `converted` bought for `value` euros.",
    "capabilities": "What a firm can do: one row per firm id and tag, with a weight in [0, 1].",
}

SHEET = """# Harbor district: simulated records of a business cluster

**Everything here is simulated.** No firm, person, town or deal in these files exists; any likeness is chance. The
records were made by `make.py` with clusternet's own simulator, so that it is known what a right analysis must find.
Do not cite a number from them as a fact about any economy.

- **What**: firms, partnerships of all five kinds, agreements of many parties and six years of referrals (2019-2024) of
  a harbor cluster with one anchor shipyard and its suppliers (archetype "hub_and_spoke").
- **How made**: `python data/harbor_district/make.py` writes every file of this folder except itself, byte for byte the
  same on every run (cluster seed {cluster_seed}, mess seed {mess_seed}); a test does it again and compares.
- **License**: CC0 1.0 (public domain dedication). The script is BSD-3-Clause like the rest of the repository.
- **Format**: CSV, UTF-8, comma, one header row; the same tables as sheets of `xlsx/harbor_district.xlsx`. The workbook
  stands in a folder of its own because a reader of this folder would otherwise find every table twice.
- **Beware**: some firm names are hostile on purpose, such as `=SUM(1+1) Consulting`. They are text in the workbook, but
  a spreadsheet that opens the CSV may take them for formulas.

## Tables

{tables}

## What was planted

{planted}

The whole truth is in `answers/planted.json`, `answers/communities.csv` (community of every firm) and
`answers/links.csv` (which firm each name, as written, means; registry duplicates too).

## What was made dirty

{n_answers:,} mistakes, a few percent of the cells, each listed in `answers/answers.csv` with the right value (`row` is
0-based; add 2 for the row of the CSV file). A kind of mistake can befall several tables.

{dirt}

## Checksums (sha256)

{checksums}
"""

PLANTED = """\
- **Hub** {truth.hub} ({hub}): by far the most partners; most of them supply it.
- **Broker** {truth.broker} ({broker}): the only firm that joins the {n_far} firms of the far side to the rest, an
  articulation firm.
- **Sole supplier** {truth.sole_supplier} ({supplier}): the only supplier of {truth.sole_input}, to {n_customers} firms;
  every other input has two suppliers or more.
- **Platform** {truth.platform} ({platform}): {n_members} complementors, partly in
  partnerships.csv, partly in groups.csv.
- **Core**: {n_core} firms, hub included, densely allied and members of one cooperative.
- **Communities**: {n_communities}. **Isolates**: {n_isolates} registered firms that no record names."""


def make(folder: Path) -> Simulation:
    """Write the data set into `folder` and return the simulation."""
    clean = simulate.cluster(**CLUSTER, archetype="hub_and_spoke", seed=CLUSTER_SEED)
    messy = simulate.mess(clean, rates=RATES, seed=MESS_SEED)
    paths = messy.write(folder, xlsx=folder / "xlsx" / "harbor_district.xlsx", answers=folder / "answers")
    (folder / "README.md").write_text(data_sheet(messy, paths, folder), encoding="utf-8", newline="\n")
    return messy


def data_sheet(messy: Simulation, paths: list[Path], folder: Path) -> str:
    """Return README.md with the counts as they are."""
    truth = messy.truth
    name = clean_names(messy)
    tables = []
    for table, frame in messy.tables.items():
        columns = ", ".join(f"`{column}`" for column in frame.columns)
        tables.append(f"### {table}.csv ({len(frame):,} rows)\n{TABLES[table]}\n\nColumns: {columns}.")
    planted = PLANTED.format(
        truth=truth,
        hub=name[truth.hub],
        broker=name[truth.broker],
        n_far=len(truth.far_side),
        supplier=name[truth.sole_supplier],
        n_customers=len(truth.sole_customers),
        platform=name[truth.platform],
        n_members=len(truth.platform_members),
        n_core=len(truth.core),
        n_communities=truth.communities.nunique(),
        n_isolates=len(truth.isolates),
    )
    dirt = messy.answers["dirt"].value_counts().sort_index()
    checksums = [
        f"- `{path.relative_to(folder).as_posix()}` {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths
    ]
    return SHEET.format(
        cluster_seed=CLUSTER_SEED,
        mess_seed=MESS_SEED,
        tables="\n\n".join(tables),
        planted=planted,
        n_answers=len(messy.answers),
        dirt="\n".join(f"- {kind.replace('_', ' ')}: {count}" for kind, count in dirt.items()),
        checksums="\n".join(checksums),
    )


def clean_names(messy: Simulation) -> dict[str, str]:
    """Return the registered name of every firm."""
    firms = messy.tables["firms"]
    return dict(zip(firms["firm_id"], firms["name"], strict=True))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    print(make(target))
