"""The report in a real browser: nothing leaves, nothing fails, everything is drawn, and the map answers."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from clusternet import Network, make_report, plots, simulate, write_report
from clusternet.report import Heading, Map, Report, ReportConfig, render_html
from clusternet.report._charts import network_data
from clusternet.resilience import attribute_connected, remove_firms
from clusternet.result import Settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--window-size=1300,900", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
)  # fmt: skip
HOSTILE = "</script><script>window.caught = 1</script>"
QUOTED = """"A" & 'B' <b onclick="window.caught = 1">&amp;</b> \U0001f6a2 \u6e2f"""


class Browser:
    """Speaks to headless Chromium over its debugging pipe (file descriptors 3 and 4), messages parted by NUL."""

    def __init__(self, profile: Path) -> None:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (theirs_in, theirs_out)]

        def hand_over() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [CHROMIUM, *QUIET, f"--user-data-dir={profile}"],
            preexec_fn=hand_over,  # noqa: PLW1509 (the pipe must stand at 3 and 4; no threads here)
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (theirs_in, theirs_out, *high):
            os.close(end)
        self.out, self.into = ours_out, ours_in
        self.buffer = b""
        self.count = 0
        self.events: list[dict[str, Any]] = []
        self.opened: set[str] = set()
        self.session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def receive(self, seconds: float = 60) -> dict[str, Any]:
        import select

        until = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready = select.select([self.into], [], [], max(until - time.monotonic(), 0))[0]
            if not ready:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self.into, 1 << 20)
            if not chunk:
                raise ConnectionError("the browser has gone")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, url: str) -> None:
        before = len(self.events)
        self.opened.add(url)
        self.ask("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events[before:]):
            self.events.append(self.receive())

    def run(self, script: str) -> Any:
        result = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def close(self) -> None:
        with contextlib.suppress(OSError, AssertionError, TimeoutError):
            os.write(self.out, b'{"id":0,"method":"Browser.close"}\0')
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.into)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    made = simulate.cluster(80, seed=4)
    tables = dict(made.tables)
    tables["firms"] = tables["firms"].copy()
    tables["firms"].loc[3, "name"] = HOSTILE
    tables["firms"].loc[5, "name"] = QUOTED
    config = ReportConfig.from_dict(
        {
            "resilience": {"draws": 50, "null_draws": 19, "introductions": 2},
            "dynamics": {"draws": 0},
            "cohesion": {"runs": 3},
        }
    )
    return write_report(make_report(tables, config=config), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory, page):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    opened = Browser(tmp_path_factory.mktemp("profile"))
    try:
        opened.open(page.as_uri())
        yield opened
    finally:
        opened.close()


def drawn(browser: Browser) -> int:
    """Count the pixels of the map that are not white."""
    return browser.run(
        """(async () => {
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          const map = document.getElementById("viewer-canvas"), copy = document.createElement("canvas");
          copy.width = map.width; copy.height = map.height;
          const pen = copy.getContext("2d", {willReadFrequently: true});
          pen.drawImage(map, 0, 0);
          const dots = pen.getImageData(0, 0, map.width, map.height).data;
          let count = 0;
          for (let i = 0; i < dots.length; i += 4)
            if (dots[i + 3] && dots[i] + dots[i + 1] + dots[i + 2] < 740) count++;
          return count; })()"""
    )


def panel(browser: Browser) -> str:
    return browser.run("document.getElementById('viewer-panel').innerText")


def type_name(browser: Browser, name: str) -> None:
    browser.run(
        f"""(() => {{ const field = document.getElementById("viewer-search"); field.value = {json.dumps(name)};
        field.dispatchEvent(new Event("input"));
        field.dispatchEvent(new KeyboardEvent("keydown", {{key: "Enter"}})); }})()"""
    )


def press(browser: Browser, key: str) -> None:
    browser.run(
        "document.getElementById('viewer-canvas').dispatchEvent("
        f"new KeyboardEvent('keydown', {{key: {json.dumps(key)}, bubbles: true}}))"
    )


def data(browser: Browser) -> dict[str, Any]:
    return browser.run("JSON.parse(document.getElementById('viewer-data').textContent)")


def test_every_picture_is_shown(browser):
    sizes = browser.run(
        "[...document.images].map(image => [image.complete, image.naturalWidth, image.naturalHeight, image.alt.length,"
        "image.getBoundingClientRect().width])"
    )
    assert len(sizes) >= 5
    assert all(complete and min(rest) > 10 for complete, *rest in sizes)


def test_the_map_is_drawn(browser):
    assert drawn(browser) > 2_000


def test_searching_shows_numbers_and_partners(browser):
    known = data(browser)
    firm = max(range(len(known["size"])), key=known["size"].__getitem__)
    before = drawn(browser)
    type_name(browser, known["firms"][firm].upper())
    told = panel(browser)
    assert told.startswith(known["firms"][firm])
    partners = known["a"].count(firm) + known["b"].count(firm)
    assert f"{partners} partners shown" in told
    assert dict(map(tuple, known["columns"]))["partners"][firm] == str(partners)
    assert drawn(browser) != before


def test_a_partner_can_be_followed_and_let_go(browser):
    known = data(browser)
    type_name(browser, known["firms"][known["order"][0]])
    first = panel(browser)
    browser.run("document.querySelector('#viewer-panel li button').click()")
    assert panel(browser).splitlines()[0] != first.splitlines()[0]
    press(browser, "Escape")
    assert panel(browser).startswith(f"{len(known['firms'])} firms")


def test_the_keyboard_steps_pans_and_zooms(browser):
    known = data(browser)
    press(browser, "Escape")
    press(browser, "n")
    assert panel(browser).startswith(known["firms"][known["order"][0]])
    press(browser, "n")
    press(browser, "p")
    assert panel(browser).startswith(known["firms"][known["order"][0]])
    press(browser, "Escape")
    whole = drawn(browser)
    for _ in range(12):
        press(browser, "ArrowLeft")
    for _ in range(12):
        press(browser, "ArrowUp")
    moved = drawn(browser)
    assert moved < whole / 2
    press(browser, "0")
    assert drawn(browser) == whole
    press(browser, "+")
    assert drawn(browser) != whole
    press(browser, "0")


def test_a_layer_can_be_hidden(browser):
    press(browser, "Escape")
    whole = drawn(browser)
    boxes = "document.querySelectorAll('#viewer-layers input')"
    names = browser.run("[...document.querySelectorAll('#viewer-layers label')].map(label => label.innerText.trim())")
    assert names == [name for name, _ in data(browser)["layers"]]
    browser.run(f"{boxes}.forEach(box => box.click())")
    bare = drawn(browser)
    assert bare < whole
    type_name(browser, data(browser)["firms"][0])
    assert "0 partners shown" in panel(browser)
    browser.run(f"{boxes}.forEach(box => box.click())")
    press(browser, "Escape")
    assert drawn(browser) == whole


def test_a_click_on_a_dot_chooses_the_firm(browser):
    press(browser, "Escape")
    press(browser, "0")
    place = browser.run(
        """(() => {
          const data = JSON.parse(document.getElementById("viewer-data").textContent), i = data.order[0];
          const map = document.getElementById("viewer-canvas"), box = map.getBoundingClientRect();
          const scale = 0.94 * Math.min(box.width / data.width, box.height / data.height);
          map.scrollIntoView({block: "center", behavior: "instant"});
          const now = map.getBoundingClientRect();
          return [now.left + (box.width - scale * data.width) / 2 + scale * data.x[i],
                  now.top + (box.height - scale * data.height) / 2 + scale * data.y[i]]; })()"""
    )
    for kind in ("mousePressed", "mouseReleased"):
        browser.ask("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)
    known = data(browser)
    assert panel(browser).startswith(known["firms"][known["order"][0]])


def test_names_stay_names(browser):
    assert browser.run("window.caught === undefined && document.scripts.length === 2")
    for name in (HOSTILE, QUOTED):
        type_name(browser, name)
        assert panel(browser).startswith(name)
        browser.run("document.getElementById('viewer-leave').click()")
        assert browser.run("document.getElementById('viewer-said').innerText").startswith(f"{name} has left. The")
        assert browser.run("document.querySelector('#viewer-gone button').innerText") == f"{name} \u21a9"
        assert browser.run("document.querySelectorAll('#viewer b').length") == 0
    browser.run("document.getElementById('viewer-back').click()")
    press(browser, "Escape")
    assert browser.run("window.caught === undefined && document.scripts.length === 2")


# ── what if firms leave ──


def tally(browser: Browser, when: str = "now") -> dict[str, int]:
    """Return the numbers that the page tells."""
    cells = f"""#viewer-tally td[data-when="{when}"]"""
    cells = browser.run(f"[...document.querySelectorAll('{cells}')].map(c => [c.dataset.of, c.innerText])")
    return {name: int(text.replace(",", "")) for name, text in cells}


