"""Each thing that can be wrong with a file is one line that names the place and the cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from producers.prompts import errors
from producers.prompts.errors import PromptFileError
from producers.prompts.reading import read_prompts
from tests.unit.producers.prompts.conftest import PromptFile


def message(path: Path, prompt_column: str | None = None) -> str:
    with pytest.raises(PromptFileError) as caught:
        list(read_prompts(path, prompt_column=prompt_column))
    said = str(caught.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert "{" not in said
    return said


def test_a_missing_file_and_a_directory_are_told_apart_before_reading(tmp_path: Path) -> None:
    with pytest.raises(errors.PromptFileMissing, match="no such file"):
        read_prompts(tmp_path / "none.csv")
    with pytest.raises(errors.PromptFileIsDirectory, match="is a directory"):
        read_prompts(tmp_path)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".txt"])
def test_a_pipe_is_not_waited_for_and_a_device_not_read(tmp_path: Path, suffix: str) -> None:
    pipe, device = tmp_path / f"pipe{suffix}", tmp_path / f"zero{suffix}"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        assert "a pipe or a device; write what comes out of it into a file" in message(path)


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.txt"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b" \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_hold_no_prompt(prompt_file: PromptFile, name: str, content: bytes) -> None:
    assert "holds no prompt" in message(prompt_file(content, name))


def test_a_header_alone_is_not_taken_for_a_prompt(prompt_file: PromptFile) -> None:
    assert "a header row and nothing below" in message(prompt_file("prompt,x\n\n"))


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        (".json", ".jsonl or .ndjson"),
        (".yaml", ".yaml are not"),
        (".xlsx", ".xlsx are not"),
        ("", "no extension"),
    ],
)
def test_other_formats_are_refused_with_what_is_supported(
    prompt_file: PromptFile, suffix: str, said: str
) -> None:
    text = message(prompt_file("prompt\nx\n", "p" + suffix))
    assert said in text
    assert ".csv or .tsv" in text


@pytest.mark.parametrize("name", ["p.csv", "p.txt"])
def test_a_wrong_encoding_is_named_with_line_and_byte(prompt_file: PromptFile, name: str) -> None:
    text = message(prompt_file("prompt\nWelcher Tee für mich?\n".encode("latin-1"), name))
    assert "line 2, byte 21: not UTF-8" in text
    assert "iconv" in text


def test_the_place_is_right_far_into_the_file_and_across_chunks(prompt_file: PromptFile) -> None:
    start = ("prompt\n" + "äöü äöü\n" * 20_000).encode()
    text = message(prompt_file(start + b"x\xe9"))
    assert f"line 20002, byte {len(start) + 2}:" in text


def test_a_character_cut_off_at_the_end_is_a_wrong_encoding(prompt_file: PromptFile) -> None:
    assert "line 2, byte 8: not UTF-8" in message(prompt_file(b"prompt\n\xe2\x82"))


def test_half_of_a_utf_16_file_is_named_as_such(prompt_file: PromptFile) -> None:
    assert "not UTF-16" in message(prompt_file("prompt\nx\n".encode("utf-16") + b"\0"))


def test_nul_bytes_are_named_with_their_line(prompt_file: PromptFile) -> None:
    assert "line 3: a NUL byte" in message(prompt_file(b"prompt\nok\nb\0d\n"))
    assert "line 1: a NUL byte" in message(prompt_file("prompt\nx\n".encode("utf-16-le"), "p.txt"))


def test_a_quote_that_is_never_closed_is_found_where_it_was_opened(prompt_file: PromptFile) -> None:
    assert "line 3: a quote opened in this row is never closed" in message(
        prompt_file('prompt,x\nok,1\n"open,2\nmore,3\n')
    )


def test_an_open_quote_stops_before_it_swallows_all_memory(prompt_file: PromptFile) -> None:
    path = prompt_file('prompt\nok\n"open' + ("x" * 99 + "\n") * 170_000)
    assert "line 3: a cell is longer than" in message(path)


def test_text_after_a_closing_quote_stops_the_reading(prompt_file: PromptFile) -> None:
    assert "line 2: text follows a closing quote" in message(prompt_file('prompt,x\n"a"b,1\n'))


def test_without_a_known_column_the_columns_and_the_option_are_named(prompt_file: PromptFile) -> None:
    text = message(prompt_file("frage,land\nx,y\n"))
    assert "columns there are: frage, land" in text
    assert "--prompt-column" in text


def test_a_column_that_is_asked_for_and_missing_is_named(prompt_file: PromptFile) -> None:
    text = message(prompt_file("prompt,land\nx,y\n"), "frage")
    assert "there is no column frage" in text
    assert "prompt, land" in text


def test_a_file_without_header_shows_no_more_than_a_glimpse_of_its_first_prompt(
    prompt_file: PromptFile,
) -> None:
    prompt = "What do the assistants say about our tea when nobody listens to them?"
    text = message(prompt_file(f"17,{prompt}\n18,other\n"))
    assert prompt[:39] in text
    assert prompt[:41] not in text


def test_two_columns_of_one_name_are_refused(prompt_file: PromptFile) -> None:
    assert "two columns are called x" in message(prompt_file("prompt,x,x\na,b,c\n"))


def test_a_file_that_may_not_be_read_is_an_error_of_ours(
    prompt_file: PromptFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = prompt_file("prompt\nx\n")

    def denied(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert "Permission denied" in message(path)
