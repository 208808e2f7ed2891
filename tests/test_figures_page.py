"""What `make figures` can make, and the page that it writes."""

from math import nan

import pytest
from figures import RESULTS, Figure
from figures.choices import CHOICES, FULL
from figures.page import write_page
from workflow_helpers import ROOT


@pytest.mark.parametrize("name", CHOICES)
def test_what_can_be_asked_for_is_made_from_files_of_settings(name):
    choice = CHOICES[name]
    assert choice.targets and choice.experiments
    for target in choice.targets:
        # results/populations/tetris/…, results/task-zoo/…, results/digits/…
        _, made, *below = target.split("/")
        if made in ("populations", "ensembles"):
            settings = ROOT / "config" / made / f"{below[0]}.yaml"
        elif made.startswith(("same-task", "task-zoo")):
            settings = ROOT / "config" / f"{made}.yaml"
        else:
            settings = ROOT / "config/experiments" / f"{made}.yaml"
        assert settings.is_file()
    assert (name in FULL) != name.endswith("-small") or name == "digits"


def test_a_figure_that_is_not_there_is_missed():
    assert Figure("error", 1.0, 1.0).met and not Figure("error", 1.1, 1.0).met
    assert Figure("accuracy", 1.0, 1.0, at_most=False).met
    lost = Figure("was not run", nan, nan)
    assert not lost.met and lost.measured == "none" and str(lost).startswith("MISSED")


def test_the_page_begins_with_the_answer_and_names_what_is_missed(tmp_path):
    shown = {
        "one": [Figure("error <of> a map", 1e-9, 1e-8), "beside it"],
        "two": [Figure("share", 0.5, 0.9, at_most=False), Figure("time", 3, 4)],
    }
    write_page(tmp_path / "figures.html", shown)
    page = (tmp_path / "figures.html").read_text()
    assert page.index("<h1>2 of 3 figures reach their targets</h1>") < page.index("share")
    assert page.count('class="missed"') == 1 and '<a href="#two">' in page
    assert "error &lt;of&gt; a map" in page and "beside it" in page
    assert "http" not in page and "src=" not in page
    assert RESULTS == ROOT / "results"
