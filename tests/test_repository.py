"""The house in order: references, docstrings, pins, the README's example, and nothing of anybody's machine."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clusternet as cn

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "clusternet"
BIBLIOGRAPHY = (SOURCE / "references.bib").read_text(encoding="utf-8")
BIB_KEYS = re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY, flags=re.MULTILINE)
MODULES = [name for name in cn.__all__ if inspect.ismodule(getattr(cn, name))]
TEXT_ENDINGS = {".py", ".md", ".toml", ".txt", ".cff", ".bib", ".html", ".css", ".js", ".json", ".csv", ".yml", ""}


def project_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in TEXT_ENDINGS and path.is_file()]


def public_functions() -> list[tuple[str, object]]:
    found = []
    for name in set(MODULES) - {"errors"}:  # its two helpers word messages; their examples say all
        module = importlib.import_module(f"clusternet.{name}")
        for item in module.__all__:
            thing = getattr(module, item)
            if inspect.isfunction(thing):
                found.append((f"{name}.{item}", thing))
    return sorted(found, key=lambda pair: pair[0])


def test_reference_keys_are_unique_and_used():
    assert len(BIB_KEYS) == len(set(BIB_KEYS))
    words = "\n".join(p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py"))
    shipped = "\n".join(
        p.read_text(encoding="utf-8") for p in (SOURCE / "data").rglob("*") if p.suffix in {".json", ".csv", ".md"}
    )
    used = set(re.findall(r"\w+", words + shipped))
    unused = [key for key in BIB_KEYS if key not in used]
    assert unused == []


def test_every_cited_key_resolves():
    cited = {key for info in cn.list_measures() for key in info.cites}
    for path in SOURCE.rglob("*.py"):
        # A key looks like freeman1977: a lower-case word and a year from 1900 on.
        cited |= set(re.findall(r"\b([a-z]{3,}(?:18|19|20)\d\d[a-z]?)\b", path.read_text(encoding="utf-8")))
    unknown = sorted(key for key in cited if key not in BIB_KEYS and not key.startswith(("utf", "cordis", "h2020")))
    assert unknown == []


@pytest.mark.parametrize(
    ("name", "function"), public_functions(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_public_docstrings_name_every_parameter(name, function):
    text = inspect.getdoc(function) or ""
    assert text, f"{name} has no docstring"
    parameters = [p for p in inspect.signature(function).parameters if not p.startswith("_")]
    if len(parameters) > 1:
        section = re.search(r"Parameters\n-+\n(.*?)(?:\n\n[A-Z][A-Za-z ]+\n-+\n|\Z)", text, flags=re.DOTALL)
        assert section, f"{name} has no Parameters section"
        named = {
            word.strip("* ")
            for line in section[1].splitlines()
            if line[:1].strip()
            for word in line.split(":")[0].split(",")
        }
        assert set(parameters) <= named, f"{name} does not explain {sorted(set(parameters) - named)}"


@pytest.mark.parametrize(
    ("name", "function"), public_functions(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_public_signatures_put_options_behind_the_star(name, function):
    optional = [p for p in inspect.signature(function).parameters.values() if p.default is not inspect.Parameter.empty]
    # One object beside the subject may be positional (n_firms, k, linkage, measures); an option never.
    loose = [p.name for p in optional if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert len(loose) <= 1, f"{name} takes {loose} by position"


def test_constraints_hold_versions_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 50
    for line in lines:
        assert re.fullmatch(r"[a-z0-9._-]+==[\w.+!]+( ; [\w\s'\"<>=!.()]+)?", line), line


def test_no_path_of_a_machine_and_no_registry_host_in_the_project():
    home, parent = str(Path.home()) + "/", str(ROOT.parent) + "/"
    hosts = ["pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "deb.debian" + ".org"]
    for path in project_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        for word in (home, parent, *hosts):
            assert word not in text, f"{path.relative_to(ROOT)} names {word}"


def test_versions_agree():
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert version == cn.__version__
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_contributing_is_short():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 100


def readme_example() -> str:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)[0]


def test_readme_example_runs_and_says_what_it_says():
    code = readme_example()
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    for promise in re.findall(r"#\s*→\s*(.+)", code):
        assert promise.strip() in run.stdout


def test_readme_links_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_import_is_light():
    heavy = "('igraph', 'matplotlib', 'statsmodels', 'numba', 'pandas')"
    code = f"import sys, clusternet; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_public_name_loads():
    for name in cn.__all__:
        assert getattr(cn, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        cn.nothing_of_the_kind  # noqa: B018
