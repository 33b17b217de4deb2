"""One Redis, two spellings: redis-py refuses `redis+socket://`, kombu refuses `unix://`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_SCHEMES: Final = ("redis", "rediss", "unix", "redis+socket")
_CERT_REQS: Final = "ssl_cert_reqs"


class InvalidRedisUrl(ValueError):
    """Not a Redis address we can use; the message never repeats the URL, which may hold a password."""


def client_url(url: str) -> str:
    """The spelling that redis-py reads: `redis://`, `rediss://` or `unix:///path?db=N`.

    Takes any of the four schemes and raises `InvalidRedisUrl` for anything else.
    """
    address = _parse(url)
    if address.over_socket:
        query = {"db": address.database} if address.database else {}
        return _spell("unix", address, path=quote(address.path), query=query | address.query)
    return _spell(address.scheme, address, path=f"/{address.database}", query=address.query)


def broker_url(url: str) -> str:
    """The spelling that kombu and Celery read: `redis://`, `rediss://` or `redis+socket:///path`.

    Takes any of the four schemes and raises `InvalidRedisUrl` for anything else. The number of the
    database moves to where kombu looks for it, or clients and broker would meet in different ones.
    """
    address = _parse(url)
    if address.over_socket:
        query = {"virtual_host": address.database} if address.database else {}
        return _spell("redis+socket", address, path=quote(address.path), query=query | address.query)
    return _spell(address.scheme, address, path=f"/{address.database}", query=address.query)


@dataclass(frozen=True, slots=True)
class _Address:
    scheme: str
    credentials: str  # as written, with its "@"
    host: str  # with its port
    path: str  # of the socket
    database: str
    query: dict[str, str]

    @property
    def over_socket(self) -> bool:
        return self.scheme in {"unix", "redis+socket"}


def _parse(url: str) -> _Address:
    scheme, mark, _ = url.partition("://")
    if not mark or scheme.lower() not in _SCHEMES:
        raise InvalidRedisUrl(f"a Redis URL starts with one of {', '.join(s + '://' for s in _SCHEMES)}")
    parts = urlsplit(url)
    credentials, at, host = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query))
    named = query.pop("virtual_host", None) or query.pop("db", None)
    query.pop("db", None)
    address = _Address(scheme.lower(), credentials + at, host, unquote(parts.path), named or "", query)
    return _over_socket(address) if address.over_socket else _over_tcp(address)


def _over_socket(address: _Address) -> _Address:
    if address.host or not address.path.strip("/"):
        raise InvalidRedisUrl("a Redis socket URL has an absolute path: unix:///path/to/redis.sock")
    return _with_database(address, address.database)


def _over_tcp(address: _Address) -> _Address:
    if not address.host:
        raise InvalidRedisUrl("a Redis URL names a host: redis://host:6379/0")
    secured = replace(address, query=_verified(address.query)) if address.scheme == "rediss" else address
    return _with_database(secured, address.database or address.path.strip("/") or "0")


def _with_database(address: _Address, database: str) -> _Address:
    if database and not (database.isascii() and database.isdigit()):
        raise InvalidRedisUrl("the database of a Redis URL is a number: redis://host:6379/0")
    return replace(address, database=database)


def _verified(query: dict[str, str]) -> dict[str, str]:
    """Certificates are checked unless the URL says otherwise: kombu's own default is not to look."""
    asked = query.get(_CERT_REQS, "required")
    return query | {_CERT_REQS: asked.removeprefix("CERT_").lower()}


def _spell(scheme: str, address: _Address, *, path: str, query: dict[str, str]) -> str:
    tail = f"?{urlencode(query)}" if query else ""
    return f"{scheme}://{address.credentials}{address.host}{path}{tail}"
