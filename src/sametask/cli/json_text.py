"""Read names and values from JSON on a command line, as strictly as those of a YAML file."""

from __future__ import annotations

import json
import math
from typing import Any

from sametask.base.errors import ConfigError, quoted, reason


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError(f"two keys of one name in {quoted([name for name, _ in pairs])}")
    return mapping


def _finite(number: str) -> float:
    if not math.isfinite(float(number)):
        raise ValueError(f"{quoted(number)} is no finite number")
    return float(number)


def read_json_mapping(option: str, text: str) -> dict[str, Any]:
    """Return the names and values that an option of a command gives as JSON.

    Raises ``ConfigError`` for text that is not JSON or has no names, for a key that is given
    twice, and for a number that is not finite.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_finite
        )
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{option}: not JSON: {reason(error)}") from error
    if not isinstance(value, dict):
        example = '{"width": 16}'
        raise ConfigError(f"{option}: {quoted(text)} is not names and values, such as {example}")
    return value
