"""Damage to configurations: what people mistype, and what nobody would write."""

import copy
from contextlib import suppress

import yaml

# What stands in the place of a value, and pieces of text that YAML has a meaning for.
VALUES = [
    None, True, False, 0, -1, 1, 2, 3, 7, 10**6, 10**9, 2**31, 2**53, 2**63, 2**64, -(2**63),
    10**30, 0.0, -0.0, 0.5, 1.0, 1e-3, 1e-9, 5e-324, 1e15, 1e25, 1e160, 1e308, -1e308,
    float("inf"), float("-inf"), float("nan"), "", "x", "1e-2", "on", "null", "auto", "all", "é",
    "名", "\U0001f40e", "a\nb", "\t", "{x}", "..", "/", "a" * 300, "1" * 5000, "x" * 20000,
    "sametask.examples.targets:negative_square", "os:system", "a:b", "box", "product", "array",
    "digits", [], [[]], [None], [0], ["x"], [1.5, "y"], list(range(300)), {}, {"x": 1},
    {"domain": "box"},
    {"domain": "circle", "period": 1e-300}, {"low": 0, "high": 1}, {"": ""},
    {"a": {"b": {"c": [1]}}},
]  # fmt: skip
TEXTS = [
    "- x", "\tx: 1", "'", '"', "&a [*a]", "*b", "!!python/object/apply:os.system [true]",
    "!!int x", "!!float ''", "!!bool x", "!!set {a, b}", "!!binary aGk=", "!x y", "2024-13-45",
    "2024-01-01", "? [a]: b", "<<: 1", "---", "...", "%YAML 9.9", "\0", "\x07", "\ufeff",
    "\u2028", "\udc80", "1e-2", "010", "1:30", "0x", "1_", ".inf", ".nan", "1.0e+400", "9" * 5000,
    "0x" + "f" * 5000, "[" * 3000, "{a: " * 2000, "- " * 2000, "x" * 100_000, "|\n", ">\n x",
    "on: 1", "1: 2", "~: 3", "[a, b]: c", "{", "}", "[", "]", ":", ": ", "#", "a: 1\na: 2",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: *b", "\"\\0\"", "\"\\uD800\"", "extend: scalar",
    "extends: 1", "extends: [scalar]", "extends: ../x", "extends: x", "`", "@", "%", "\\",
]  # fmt: skip


def places(content, path=()):
    """The paths of all values, from the top."""
    found = [path] if path else []
    items = content if isinstance(content, dict) else {}
    items = dict(enumerate(content)) if isinstance(content, list) else items
    for key, value in items.items():
        found += places(value, (*path, key))
    return found


def at(content, path):
    for step in path:
        content = content[step]
    return content


def changed_value(rng, content):
    path = rng.choice(places(content))
    at(content, path[:-1])[path[-1]] = copy.deepcopy(rng.choice(VALUES))


def scaled_number(rng, content):
    numbers = [path for path in places(content) if type(at(content, path)) in (int, float)]
    path = rng.choice(numbers)
    old = at(content, path)
    new = [old * 10**12, -old, old * 1e25, old / 1e20, old + 0.5, str(old), [old], old * 1000, 2]
    at(content, path[:-1])[path[-1]] = rng.choice(new)


def swapped_values(rng, content):
    one, other = rng.sample(places(content), 2)
    a, b = copy.deepcopy(at(content, one)), copy.deepcopy(at(content, other))
    at(content, one[:-1])[one[-1]] = b
    # The first may have replaced what the second was in.
    with suppress(KeyError, IndexError, TypeError):
        at(content, other[:-1])[other[-1]] = a


def deleted_key(rng, content):
    path = rng.choice(places(content))
    del at(content, path[:-1])[path[-1]]


def renamed_key(rng, content):
    path = rng.choice([path for path in places(content) if isinstance(path[-1], str)])
    section, key = at(content, path[:-1]), path[-1]
    names = [
        key[:-1],
        f"{key}s",
        key.upper(),
        "",
        "é",
        "x" * 500,
        "a-b",
        "figures",
        "{x}",
        "on",
        "<<",
    ]
    section[rng.choice(names)] = section.pop(key)


def nested_deeper(rng, content):
    path = rng.choice(places(content))
    value = at(content, path)
    for _ in range(rng.choice([1, 2, 60])):
        value = rng.choice([[value], {"x": value}])
    at(content, path[:-1])[path[-1]] = value


STRUCTURAL = (
    changed_value, changed_value, scaled_number, scaled_number, swapped_values, deleted_key,
    renamed_key, nested_deeper,
)  # fmt: skip


def damaged_text(rng, text):
    """Damage the text itself: characters, lines, and pieces that YAML has a meaning for."""
    start = rng.randrange(len(text))
    end = rng.choice([start, start + 1, text.find("\n", start) + 1 or len(text)])
    piece = rng.choice([*TEXTS, text[start : start + 80], ""])
    return text[:start] + piece + text[end:]


def mutation(rng, text, content):
    """One configuration that was valid before, as bytes."""
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 3)):
            text = damaged_text(rng, text)
        return text.encode("utf-8", "surrogatepass")
    content = copy.deepcopy(content)
    for _ in range(rng.randint(1, 2)):
        # Nothing may be left to change: no number, no key, no second value.
        with suppress(IndexError, ValueError):
            rng.choice(STRUCTURAL)(rng, content)
    return yaml.safe_dump(content, allow_unicode=rng.random() < 0.5, sort_keys=False).encode()
