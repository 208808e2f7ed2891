"""The pages in a real browser: nothing fails, nothing is fetched, nothing overflows.

Needs Chromium or Chrome (Debian: ``apt install chromium``); without one these tests are skipped.
"""

import json
import re
import shutil
import subprocess

import pytest
from report_pages import (
    image_experiment,
    line_experiment,
    plane_experiment,
    render,
    render_match,
    small_pictures,
)
from test_positions_page import write_example as write_positions_example
from test_summary import write_example

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, PROGRAMS)), None)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser: none of {', '.join(PROGRAMS)} is installed"
)
# The page is measured inside a frame of the asked width: a window has a least width of its own.
FRAME = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe src="probed.html" style="width:{width}px;height:900px;border:0"></iframe>
<script>
addEventListener("message", event => {{ document.body.dataset.probe = event.data }});
</script>"""
PROBE = """<script>
addEventListener("load", () => {
  const inScroll = one => one.closest(".scroll");
  const wide = [...document.body.querySelectorAll("*")].filter(one => !inScroll(one)
    && one.getBoundingClientRect().right > innerWidth + 1);
  parent.postMessage(JSON.stringify({
    width: innerWidth,
    scrolled: document.documentElement.scrollWidth,
    wide: wide.map(one => one.outerHTML.slice(0, 80)),
    images: [...document.images].map(one => one.naturalWidth),
    anchors: [...document.querySelectorAll("a[href^='#']")].filter(one =>
      !document.getElementById(decodeURIComponent(one.hash.slice(1)))).length,
    order: [...document.querySelectorAll("section")].map(one => one.id),
    first: document.querySelector("header").nextElementSibling.id,
    tables: [...document.querySelectorAll("table")].map(one => one.className),
    badges: [...document.querySelectorAll(".badge")].map(one => one.textContent),
  }), "*");
});
</script></body>"""


def browse(page, profile):
    """Load a page without a network; return its DOM and what the browser complained of."""
    given = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-sync", "--no-first-run", f"--user-data-dir={profile}", "--window-size=1280,900",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9",
        "--enable-logging=stderr", "--v=0", "--virtual-time-budget=10000", "--dump-dom",
        page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(given, capture_output=True, text=True, timeout=120, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, complaints


def probe(page, folder, width):
    """Return what a page measures of itself in a frame of some width, and all complaints."""
    text = page.read_text()
    (folder / "probed.html").write_text(text.replace("</body>", PROBE))
    (folder / "frame.html").write_text(FRAME.format(width=width))
    dom, complaints = browse(folder / "frame.html", folder / "profile")
    found = re.search(r'data-probe="([^"]*)"', dom)
    assert found, f"the page did not load: {complaints}"
    return json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&")), complaints


@pytest.fixture(scope="module", autouse=True)
def quick():
    with small_pictures():
        yield


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    alarms = {"alarms": ["An untrained copy of one is equivalent too."]}
    builds = {
        "line": (line_experiment, alarms),
        "images": (image_experiment, {"relation": "partial"}),
        "plane": (plane_experiment, {}),
    }
    made = {}
    for name, (build, verdict) in builds.items():
        made[name] = render(build, tmp_path_factory.mktemp(name), **verdict) / "report.html"
    for name, found in (("matched", True), ("lost", False)):
        made[name] = render_match(tmp_path_factory.mktemp(name), found=found, sides=4)
        made[name] /= "report.html"
    made["positions"] = write_positions_example(tmp_path_factory.mktemp("positions"))
    return made | {"summary": write_example(tmp_path_factory.mktemp("summary"))}


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(
    "name", ["line", "images", "plane", "matched", "lost", "summary", "positions"]
)
def test_a_page_loads_without_a_network_and_fits_its_window(pages, tmp_path, name, width):
    text = pages[name].read_text()
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    found, complaints = probe(pages[name], tmp_path, width)
    assert complaints == []
    assert found["width"] == width
    assert found["scrolled"] <= width and found["wide"] == []
    # The page on slices has no verdict.
    assert found["anchors"] == 0 and bool(found["badges"]) == (name != "positions")
    assert len(found["images"]) == text.count("<img") and all(found["images"])


def test_the_verdict_is_what_a_reader_sees_first(pages, tmp_path):
    found, _ = probe(pages["line"], tmp_path, 1280)
    assert found["first"] == found["order"][0] == "verdict"
    sections = [one.partition("-")[0] for one in found["order"]]
    assert sections == ["verdict", "evidence", "maps", "networks", "diagnostics"]
    assert {"items", "controls", "maps"} <= set(found["tables"])
    figures = (pages["line"].parent / "figures").glob("*.png")
    assert len(found["images"]) == len(list(figures))


def test_the_probe_sees_what_is_broken(pages, tmp_path):
    text = pages["summary"].read_text()
    broken = tmp_path / "broken.html"
    broken.write_text(
        text.replace(
            "</header>",
            '<p style="width:2000px">wide</p><img src="none.png"><a href="#none">x</a>'
            "<script>nothing()</script></header>",
        )
    )
    found, complaints = probe(broken, tmp_path, 400)
    assert found["images"] == [0] and found["anchors"] == 1
    assert found["wide"] and found["scrolled"] > 400
    assert any("nothing is not defined" in line for line in complaints)