def expected(net: Network, gone: list[Any]) -> dict[str, int]:
    """Return the same numbers as clusternet computes them."""
    flat = net.undirected()
    responses: list[Any] = ["giant_share", "reachable_pairs"]
    jobs = net.firms["employees"].fillna(0.0).rename("jobs") if "employees" in net.firms.columns else None
    if jobs is not None:
        responses.append(attribute_connected(jobs))
    left = remove_firms(flat, order=gone, responses=responses).curve.iloc[-1]
    told = {"firms": net.n_firms - len(gone), "giant": round(left["giant_share"] * net.n_firms)}
    told["pairs"] = int(left["reachable_pairs"])
    return told | (
        {"own": int(jobs.drop(gone).sum()), "jobs": round(left["jobs_connected"])} if jobs is not None else {}
    )


def place_of(browser: Browser, firm: int) -> list[float]:
    """Return where a firm stands in the window, the map being whole."""
    return browser.run(
        f"""(() => {{
          const data = JSON.parse(document.getElementById("viewer-data").textContent), i = {firm};
          const map = document.getElementById("viewer-canvas");
          map.scrollIntoView({{block: "center", behavior: "instant"}});
          const box = map.getBoundingClientRect();
          const scale = 0.94 * Math.min(box.width / data.width, box.height / data.height);
          return [box.left + (box.width - scale * data.width) / 2 + scale * data.x[i],
                  box.top + (box.height - scale * data.height) / 2 + scale * data.y[i]]; }})()"""
    )


