"""A store's URL opens the store it names, or says at once what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptrelay.answers.errors import StoreMisconfigured
from promptrelay.answers.store import open_store


@pytest.mark.parametrize("shape", ["{folder}", "file://{folder}", "file://localhost{folder}"])
def test_a_path_and_a_file_url_open_the_same_folder(tmp_path: Path, shape: str) -> None:
    store = open_store(shape.format(folder=tmp_path / "answers"))
    assert store.url("a/b") == (tmp_path / "answers" / "a" / "b").as_uri()


def test_a_file_url_is_unquoted(tmp_path: Path) -> None:
    open_store((tmp_path / "my answers").as_uri())
    assert (tmp_path / "my answers").is_dir()


def test_a_relative_path_stays_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("answers")
    monkeypatch.chdir("/")
    store.put_new("a", b"1")
    assert (tmp_path / "answers" / "a").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("url", "options", "address"),
    [
        ("s3://bucket/some/prefix/", {}, "s3://bucket/some/prefix/k"),
        ("s3://bucket", {}, "s3://bucket/k"),
        ("gs://bucket/p", {}, "gs://bucket/p/k"),
        ("az://container/p", {"AZURE_STORAGE_ACCOUNT_NAME": "someone"}, "az://container/p/k"),
    ],
)
def test_object_stores_open_without_a_word_to_the_network(
    url: str, options: dict[str, str], address: str
) -> None:
    assert open_store(url, options=options).url("k") == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host/x",
        "memory://",
        "file://host/x",
        "s3://",
        "s3:///x",
        "s3://b/p?x=1",
        "s3://u:p@b/p",
        "s3://b:9/p",
    ],
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreMisconfigured):
        open_store(url)


def test_a_wrong_setting_is_refused_without_quoting_it() -> None:
    with pytest.raises(StoreMisconfigured) as refused:
        open_store("s3://bucket", options={"AWS_NONSENSE": "hunter2"})
    assert "hunter2" not in str(refused.value)
