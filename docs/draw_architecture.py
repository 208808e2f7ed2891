"""Draw which package uses which: ``python docs/draw_architecture.py``.

The order is that of the layers in pyproject.toml, the marks are the imports of src/. Both are in
the metadata of the picture as text, so that a test can tell whether it is current.
"""

import ast
import tomllib
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/images/architecture.svg"
BLUE, GREY = "#0072b2", "#6b6b6b"


def layers():
    """Return the packages from the highest to the lowest; in parentheses what is not built yet."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return " | ".join(settings["contracts"][0]["layers"]).split(" | ")


def uses(package):
    """Return the packages that the modules of one package import."""
    files = (ROOT / "src/sametask" / package).rglob("*.py")
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text()))]
    modules = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[1] for name in modules if name.startswith("sametask.")}


def described():
    """Return the source of the picture as text: every package with those that it uses."""
    return "; ".join(f"{name}: {' '.join(sorted(uses(name) - {name}))}" for name in layers())


def draw():
    """Draw one row for each package that uses others, one column for each that is used."""
    names, figure = layers(), Figure(figsize=(8, 8), layout="constrained")
    axes, end = figure.subplots(), len(names) - 0.5
    for row, name in enumerate(names):
        marks = sorted(names.index(used) for used in uses(name) - {name})
        axes.scatter(marks, [row] * len(marks), marker="s", s=130, color=BLUE, zorder=2)
    axes.plot([-0.5, end], [-0.5, end], color=GREY, linewidth=1)
    axes.set(xlim=(-0.5, end), ylim=(end, -0.5), aspect="equal", ylabel="The package of this row …")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_color(GREY if label.get_text().startswith("(") else "black")
    axes.set_xlabel("… uses the package of this column", labelpad=12)
    axes.xaxis.set(label_position="top", ticks_position="top")
    axes.tick_params(length=0)
    axes.grid(color="0.9", linewidth=0.8, zorder=0)
    figure.savefig(PICTURE, metadata={"Date": None, "Description": described()})


if __name__ == "__main__":
    with matplotlib.rc_context({"svg.hashsalt": "sametask", "font.size": 11}):
        draw()
