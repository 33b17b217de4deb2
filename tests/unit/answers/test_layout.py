"""Every key is one that every store takes, whatever the account is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptrelay.answers import layout
from promptrelay.answers.errors import KeyRefused
from promptrelay.answers.stores.objects import checked, checked_prefix

names = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=16)


def test_the_keys_are_as_documented() -> None:
    assert layout.segment_key("main", "R1", "chat_gpt", "ab") == "segments/main/R1/chat_gpt/ab.jsonl.zst"
    assert layout.live_key("main", "A1") == "live/main/A1.jsonl.zst"
    assert layout.inbox_key("main", "A1") == "inbox/main/A1.json"
    assert layout.manifest_key("main", "R1", 0.0, b"").startswith(
        "manifests/main/R1/19700101T000000.000000Z-e3b0"
    )


def test_an_account_called_like_an_address_is_one_plain_name() -> None:
    assert layout.live_key("me@example.org", "A1") == "live/me=40example=2Eorg/A1.jsonl.zst"


@given(names, names)
def test_different_accounts_never_share_a_folder(one: str, other: str) -> None:
    assert checked(layout.segment_key(one, "R", "claude", "ab"))
    assert (layout.live_folder(one) == layout.live_folder(other)) == (one == other)


def test_an_empty_name_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        layout.live_key("", "A1")


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_manifests_sort_by_the_time_they_were_written(one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    keys = [layout.manifest_key("main", "R1", when, b"") for when in (earlier, later)]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    "key",
    ["", "/", "/etc/passwd", "..", "../x", "a/../../x", "a//b", "a/", "a/.hidden", ".part", "a\\b", "a\0b",
     "a\nb", "x" * 201, "/".join(["y" * 100] * 10)],
)  # fmt: skip
def test_a_key_that_is_no_plain_relative_path_is_refused(key: str) -> None:
    with pytest.raises(KeyRefused):
        checked(key)


@pytest.mark.parametrize("prefix", ["/", "../", "a/..", "a//"])
def test_a_prefix_cannot_leave_the_store(prefix: str) -> None:
    with pytest.raises(KeyRefused):
        checked_prefix(prefix)


def test_a_prefix_may_end_in_a_slash_or_be_empty() -> None:
    assert (checked_prefix("a/b/"), checked_prefix("a/b"), checked_prefix("")) == ("a/b", "a/b", "")
