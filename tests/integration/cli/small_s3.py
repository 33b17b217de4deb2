"""As much of S3 as a worker needs, with the ways in which a real one does not serve.

Real servers by wheel make a bucket at its first object and know conditional writes, so they show none of it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_DATE = "Wed, 25 Nov 2026 10:00:00 GMT"


@dataclass
class SmallS3:
    """What it has, and how it behaves; both may change while it serves."""

    buckets: set[str] = field(default_factory=set)
    conditions: str = "kept"
    """`refused`: 501; `ignored`: it overwrites."""
    closed: bool = False
    """It refuses every key."""
    objects: dict[str, bytes] = field(default_factory=dict)
    port: int = 0

    @property
    def options(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "access",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
        }

    def trouble(self, place: str, *, conditional: bool) -> tuple[int, str] | None:
        if self.closed:
            return 403, "AccessDenied"
        if place.strip("/").partition("/")[0] not in self.buckets:
            return 404, "NoSuchBucket"
        if conditional and self.conditions == "refused":
            return 501, "NotImplemented"
        if conditional and self.conditions == "kept" and place in self.objects:
            return 412, "PreconditionFailed"
        return None


class _Server(ThreadingHTTPServer):
    def __init__(self, small: SmallS3) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.small = small


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._in_trouble(conditional=self.headers["If-None-Match"] is not None):
            self.server.small.objects[self._place()] = body
            self._reply(200)

    def do_GET(self) -> None:
        if self._in_trouble():
            return
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            prefix = query.get("prefix", [""])[0]
            self._reply(200, _listing(self.server.small, self._place(), prefix))
            return
        found = self.server.small.objects.get(self._place())
        self._reply(*((404, _error("NoSuchKey")) if found is None else (200, found)))

    def do_DELETE(self) -> None:
        if not self._in_trouble():
            self.server.small.objects.pop(self._place(), None)
            self._reply(204)

    def do_POST(self) -> None:
        """Several objects are deleted at once, also when it is one."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not self._in_trouble():
            keys = re.findall(r"<Key>([^<]*)</Key>", body)
            for key in keys:
                self.server.small.objects.pop(f"{self._place().rstrip('/')}/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            self._reply(200, f"{_XML}<DeleteResult>{deleted}</DeleteResult>".encode())

    def _place(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _in_trouble(self, *, conditional: bool = False) -> bool:
        found = self.server.small.trouble(self._place(), conditional=conditional)
        if found is not None:
            self._reply(found[0], _error(found[1]))
        return found is not None

    def _reply(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        facts = {"Content-Length": str(len(body)), "ETag": '"x"', "Last-Modified": _DATE}
        for name, text in facts.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serve_s3(small: SmallS3) -> Iterator[SmallS3]:
    """Serves it on loopback."""
    server = _Server(small)
    small.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield small
    finally:
        server.shutdown()
        server.server_close()


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code></Error>".encode()


def _listing(small: SmallS3, bucket: str, prefix: str) -> bytes:
    start = f"{bucket.rstrip('/')}/{prefix}"
    keys = [key.removeprefix(f"{bucket.rstrip('/')}/") for key in small.objects if key.startswith(start)]
    contents = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><ETag>x</ETag>"
        "<LastModified>2026-11-25T10:00:00.000Z</LastModified></Contents>"
        for key in sorted(keys)
    )
    return f"{_XML}<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
