"""Sessions that add nothing to a call: no redirect, no retry, no proxy, no cookie."""

from __future__ import annotations

import ssl
from base64 import b64encode
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from promptrelay.dataforseo.exchange import POOLS


class Credentials(AuthBase):
    """Login and password of the API, shown to the provider and to nobody else."""

    def __init__(self, login: str, password: str) -> None:
        self._header = "Basic " + b64encode(f"{login}:{password}".encode()).decode("ascii")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "Credentials(hidden)"


class _Adapter(HTTPAdapter):
    """Uses our connections, and one TLS context for all: reading the root certificates takes 20 ms."""

    def __init__(self, tls: ssl.SSLContext, pool_size: int) -> None:
        self._tls = tls
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """Leave the verifying to the context, which does it."""
        conn.cert_reqs = "CERT_REQUIRED"


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that trusts the usual authorities, or only those in the file."""
    return ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)


def session(credentials: Credentials, tls: ssl.SSLContext, *, pool_size: int) -> requests.Session:
    """A session that sends each request exactly once, to exactly the address that it is given."""
    made = requests.Session()
    made.trust_env = False
    made.auth = credentials
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(tls, pool_size)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made