def click(browser: Browser, place: list[float]) -> None:
    for kind in ("mousePressed", "mouseReleased"):
        browser.ask("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)


def cluster_page(n: int, folder: Path) -> tuple[Network, Path]:
    """Write a page that holds nothing but the map of a cluster, its firms spread over the page."""
    from clusternet import build_network

    net = build_network(simulate.cluster(n, seed=7).records)
    rng = np.random.default_rng(1)
    # One firm stands alone in a corner, so that a click can mean no other.
    positions = pd.DataFrame({"x": rng.uniform(0.2, 1, net.n_firms), "y": rng.uniform(0.2, 1, net.n_firms)})
    best = int(np.argmax(net.undirected().simple().csr().sum(axis=1)))
    positions.loc[best] = 0.0
    data = network_data(net, positions.set_index(net.firms.index), plots.firm_names(net))
    parts = (
        Heading(text="Map", anchor="map"),
        Map(data=data, caption="A cluster.", alt="A map of a cluster of firms."),
    )
    path = folder / f"{n}.html"
    path.write_text(render_html(Report(title="What if", parts=parts, settings=Settings({}))), encoding="utf-8")
    return net, path


@pytest.fixture(scope="module", params=[300, 5000])
def what_if(request, browser, tmp_path_factory, page):
    net, path = cluster_page(request.param, tmp_path_factory.mktemp("what_if"))
    browser.open(path.as_uri())
    yield net, browser
    browser.open(page.as_uri())


class TestWhatIf:
    def test_it_begins_with_todays_numbers(self, what_if):
        net, browser = what_if
        flat = net.undirected()
        sizes = np.bincount(flat.component_codes())
        today = tally(browser, "today")
        assert today == tally(browser)
        assert (today["firms"], today["giant"]) == (net.n_firms, sizes.max())
        assert today["pairs"] == (sizes * (sizes - 1)).sum() // 2
        assert today["jobs"] > 0

    def test_a_click_makes_a_firm_leave_and_come_back(self, what_if):
        net, browser = what_if
        flat = net.undirected()
        best = int(np.argmax(flat.simple().csr().sum(axis=1)))
        before = tally(browser)
        browser.run("document.getElementById('viewer-mode').click()")
        click(browser, place_of(browser, best))
        assert tally(browser) == expected(net, [net.firms.index[best]])
        assert tally(browser)["pairs"] < before["pairs"]
        said = browser.run("document.getElementById('viewer-said').innerText")
        assert f"holds {tally(browser)['giant']:,} of {net.n_firms - 1:,} firms" in said
        click(browser, place_of(browser, best))
        assert tally(browser) == before
        browser.run("document.getElementById('viewer-mode').click()")

    def test_the_five_with_most_partners(self, what_if):
        net, browser = what_if
        flat = net.undirected()
        partners = np.bincount(np.concatenate([flat.simple().source, flat.simple().target]), minlength=net.n_firms)
        order = list(net.firms.index[np.argsort(-partners, kind="stable")])
        for times in (1, 2, 3):
            browser.run("document.getElementById('viewer-top').click()")
            assert tally(browser) == expected(net, order[: 5 * times])
        names = browser.run("[...document.querySelectorAll('#viewer-gone button')].map(b => b.innerText)")
        known = plots.firm_names(net)
        assert [name.removesuffix(" \u21a9") for name in names] == [
            plots.short(known[firm], 120) for firm in order[14::-1]
        ]
        # the second firm comes back by its own button, which stands last but one
        browser.run(
            "(() => { const b = document.querySelectorAll('#viewer-gone button')[13]; b.focus(); b.click(); })()"
        )
        assert tally(browser) == expected(net, [order[0], *order[2:15]])
        # its neighbor takes the keyboard over
        assert browser.run("document.activeElement.innerText") == names[14]
        browser.run("document.getElementById('viewer-back').click()")
        assert browser.run("document.activeElement.id") == "viewer-top"
        assert tally(browser) == tally(browser, "today")
        assert browser.run("document.getElementById('viewer-back').disabled")

    def test_it_works_without_a_mouse(self, what_if):
        net, browser = what_if
        name = plots.firm_names(net).iloc[3]
        type_name(browser, name)
        browser.run("document.getElementById('viewer-leave').click()")
        assert tally(browser) == expected(net, [net.firms.index[3]])
        assert panel(browser).startswith(f"{name} (has left)")
        assert browser.run("document.activeElement.id") == "viewer-leave"
        press(browser, "x")
        assert tally(browser) == tally(browser, "today")
        press(browser, "Escape")

    def test_every_step_can_be_undone(self, what_if):
        net, browser = what_if
        flat = net.undirected()
        partners = np.bincount(np.concatenate([flat.simple().source, flat.simple().target]), minlength=net.n_firms)
        order = list(net.firms.index[np.argsort(-partners, kind="stable")])
        undo = "document.getElementById('viewer-undo').click()"
        while not browser.run("document.getElementById('viewer-undo').disabled"):
            browser.run(undo)
        browser.run("for (let i = 0; i < 9; i++) document.getElementById('viewer-top').click()")
        assert tally(browser) == expected(net, order[:45])
        # with more than forty gone, the latest are those that can be brought back one by one
        names = browser.run("[...document.querySelectorAll('#viewer-gone li')].map(item => item.innerText)")
        assert names[0] == plots.short(plots.firm_names(net)[order[44]], 120) + " \u21a9"
        assert names[40:] == ["and 5 more"]
        browser.run("document.getElementById('viewer-back').click()")
        browser.run(undo)
        assert tally(browser) == expected(net, order[:45])
        browser.run(undo)
        assert tally(browser) == expected(net, order[:40])
        press(browser, "u")
        assert tally(browser) == expected(net, order[:35])
        browser.run(f"for (let i = 0; i < 7; i++) {undo}")
        assert tally(browser) == tally(browser, "today")
        assert browser.run("document.getElementById('viewer-undo').disabled")
        assert browser.run("document.activeElement.id") == "viewer-top"

    def test_capital_letters_are_keys_too(self, what_if):
        net, browser = what_if
        press(browser, "Escape")
        press(browser, "N")
        first = data(browser)["order"][0]
        press(browser, "X")
        press(browser, "Escape")
        assert "\u00d7 has left\nnot in the largest connected group" in panel(browser)
        assert tally(browser) == expected(net, [net.firms.index[first]])
        press(browser, "U")
        assert tally(browser) == expected(net, [])
        assert "has left" not in panel(browser)

    def test_partners_are_those_in_the_layers_shown(self, what_if):
        net, browser = what_if
        hide = (
            f"for (let k = 1; k < {len(net.layers)}; k++) document.querySelectorAll('#viewer-layers input')[k].click()"
        )
        browser.run(hide)
        part = net.layer(net.layers[0]).undirected()
        graph = part.simple()
        partners = np.bincount(np.concatenate([graph.source, graph.target]), minlength=net.n_firms)
        order = list(net.firms.index[np.argsort(-partners, kind="stable")])
        browser.run("document.getElementById('viewer-top').click()")
        assert tally(browser) == expected(part, order[:5])
        browser.run("document.getElementById('viewer-back').click()")
        browser.run(hide)

    def test_only_layers_shown_count(self, what_if):
        net, browser = what_if
        browser.run("document.querySelectorAll('#viewer-layers input')[0].click()")
        rest = Network(net.firms, net.ties[net.ties["layer"] != net.layers[0]])
        assert tally(browser) == expected(rest, [])
        browser.run("document.querySelectorAll('#viewer-layers input')[0].click()")
        assert tally(browser) == expected(net, [])

    def test_an_answer_takes_less_than_a_tenth_of_a_second(self, what_if):
        _, browser = what_if
        took = browser.run(
            """(() => { const times = [], top = document.getElementById("viewer-top");
            for (let i = 0; i < 9; i++) { const t = performance.now(); top.click(); times.push(performance.now() - t); }
            document.getElementById("viewer-back").click();
            return times.sort((a, b) => a - b)[4]; })()"""
        )
        assert took < 100


def test_a_narrow_window_does_not_overflow(browser, page):
    # The maps of the tests above are still open: this is about the report.
    browser.open(page.as_uri())
    browser.ask("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
    try:
        assert browser.run("document.documentElement.scrollWidth") <= 390
        # Pictures keep a width at which their text can be read, and scroll by themselves.
        wide = browser.run("[...document.images].map(image => image.getBoundingClientRect().width)")
        assert min(wide) >= 540
        assert browser.run("document.querySelector('figcaption').getBoundingClientRect().right") <= 390
        assert drawn(browser) > 1_000
    finally:
        browser.ask("Emulation.clearDeviceMetricsOverride")


def test_it_prints(browser):
    told = base64.b64decode(browser.ask("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert told.startswith(b"%PDF")


def test_no_request_left_and_no_error_was_logged(browser):
    """Last, so that it sees what all the tests above caused."""
    browser.run("1")
    asked = [e["params"]["request"]["url"] for e in browser.events if e.get("method") == "Network.requestWillBeSent"]
    assert {url for url in asked if not url.startswith("data:")} == browser.opened
    assert all(url.startswith("file:") for url in browser.opened)
    logged = [e["params"]["entry"] for e in browser.events if e.get("method") == "Log.entryAdded"]
    assert not [entry for entry in logged if entry["level"] in ("error", "warning")]
    assert not [e for e in browser.events if e.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
