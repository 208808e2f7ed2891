"""Read a YAML file into plain values, within limits, with errors of one line.

The values are those of JSON: text, finite numbers, truth values, null, lists, and mappings with
text as keys. Text that readers of YAML interpret in different ways, or not as it looks, is refused
with what to write instead.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import Reader

from sametask.base.errors import ConfigError, quoted

# Largest number of bytes of a file, of nested collections, and of values; an alias counts as the
# values that it repeats.
SIZE, DEPTH, VALUES = 1_000_000, 50, 100_000
CORE = "tag:yaml.org,2002:"
SCALARS = {f"{CORE}{kind}" for kind in ("null", "bool", "int", "float", "str")}
MERGE = f"{CORE}merge"
# YAML 1.1 reads 1e-2 and -.5 as text: it needs a digit and a point, and a sign in front of the
# exponent.
NUMBER = re.compile(r"([-+]?)(\d[\d_]*\.?\d*|\.\d+)(?:[eE]([-+]?)(\d+))?")
# In YAML 1.1, 010 is eight, 08 a text and 1:30 ninety; in YAML 1.2, ten, eight and a text.
OLD_NUMBER = re.compile(r"[-+]?(0[\d_]+|\d[\d_]*(:[0-5]?\d)+(\.\d*)?)")


# mypy knows no base class that depends on how PyYAML was built.
BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(BASE):
    """The safe loader, that of libyaml if installed (ten times as fast); dates are text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{CORE}timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file as plain values.

    Raises ``ConfigError`` with file, line and column for a file that cannot be read, is larger
    than 1 MB, nests deeper than 50, repeats a key, or holds anything but plain values.
    """
    text = _text(path)
    try:
        _require_readable(text)
        node = yaml.compose(text, Loader=Loader)
        content = None if node is None else _Plain().of(node, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"{path}: {_place(mark)}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        content_text = "nothing" if content is None else quoted(content)
        raise ConfigError(f"{path}: expected keys and values, found {content_text}")
    return content


def _text(path: Path) -> str:
    """Return a file's text, if it is a file and not too large."""
    try:
        # Pipes and devices are refused: they may have no end.
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path}: is no file")
        size = path.stat().st_size
        if size > SIZE:
            raise ConfigError(f"{path}: {size:,} bytes; an experiment has at most {SIZE:,}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: byte {error.start} is no UTF-8; save the file in that encoding"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _require_readable(text: str) -> None:
    """Refuse control characters and deep nesting, by events: ``yaml.compose`` would recurse."""
    strange = Reader.NON_PRINTABLE.search(text)
    if strange:
        before = text[: strange.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise yaml.YAMLError(f"line {line}, column {column}: {quoted(strange.group())} is no text")
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"nests deeper than {DEPTH}", problem_mark=event.start_mark
            )


def _place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


def _wrong(node: Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


class _Plain:
    """Convert nodes to plain values, and count them: aliases of aliases multiply."""

    def __init__(self) -> None:
        self._count = 0
        self._scalars = SafeConstructor()

    def of(self, node: Node, depth: int) -> Any:
        self._count += 1
        if self._count > VALUES:
            raise _wrong(node, f"more than {VALUES:,} values, those behind aliases included")
        if depth > DEPTH:
            raise _wrong(node, f"nests deeper than {DEPTH} (an alias within what it repeats?)")
        if isinstance(node, ScalarNode) and node.tag in SCALARS:
            return self._scalar(node)
        if isinstance(node, SequenceNode) and node.tag == f"{CORE}seq":
            return [self.of(item, depth + 1) for item in node.value]
        if isinstance(node, MappingNode) and node.tag == f"{CORE}map":
            return self._mapping(node, depth + 1)
        tag = node.tag.replace(CORE, "!!")
        raise _wrong(node, f"{quoted(tag)} is no plain value; take the tag away, or quote the text")

    def _scalar(self, node: ScalarNode) -> Any:
        # A quoted scalar has the style of its quotes; a plain scalar has none.
        if not node.style:
            _require_plain_number(node)
        kind = node.tag.removeprefix(CORE)
        try:
            value = getattr(self._scalars, f"construct_yaml_{kind}")(node)
        except (ValueError, LookupError, OverflowError) as error:
            raise _wrong(node, f"{quoted(node.value)} is no {kind} that can be read") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise _wrong(node, f"{quoted(node.value)} is no finite number")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise _wrong(node, f"{quoted(node.value)} is beyond 64 bits")
        if isinstance(value, str) and "\0" in value:
            raise _wrong(node, f"{quoted(value)} holds a zero byte")
        return value

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Any]:
        """Return keys and values; the mapping's own keys replace those that ``<<`` merges."""
        merged: dict[str, Any] = {}
        explicit: dict[str, Any] = {}
        lines: dict[tuple[bool, str], int] = {}
        for key_node, value_node in node.value:
            merging = key_node.tag == MERGE
            key = "<<" if merging else self._key(key_node)
            # A quoted "<<" is an ordinary key.
            place = (merging, key)
            line = key_node.start_mark.line + 1
            if place in lines:
                raise _wrong(
                    key_node, f"the key {quoted(key)} is in line {lines[place]} as well; keep one"
                )
            lines[place] = line
            value = self.of(value_node, depth)
            if merging:
                merged = self._merged(value_node, value)
            else:
                explicit[key] = value
        return merged | explicit

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            raise _wrong(node, "only text can be a key")
        key = self.of(node, DEPTH)
        if not isinstance(key, str):
            problem = f"the key {quoted(key)} is no text; quote it: {quoted(node.value)}"
            raise _wrong(node, problem)
        return key

    def _merged(self, node: Node, value: Any) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for mapping in reversed(value if isinstance(value, list) else [value]):
            if not isinstance(mapping, dict):
                raise _wrong(node, "<< takes keys and values, or a list of such")
            merged = merged | mapping
        return merged


def _require_plain_number(node: ScalarNode) -> None:
    """Refuse a number that YAML does not read as it looks."""
    text, number = node.tag == f"{CORE}str", NUMBER.fullmatch(node.value)
    if OLD_NUMBER.fullmatch(node.value) and (number or not text):
        raise _wrong(
            node,
            f"{quoted(node.value)} is something else to other readers of YAML; write it in "
            "decimals, or quote it",
        )
    if text and number:
        sign, digits, up, exponent = number.groups()
        digits = f"0{digits}" if digits.startswith(".") else digits
        point = digits if "." in digits else f"{digits}.0"
        better = f"{sign}{point}" + (f"e{up or '+'}{exponent}" if exponent else "")
        raise _wrong(
            node, f"{quoted(node.value)} is text in YAML; write {quoted(better)[1:-1]}, or quote it"
        )
