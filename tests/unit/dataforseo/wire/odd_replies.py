"""Replies as no provider should write them: real samples with parts replaced, doubled, left out or cut."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

SAMPLES = sorted((Path(__file__).parents[3] / "contract" / "samples").glob("*.json"))


@dataclass(frozen=True)
class Literal:
    """JSON text that is written as it stands, such as no Python value could be."""

    text: str


NUMBERS = (
    *(
        "1" * 5000,
        "-" + "9" * 400,
        "1e400000",
        "1e2000000",
        "1e-2000000",
        "1e99999999999999999999",
        "-0",
        "-0.0",
    ),
    *(
        "0." + "9" * 3000,
        "1" + "0" * 23,
        "9223372036854775808",
        "-9223372036854775809",
        "2147483648",
        "1e5",
        "-1",
    ),
    *("20000.0", "20000.5", "1e-9", "0.00000000050000000000000000000001"),
)
TEXTS = (
    *(
        "0.0288",
        " 0.0102 ",
        "-0.0002",
        "1e999",
        "1_000",
        "$0.03",
        "NaN",
        "Infinity",
        "١٢",
        "0x10",
        "9" * 5000,
    ),
    *(
        "",
        " ",
        "a" * 65,
        "a" * 64,
        "null",
        "\x00",
        "a\x00b",
        "\n",
        "é",
        "🥨" * 40,
        "2026-99-99 00:00:00 +00:00",
    ),
    *("0001-01-01 00:00:00 +23:59", "9999-12-31 23:59:59 -23:59", "20000", "40501"),
)
LITERALS = (
    *NUMBERS,
    *("[" * depth + "]" * depth for depth in (99, 100, 101, 900, 5000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (99, 100, 101, 900, 5000)),
    r'"\ud83d"',
    r'"\u0000"',
    r'{"\ud83d": 1}',
    '{"a": 1, "a": null, "a": [2]}',
    '"[" ',
)
leaves = (
    st.none()
    | st.booleans()
    | st.sampled_from(TEXTS)
    | st.sampled_from(LITERALS).map(Literal)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def written(value: Any) -> str:
    """The value as JSON text; pairs in a list of tuples are an object whose names may stand twice."""
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {written(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{json.dumps(name)}: {written(inner)}" for name, inner in value.pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


@dataclass(frozen=True)
class Pairs:
    """An object whose names may stand twice."""

    pairs: tuple[tuple[str, Any], ...]


@st.composite
def odd_tasks(draw: st.DrawFn) -> Any:
    """A task object of a sample in which some places are something else."""
    sample = json.loads(draw(st.sampled_from(SAMPLES)).read_bytes())
    tasks = sample.get("tasks") or [{}]
    task: Any = draw(st.sampled_from(tasks))
    for _ in range(draw(st.integers(0, 4))):
        task = _changed(draw, task)
    return task


def _changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with one place in it changed, left out or doubled."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 9)):
            return {key: inner for key, inner in value.items() if key != name}
        if not draw(st.integers(0, 9)):
            return Pairs((*value.items(), (name, draw(values))))
        return {**value, name: _changed(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        place = draw(st.integers(0, len(value) - 1))
        if not draw(st.integers(0, 9)):
            return [*value, value[place]]
        return [*value[:place], _changed(draw, value[place]), *value[place + 1 :]]
    return draw(values)


@st.composite
def odd_replies(draw: st.DrawFn) -> tuple[bytes, int]:
    """A reply that is JSON, and how many tasks it holds."""
    tasks = draw(st.lists(odd_tasks(), max_size=3))
    pairs = [
        (name, draw(leaves)) for name in draw(st.sets(st.sampled_from(["version", "cost", "time", "x"])))
    ]
    pairs += [
        ("status_code", draw(st.just(20000) | leaves)),
        ("tasks_count", draw(st.just(len(tasks)) | leaves)),
    ]
    if draw(st.booleans()):
        pairs.append(("tasks", tasks))
    else:
        # As two arrays of one name: neither takes the place of the other.
        cut = draw(st.integers(0, len(tasks)))
        pairs += [("tasks", tasks[:cut]), ("tasks", tasks[cut:])]
    return written(Pairs(tuple(draw(st.permutations(pairs))))).encode("utf-8", "surrogatepass"), len(tasks)


@st.composite
def broken_bodies(draw: st.DrawFn) -> bytes:
    """A sample with some bytes left out, put in or changed: JSON or not."""
    body = bytearray(draw(st.sampled_from(SAMPLES)).read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 3))] = draw(
            st.binary(max_size=3) | st.sampled_from([b"[", b"{", b'"', b","])
        )
    return bytes(body)
