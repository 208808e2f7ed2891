"""The pages in a real browser: nothing fails, nothing is fetched, nothing overflows.

Needs Chromium or Chrome (Debian: ``apt install chromium``); without one these tests are skipped.
"""

import html
import json
import re
import shutil
import subprocess

import pytest
from report_pages import small_pictures
from test_positions_page import write_example as write_positions_example
from test_summary import write_example

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, PROGRAMS)), None)
pytestmark = [
    pytest.mark.xdist_group("pages"),
    pytest.mark.skipif(
        BROWSER is None, reason=f"no browser: none of {', '.join(PROGRAMS)} is installed"
    ),
]
# Pages of experiments by the name of what made them (report_pages.py).
PAGES = {
    "line": "line", "images": "images", "plane": "plane",
    "matched": "match-plane", "lost": "match-lost",
}  # fmt: skip
WIDTHS = (1280, 400)
# The page is measured inside frames of these widths: a window has a least width of its own.
FRAMES = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<script>
const probes = [];
addEventListener("message", event => {{
  probes.push(event.data);
  document.body.dataset.probes = JSON.stringify(probes);
}});
</script>
{frames}"""
FRAME = '<iframe src="probed.html" style="width:{width}px;height:900px;border:0"></iframe>'
PROBE = """<script>
addEventListener("load", () => {
  const inScroll = one => one.closest(".scroll");
  const wide = [...document.body.querySelectorAll("*")].filter(one => !inScroll(one)
    && one.getBoundingClientRect().right > innerWidth + 1);
  parent.postMessage({
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
  }, "*");
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


def probe(page, folder, widths):
    """Return what a page measures of itself, by the width of its frame, and all complaints."""
    text = page.read_text()
    (folder / "probed.html").write_text(text.replace("</body>", PROBE))
    frames = "".join(FRAME.format(width=width) for width in widths)
    (folder / "frames.html").write_text(FRAMES.format(frames=frames))
    dom, complaints = browse(folder / "frames.html", folder / "profile")
    found = re.search(r'data-probes="([^"]*)"', dom)
    assert found, f"the page did not load: {complaints}"
    probes = {one["width"]: one for one in json.loads(html.unescape(found[1]))}
    assert sorted(probes) == sorted(widths)
    return probes, complaints


@pytest.fixture(scope="module", autouse=True)
def quick():
    with small_pictures():
        yield


@pytest.fixture(scope="module")
def pages(made_page, tmp_path_factory):
    made = {name: made_page(source) / "report.html" for name, source in PAGES.items()}
    made["positions"] = write_positions_example(tmp_path_factory.mktemp("positions"))
    return made | {"summary": write_example(tmp_path_factory.mktemp("summary"))}


@pytest.mark.parametrize("name", [*PAGES, "summary", "positions"])
def test_a_page_loads_without_a_network_and_fits_its_window(pages, tmp_path, name):
    text = pages[name].read_text()
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    probes, complaints = probe(pages[name], tmp_path, WIDTHS)
    assert complaints == []
    for width, found in probes.items():
        assert found["scrolled"] <= width and found["wide"] == []
        # The page on slices has no verdict.
        assert found["anchors"] == 0 and bool(found["badges"]) == (name != "positions")
        assert len(found["images"]) == text.count("<img") and all(found["images"])


def test_the_verdict_is_what_a_reader_sees_first(pages, tmp_path):
    found = probe(pages["line"], tmp_path, [1280])[0][1280]
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
    probes, complaints = probe(broken, tmp_path, [400])
    found = probes[400]
    assert found["images"] == [0] and found["anchors"] == 1
    assert found["wide"] and found["scrolled"] > 400
    assert any("nothing is not defined" in line for line in complaints)
