"""Read a file as a section of the model; errors of pydantic become one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from sametask.base.errors import ConfigError, nearest, quoted
from sametask.config.sections.ensemble_data_sections import EnsembleData
from sametask.config.sections.ensemble_section import MATRICES
from sametask.config.sections.section import Section
from sametask.config.yaml_file import read_yaml

# Names that pydantic adds to a key: the kind of inputs, a mark of keys, and which of several forms
# a value has. They are not in the file.
DOMAINS = ("interval", "box", "circle", "product", "array", "text", "[key]")
FORMS = ("[word]", "[list]", "[components]", "[number]", "[range]")
# Names that it adds behind these keys only: the kinds of networks and images of a population, and
# those of networks and data of an ensemble.
BEHIND = {
    "network": ("perceptron", "convolution", *MATRICES),
    "images": ("pieces", "digits"),
    "data": tuple(
        str(one.model_fields["of"].default) for one in get_args(get_args(EnsembleData)[0])
    ),
}
# Names by which pydantic tells apart the alternatives of one value.
ALTERNATIVE = re.compile(r"literal\[.*\]|constrained-\w+|list\[.*\]|int|float")

Model = TypeVar("Model", bound=Section)


def _key(finding: Mapping[str, Any]) -> str:
    """Return the key that one of pydantic's findings is about."""
    path = [str(step) for step in finding["loc"]]
    steps = [
        step
        for before, step in zip(["", *path], path, strict=False)
        if step not in (*DOMAINS, *FORMS, *BEHIND.get(before, ()))
    ]
    if len(steps) > 1 and ALTERNATIVE.fullmatch(steps[-1]):
        steps.pop()
    return ".".join(steps) or "experiment"


def _value(finding: Mapping[str, Any]) -> str:
    """Return the wrong value, if the message does not name it, and how to quote a text."""
    if finding["type"] in ("value_error", "missing"):
        return ""
    value = finding["input"]
    number = finding["type"] == "string_type" and isinstance(value, int | float)
    return f" (found {quoted(value)}{f'; quote it: {str(value)!r}' if number else ''})"


def _near(finding: Mapping[str, Any]) -> str:
    """Return a clause with the word that a misspelt one is nearest to, if any is near."""
    known = finding.get("ctx", {})
    words = re.findall(r"'([^']+)'", known.get("expected") or known.get("expected_tags") or "")
    clause = nearest(str(known.get("tag", finding["input"])), words)
    return f"; {clause}" if clause.startswith("did you mean") else ""


def explain(path: Path, error: ValidationError) -> str:
    """Turn the first of pydantic's findings into one line: file, key, what is wrong."""
    first, *others = error.errors()
    key = _key(first)
    # A key with several alternatives, a word or a number, has a finding for each.
    same = [other["msg"].removeprefix("Input should be ") for other in others if _key(other) == key]
    message = " or ".join([first["msg"].removeprefix("Value error, "), *same])
    left = len(others) - len(same)
    more = f" (and {left} more)" if left else ""
    return f"{path}: {key}: {message}{_value(first)}{_near(first)}{more}"


def read_model(path: Path, model: type[Model], content: dict[str, Any] | None = None) -> Model:
    """Return a file's content as a section; ``ConfigError`` with one line if it is wrong."""
    try:
        return model.model_validate(read_yaml(path) if content is None else content)
    except ValidationError as error:
        raise ConfigError(explain(path, error)) from error
