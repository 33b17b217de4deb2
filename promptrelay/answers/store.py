"""Where answers rest: a port that local disk and the object stores fulfil alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from promptrelay.answers.errors import StoreMisconfigured
from promptrelay.answers.stores.local import LocalStore
from promptrelay.answers.stores.objects import StoredObject
from promptrelay.answers.stores.remote import FAIL_AFTER_S, SCHEMES, RemoteStore

__all__ = ["FAIL_AFTER_S", "AnswerStore", "StoredObject", "open_store"]


class AnswerStore(Protocol):
    """Immutable objects under keys; a key is a relative path of plain names, divided by `/`.

    Every method raises StoreUnavailable (or its kinds StoreFull and StoreRefused) when the store does not
    answer in time, and KeyRefused for a key that is no plain relative path.
    """

    def put_new(self, key: str, body: bytes) -> bool:
        """Makes the object durable before it returns; False if the key was taken, which is then ours too.

        Never overwrites. Keys are content-addressed, so whoever was first wrote the same (P17, P18).
        """

    def get(self, key: str) -> bytes:
        """The whole object. Raises AnswerMissing."""

    def exists(self, key: str) -> bool:
        """Whether the object is there; False only if the store itself says so."""

    def delete(self, key: str) -> None:
        """Removes the object; one that is not there is no error."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """The objects in that folder and below, in no order; `""` is everything, a last `/` optional."""

    def sweep_parts(self, older_than_s: float) -> int:
        """Removes what killed writers left half-written that long ago, and says how many files that were."""

    def url(self, key: str) -> str:
        """The address by which other tools open the object."""


def open_store(
    url: str, *, options: Mapping[str, str] | None = None, fail_after_s: float = FAIL_AFTER_S
) -> AnswerStore:
    """The store behind a URL: a plain path, `file:///…`, `s3://bucket/prefix`, `gs://…` or `az://container/…`.

    `options` are settings in the words of the environment (`AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, …) and win
    over it. A store that is down is given up after about `fail_after_s`. Raises StoreMisconfigured.
    """
    scheme, divider, rest = url.partition("://")
    if not divider:
        return _local(url)
    if scheme == "file":
        return _local(unquote(_file_path(rest)))
    if scheme in SCHEMES:
        return _remote(url, options or {}, fail_after_s)
    raise StoreMisconfigured(
        f"{scheme}:// is no store; use a path or {', '.join(f'{s}://' for s in SCHEMES)}"
    )


def _local(path: str) -> LocalStore:
    if not path:
        raise StoreMisconfigured("the store's path is empty")
    return LocalStore(Path(path).expanduser())


def _file_path(rest: str) -> str:
    host, slash, path = rest.partition("/")
    if host not in {"", "localhost"} or not slash:
        raise StoreMisconfigured("a file URL has three slashes: file:///path")
    return "/" + path


def _remote(url: str, options: Mapping[str, str], fail_after_s: float) -> RemoteStore:
    parts = urlsplit(url)
    if not parts.netloc or parts.query or parts.fragment or parts.username or parts.port:
        raise StoreMisconfigured("a store's URL is scheme://bucket/prefix and nothing more")
    return RemoteStore(
        parts.scheme, parts.netloc, parts.path.strip("/"), options=options, fail_after_s=fail_after_s
    )
