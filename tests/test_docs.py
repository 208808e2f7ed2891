"""The pages that people read: what they name exists, and lines fit a narrow window."""

import ast
import importlib
import re
import runpy
import tomllib
from functools import reduce
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name for name in ("config/README.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# A module, with what it holds behind a point or a colon; not the host of an address.
NAME = re.compile(r"(?<![\w/.\[])sametask(?:\.[A-Za-z_]\w*)+(?::\w+)?")
FOLDERS = "benchmarks|config|docs|envs|scripts|src|tests|workflow"
FILE = re.compile(rf"(?<![\w/.}}-])(?:{FOLDERS})/[\w./-]+")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#([\w-]+))?\)")
# Files that a reader is told to write, or that a rule makes.
WRITTEN = {f"config/experiments/{name}.yaml" for name in ("mine", "machine", "minilm")}
WIDTH = 100

of_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def resolve(name):
    """Import the longest module of a dotted name, and take the rest from it."""
    parts = name.replace(":", ".").split(".")
    for end in range(len(parts), 0, -1):
        path = ROOT / "src" / Path(*parts[:end])
        if path.is_dir() or path.with_suffix(".py").is_file():
            module = importlib.import_module(".".join(parts[:end]))
            return reduce(getattr, parts[end:], module)
    raise ImportError(name)


def heads(page):
    """Anchors of a page's headings, as a renderer of Markdown makes them."""
    lines = re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


@of_pages
def test_modules_and_functions_that_are_named_exist(page):
    text = page.read_text()
    # The changelog names what has moved as well; there the new name is the second of two.
    text = re.sub(r"`[^`]+` is (?=(?:now )?`)", "", text) if page.name == "CHANGELOG.md" else text
    for name in sorted(set(NAME.findall(text))):
        resolve(name)


@of_pages
def test_imports_in_blocks_of_code_can_be_done(page):
    for language, block in BLOCK.findall(page.read_text()):
        tree = ast.parse(block.replace("\n   ", "\n")) if language == "python" else ast.Module([])
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("sametask"):
                for alias in node.names:
                    resolve(f"{node.module}.{alias.name}")


def test_the_verdict_of_the_page_on_the_library_is_what_the_page_says(capsys):
    blocks = [code for _, code in BLOCK.findall((ROOT / "docs/library.md").read_text())]
    (block,) = [code for code in blocks if "print(decide(" in code]
    exec(compile(block, "docs/library.md", "exec"), {})
    assert capsys.readouterr().out.startswith("a_determines_b\n")


@of_pages
def test_files_that_are_named_exist(page):
    named = {path.rstrip("/.") for path in FILE.findall(page.read_text())} - WRITTEN
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@of_pages
def test_links_lead_somewhere(page):
    for path, anchor in LINK.findall(page.read_text()):
        target = page.parent / path
        assert target.exists(), path
        assert not anchor or anchor in heads(target), f"{path}#{anchor}"


@of_pages
def test_lines_fit_a_narrow_window(page):
    lines = BLOCK.sub("", page.read_text()).splitlines()
    text = [line for line in lines if not line.lstrip().startswith(("|", "!"))]
    assert [line for line in text if len(line) > WIDTH] == []


def test_the_picture_of_the_packages_is_current():
    draw = runpy.run_path(str(ROOT / "docs/draw_architecture.py"))
    current = f"<dc:description>{draw['described']()}</dc:description>"
    assert current in draw["PICTURE"].read_text(), "run python docs/draw_architecture.py"


def test_the_table_of_the_packages_is_that_of_the_contract():
    named = re.findall(r"^\| `(\(?\w+\)?)/?` \|", (ROOT / "docs/architecture.md").read_text(), re.M)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [name for line in settings["contracts"][0]["layers"] for name in line.split(" | ")]
    assert named == layers


def test_the_hooks_before_a_commit_are_those_of_make_lint():
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)[1]
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks] == commands
