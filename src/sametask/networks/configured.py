"""Networks of ``transformers`` with random weights, built from the keys of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.base.errors import NetworkError, nearest, reason


def built(class_name: str, configuration: Mapping[str, Any], added: Mapping[str, Any]) -> Any:
    """Return a network of a class of transformers, its keys and those that are added.

    Raises ``NetworkError`` for an unknown class, and for keys and values that its configuration
    does not take.
    """
    import transformers

    kind = getattr(transformers, class_name, None)
    if kind is None:
        raise NetworkError(f"class: {class_name!r}; {nearest(class_name, dir(transformers))}")
    plain = kind.config_class().to_dict() | dict(kind.config_class.attribute_map)
    for key in configuration:
        if key not in plain:
            raise NetworkError(f"configuration: {class_name} has no {key!r}; {nearest(key, plain)}")
        if key in added:
            raise NetworkError(f"configuration: {key} is added here; leave it out")
    try:
        return kind(kind.config_class(**configuration, **added))
    except Exception as error:  # whatever a class does with values that do not fit
        raise NetworkError(f"{class_name}: cannot be built: {reason(error)}") from error
