"""Answers in S3, Google Cloud Storage and Azure Blob Storage, and in whatever speaks their protocols."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from promptrelay.answers.errors import (
    AnswerMissing,
    StoreMisconfigured,
    StoreRefused,
    StoreUnavailable,
)
from promptrelay.answers.stores.objects import StoredObject, checked, checked_prefix
from promptrelay.answers.stores.remote_errors import knows_no_conditions, told_by, translated

_Client: TypeAlias = S3Store | GCSStore | AzureStore

FAIL_AFTER_S = 10.0
SCHEMES: Mapping[str, Callable[..., _Client]] = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}

_SMALL_BYTES = 4 * 1024 * 1024
"""Bodies up to this size share the bound of all short calls; larger ones get time for the way."""
_LARGE_S = 120.0
_CREATE_TRIES = 3
_PAGE = 1000


class RemoteStore:
    """An AnswerStore in a bucket or container, under a prefix.

    Short calls end within `fail_after_s`, whether the server refuses connections or never replies. Writing
    more than 4 MiB to a server that accepts connections and then says nothing may take 120 s.
    """

    def __init__(
        self, scheme: str, bucket: str, prefix: str, *, options: Mapping[str, str], fail_after_s: float
    ) -> None:
        self._base = "/".join(filter(None, (f"{scheme}://{bucket}", prefix)))
        # One try may take half the bound and a retry starts only within that half.
        half = timedelta(seconds=fail_after_s / 2)
        large = timedelta(seconds=_LARGE_S)

        def client(**timeouts: timedelta) -> _Client:
            return _connected(
                SCHEMES[scheme], bucket, prefix, options=options, give_up=half * 0.8, timeouts=timeouts
            )

        self._short = client(connect_timeout=half, timeout=half)
        self._reading = client(connect_timeout=half, read_timeout=half, timeout=large)
        self._sending = client(connect_timeout=half, timeout=large)

    def put_new(self, key: str, body: bytes) -> bool:
        client = self._short if len(body) <= _SMALL_BYTES else self._sending
        for _ in range(_CREATE_TRIES):
            if self._create(client, checked(key), body):
                return True
            # "409 conflict" of a writer that may still fail looks like "exists" here, so look (P18).
            if self.exists(key):
                return False
        raise StoreUnavailable("object store: says that the object exists and that it does not")

    def get(self, key: str) -> bytes:
        with translated():
            return bytes(obstore.get(self._reading, checked(key)).bytes())

    def exists(self, key: str) -> bool:
        # A reply to HEAD has no body and so cannot tell a missing object from a missing bucket.
        try:
            with translated():
                obstore.get(self._short, checked(key))
        except AnswerMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        try:
            with translated():
                obstore.delete(self._short, checked(key))
        except AnswerMissing:
            return

    def list(self, prefix: str) -> Iterator[StoredObject]:
        folder = checked_prefix(prefix)
        with translated():
            for page in obstore.list(self._short, folder or None, chunk_size=_PAGE):
                for found in page:
                    yield StoredObject(found["path"], found["size"], found["last_modified"].timestamp())

    def sweep_parts(self, older_than_s: float) -> int:  # noqa: ARG002
        # An object store shows nothing before it is whole.
        return 0

    def url(self, key: str) -> str:
        return f"{self._base}/{checked(key)}"

    def _create(self, client: _Client, key: str, body: bytes) -> bool:
        with translated():
            try:
                obstore.put(client, key, body, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            except FileNotFoundError as error:
                raise StoreRefused(f"{told_by(error)}: there is no such bucket") from None
            except BaseError as error:
                if not knows_no_conditions(error):
                    raise
                raise StoreRefused(
                    f"{told_by(error)}: it does not know If-None-Match, by which nothing is overwritten"
                ) from None
        return True


def _plain_http() -> dict[str, str]:
    """AWS_ALLOW_HTTP of the environment: the library reads all of AWS_* there but this one."""
    return {name: os.environ[name] for name in ("AWS_ALLOW_HTTP",) if name in os.environ}


def _connected(
    make: Callable[..., _Client],
    bucket: str,
    prefix: str,
    *,
    options: Mapping[str, str],
    give_up: timedelta,
    timeouts: Mapping[str, timedelta],
) -> _Client:
    retry: dict[str, Any] = {
        "max_retries": 10,
        "retry_timeout": give_up,
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=1),
            "base": 2,
        },
    }
    try:
        return make(
            bucket,
            prefix=prefix or None,
            config={**_plain_http(), **options} if make is S3Store else dict(options),
            client_options=dict(timeouts),
            retry_config=retry,
        )
    except (BaseError, ValueError) as error:
        raise StoreMisconfigured(
            f"the object store's settings are not usable ({type(error).__name__}): "
            "check AWS_*, GOOGLE_* or AZURE_* in the environment"
        ) from None
