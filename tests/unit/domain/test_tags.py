"""A tag names the attempt to whoever reads it, and nobody else's tag does (P6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptrelay.domain.ids import digest, new_id
from promptrelay.domain.tag import MAX_TAG_CHARACTERS, Tag


@given(st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True), st.text())
def test_a_tag_read_back_is_the_same(deployment: str, prompt: str) -> None:
    tag = Tag(deployment, new_id(), digest({"prompt": prompt}), new_id())
    assert Tag.parse(str(tag)) == tag
    assert len(str(tag)) <= MAX_TAG_CHARACTERS


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "x",
        lambda text: text + "\n",
        lambda text: "x" + text,
        lambda text: text.replace("pr.", "rp."),
        lambda text: text.upper(),
        lambda text: text[:-1],
        lambda _: "",
        lambda _: None,
    ],
)
def test_a_tag_of_another_shape_is_foreign(change: object) -> None:
    text = str(Tag("d", new_id(), digest({}), new_id()))
    assert Tag.parse(change(text)) is None  # type: ignore[operator]
