"""Made-up experiments of every domain, and the pages that the report makes of them."""

from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest
from matching_stores import matching
from report_stores import MAPS, arguments

from sametask.report.data.match import open_matched
from sametask.report.data.reading import read_report
from sametask.report.pages import saving
from sametask.report.pages.experiment import write_report
from sametask.report.pages.matching import write_matching


def line_experiment(folder, **verdict):
    """One dimension; the first network has one neuron, the second four, one of them constant."""
    inputs = {part: np.linspace(-1, 1, n)[:, None] for part, n in (("fit", 30), ("test", 20))}
    networks = [
        (np.tanh, np.tanh),
        (lambda x: np.hstack([x, x**2, x**3, 0 * x]), np.sin, (3,), 2),
    ]
    return arguments(folder, ("n<b>1", "second"), inputs, np.sin, networks, **verdict)


def image_experiment(folder, **verdict):
    """Three classes of 4x4 images; the first map is wrong on five of twenty test images."""
    draw = np.random.default_rng(3)
    inputs = {part: draw.uniform(size=(n, 1, 4, 4)) for part, n in (("fit", 30), ("test", 20))}

    def outputs(x):
        return np.eye(3)[(x[:, 0, 0, 0] * 3).astype(int)] * 5

    networks = [(lambda x: x.reshape(len(x), -1)[:, :5], outputs)] * 2
    return arguments(
        folder, ("one", "two"), inputs, lambda x: outputs(x).argmax(1), networks, 5, **verdict
    )


def binary_experiment(folder, **verdict):
    """Two classes of 4x4 images, one logit; the second network is wrong where an image is grey."""
    draw = np.random.default_rng(3)
    inputs = {part: draw.uniform(size=(n, 1, 4, 4)) for part, n in (("fit", 30), ("test", 20))}

    def logit(threshold):
        return lambda x: 5 * (x[:, 0, 0, :1] - threshold)

    networks = [(lambda x: x.reshape(len(x), -1)[:, :5], logit(one)) for one in (0.5, 0.7)]

    def targets(x):
        return (x[:, 0, 0, 0] > 0.5).astype(int)

    return arguments(folder, ("one", "two"), inputs, targets, networks, 5, **verdict)


def plane_experiment(folder):
    """Two dimensions and three networks, of which pairs are related in different ways."""
    draw = np.random.default_rng(5)
    inputs = {part: draw.uniform(-1, 1, (n, 2)) for part, n in (("fit", 30), ("test", 20))}
    networks = [(np.tanh, lambda x: x[:, :1])] * 3
    each = [
        {"relation": "equivalent", "alarms": ["An untrained copy of one is equivalent too."]},
        {"relation": "a_determines_b", "different": "two", "task": "a_contains_b"},
        {"relation": "partial", "constant": "a_to_b", "task": "other_task"},
    ]
    names = ("one", "two", "three")
    return arguments(folder, names, inputs, lambda x: x[:, 0], networks, each=each)


class Page(HTMLParser):
    """The parts of a page that tests ask for."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.text, self._open = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._open = True
            self.rows[-1].append(["", dict(attrs).get("class") or ""])

    def handle_endtag(self, tag):
        self._open = False if tag in ("td", "th", "tr") else self._open

    def handle_data(self, data):
        self.text += data
        if self._open:
            self.rows[-1][-1][0] += data

    def below(self, title):
        """Return the rows of a direction, under its title: networks themselves, then the maps."""
        start = next(n for n, row in enumerate(self.rows) if row and row[0][0] == title)
        # Between the maps are the titles of their kinds.
        rows = [row for row in self.rows[start + 1 :] if len(row) > 1]
        own = sum(row[0][0].endswith(" itself") for row in rows[:2])
        return {row[0][0].strip(): row[1:] for row in rows[: own + len(MAPS)]}


def render(build, folder, **verdict):
    """Write the page and the figures of an experiment to a folder, and return the folder."""
    given = build(folder / "stores", **verdict)
    write_report(read_report(*given), folder / "report.html", folder / "figures")
    return folder


def render_match(folder, **settings):
    """Write the page of networks that share only a few inputs, and return its folder."""
    given = matching(folder / "stores", **settings)
    report = read_report(*given, open_matched)
    write_matching(report, folder / "report.html", folder / "figures")
    return folder


def read(folder):
    """Return the text of a page."""
    return (folder / "report.html").read_text()


@contextmanager
def small_pictures():
    """Draw figures coarsely and as pixels only: most tests do not look at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "RESOLUTION", 40)
        patch.setattr(saving, "SVG_POINTS", -1)
        yield


# Pages that several files of tests read: what writes one to a folder and returns that.
PAGES = {
    "line": partial(render, line_experiment),
    "images": partial(render, image_experiment),
    "binary": partial(render, binary_experiment),
    "plane": partial(render, plane_experiment),
    "match-line": render_match,
    "match-plane": partial(render_match, domain="plane", sides=4, studied=False),
    "match-circle": partial(render_match, domain="circle", anchors=2, studied=False),
    "match-images": partial(render_match, domain="images", studied=False),
    "match-lost": partial(render_match, found=False, sides=4, anchors=1),
    "match-none": partial(render_match, domain="plane", found=False, studied=False, anchors=0),
}
