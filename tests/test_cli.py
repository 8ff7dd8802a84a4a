"""The command line: what it prints, where it writes, and its three exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from clusternet.cli import main

ROOT = Path(__file__).parents[1]
DISTRICT = ROOT / "data" / "harbor_district"
COMMAND = [sys.executable, "-c", "from clusternet.cli import main; main()"]


def run(*arguments, cwd=ROOT):
    """Run the command here: a process of its own would spend most of its time on imports."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    command = mock.patch.object(sys, "argv", ["clusternet", *map(str, arguments)])
    with command, contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def run_alone(*arguments, cwd=ROOT):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture
def folder(tmp_path):
    """A tiny, clean cluster: five firms, four partnerships, two referrals."""
    here = tmp_path / "records"
    here.mkdir()
    (here / "firms.csv").write_text(
        "firm_id,name,sector\nF1,Ada Yachts,repair\nF2,Bo Ropes,supply\nF3,Cy Sails,supply\n"
        "F4,Di Docks,port\nF5,El Inn,hotel\n"
    )
    (here / "partnerships.csv").write_text(
        "kind,a,b,start\nalliance,F1,F2,2021-01-01\nsupply,F2,F3,2021-02-01\nalliance,F1,F4,2022-01-01\nalliance,F3,F4,\n"
    )
    (here / "referrals.csv").write_text("from,to,date\nF1,F2,2021-05-05\nF2,F1,2021-06-05\n")
    return here


def test_help_reads_like_a_person_wrote_it():
    done = run("--help")
    assert done.returncode == 0
    for word in ("report", "check", "Exit codes", "small businesses"):
        assert word in done.stdout
    assert "--out" in run("report", "--help").stdout
    assert "--strict" in run("check", "--help").stdout
    assert "Exit codes" in run("report", "--help").stdout


def test_version():
    import clusternet as cn

    assert run_alone("--version").stdout.strip() == cn.__version__


def test_check_counts_rows_and_exits_zero(folder):
    done = run("check", folder)
    assert done.returncode == 0
    assert "5" in done.stdout
    assert "firms" in done.stdout
    assert "Traceback" not in done.stderr


def test_check_json_is_strict_json_with_read_equal_to_kept_plus_rejected(folder):
    (folder / "partnerships.csv").write_text("kind,a,b,start\nalliance,F1,F1,2021-01-01\nalliance,F1,F2,31/02/2021\n")
    told = json.loads(run("check", folder, "--json").stdout)
    assert told["counts"]["partnerships"]["read"] == 2
    assert told["counts"]["partnerships"]["rejected"] == 1
    for counts in told["counts"].values():
        assert counts["read"] == counts["kept"] + counts["rejected"]
    assert any(issue["value"] == "31/02/2021" and issue["row"] == 3 for issue in told["issues"])


def test_check_strict_exits_one_only_when_there_is_a_problem(folder):
    assert run("check", folder, "--strict").returncode == 0
    (folder / "partnerships.csv").write_text("kind,a,b\nalliance,F1,F1\nalliance,F1,F2\n")
    assert run("check", folder, "--strict").returncode == 1
    assert run("check", folder).returncode == 0


@pytest.mark.parametrize("command", [("check",), ("report", "--out", "out")])
def test_a_missing_folder_is_said_in_one_paragraph_with_code_two(tmp_path, command):
    done = run_alone(command[0], tmp_path / "nowhere", *command[1:], cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_has_code_two(folder):
    assert run("report", folder).returncode == 2
    assert run("rapport").returncode == 2


def test_a_wrong_setting_is_named(folder, tmp_path):
    config = tmp_path / "cluster.toml"
    config.write_text("[resilience]\ndraws = 0\n")
    done = run("report", folder, "--out", tmp_path / "out", "--config", config)
    assert done.returncode == 2
    assert "resilience.draws" in done.stderr
    assert not (tmp_path / "out").exists()


def test_report_writes_only_under_out_and_says_where(folder, tmp_path):
    out = tmp_path / "out"
    config = folder / "few.toml"
    config.write_text("[theory]\ndraws = 0\n[resilience]\ndraws = 20\nnull_draws = 0\n[brokerage]\ndraws = 19\n")
    before = sorted(folder.rglob("*"))
    done = run("report", folder, "--out", out, "--config", config, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip().split()[-1])
    assert page.suffix == ".html"
    assert (tmp_path / page).is_file()
    assert sorted(folder.rglob("*")) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "records"]


@pytest.mark.slow
def test_report_says_how_many_rows_were_rejected(folder, tmp_path):
    (folder / "partnerships.csv").write_text("kind,a,b\nfriendship,F1,F2\nalliance,F1,F2\n")
    done = run("report", folder, "--out", tmp_path / "out")
    assert done.returncode == 0
    assert "Warning: partnerships: 2 rows read, 1 kept, 1 rejected" in done.stderr


@pytest.mark.slow
def test_report_quiet_prints_nothing_and_json_prints_only_json(folder, tmp_path):
    quiet = run("report", folder, "--out", tmp_path / "a", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    told = run("report", folder, "--out", tmp_path / "b", "--json")
    numbers = json.loads(told.stdout)
    assert numbers
    assert "report.html" in told.stderr


def test_a_report_that_fails_leaves_nothing(folder, tmp_path):
    (folder / "firms.csv").write_text("firm_id,name\nF1,Ada\nF1,Bo\n")
    done = run("report", folder, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "F1" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_example_report(tmp_path):
    done = run("report", DISTRICT, "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_reproduce_writes_the_ledger_and_tells_each_finding(tmp_path):
    out = tmp_path / "ledger.csv"
    done = run("reproduce", "--only", "B1", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "as published" in done.stdout
    assert "boards" in done.stdout
    first = out.read_bytes()
    assert first.startswith(b"finding,quantity,published,source,tag,computed,tolerance,passed,note\n")
    quiet = run("reproduce", "--only", "B1", "--out", out, "--quiet")
    assert quiet.stdout == ""
    assert out.read_bytes() == first


def test_reproduce_refuses_a_finding_it_does_not_know(tmp_path):
    done = run("reproduce", "--only", "B77", "--out", tmp_path / "ledger.csv")
    assert done.returncode == 2
    assert "B77" in done.stderr
    assert not list(tmp_path.iterdir())


def test_claims_are_told_in_words_and_written(folder, tmp_path):
    out = tmp_path / "claims.csv"
    done = run("claims", folder, "--draws", 39, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "What theory claims" in done.stdout
    assert "NOT TESTED" in done.stdout
    assert "No firm is an island." in done.stdout
    assert "no outcomes (firm_id, revenue)" in done.stdout.replace("\n     ", " ")
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 86
    assert lines[0].startswith("number,section,claim,status,verdict,agrees,estimate,low,high,p,n")
    first = out.read_bytes()
    told = run("claims", folder, "--draws", 39, "--out", out, "--json")
    assert [row["number"] for row in json.loads(told.stdout)] == list(range(1, 86))
    assert out.read_bytes() == first


def test_claims_refuse_a_folder_that_is_not_there(tmp_path):
    done = run("claims", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
