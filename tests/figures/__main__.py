"""Compare results with the figures that they must reach.

    PYTHONPATH=tests .venv/bin/python -m figures scalar digits
    PYTHONPATH=tests .venv/bin/python -m figures --targets scalar digits

Prints every figure of these experiments beside its target and writes results/figures.html; the
exit status is 1 if one is missed, or an experiment was not run. With --targets: prints the files
that have to be made first, for Snakemake. Without names: all experiments at full size.
"""

import sys
from math import nan

from figures import RESULTS, Figure
from figures.choices import CHOICES, FULL
from figures.page import write_page
from sametask.base.errors import StoreError


def lines_of(name):
    """Return what is to be shown of a choice: figures, and lines of text that judge nothing."""
    lines = []
    try:
        # What was read before something is missing is shown as well.
        lines.extend(CHOICES[name].lines())
    except StoreError as error:
        lines.append(Figure(str(error), nan, nan))
    return lines


def main(arguments):
    """Check these choices; return whether one missed something."""
    only_targets = arguments[:1] == ["--targets"]
    names = arguments[only_targets:] or FULL
    if unknown := [name for name in names if name not in CHOICES]:
        sys.exit(f"no figures of {', '.join(unknown)}: choose of {', '.join(CHOICES)}")
    if only_targets:
        print(*(target for name in names for target in CHOICES[name].targets))
        return False
    shown = {}
    for name in names:
        shown[name] = lines_of(name)
        print(f"\n{name}")
        for line in shown[name]:
            print(line if isinstance(line, Figure) else f"        {line}")
    write_page(RESULTS / "figures.html", shown)
    print("\nAll figures:\n  results/figures.html")
    figures = [line for lines in shown.values() for line in lines if isinstance(line, Figure)]
    return not all(figure.met for figure in figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
