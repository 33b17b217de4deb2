"""One call as the provider sees it, and the reply it gets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from promptrelay.simulator.catalogue import PLATFORMS, STANDARD_PLATFORMS
from promptrelay.simulator.envelope import Json

_PLATFORM_PATH = re.compile(
    r"/v3/ai_optimization/(?P<platform>\w+)/llm_responses/(?P<endpoint>\w+)(?:/(?P<id>[^/]+))?"
)
_METHODS = {
    "task_post": "POST",
    "live": "POST",
    "task_get": "GET",
    "tasks_ready": "GET",
    "models": "GET",
}
_ACCOUNT_PATHS = {
    ("POST", "/v3/ai_optimization/id_list"): "id_list",
    ("POST", "/v3/ai_optimization/errors"): "errors",
    ("GET", "/v3/appendix/user_data"): "user_data",
    ("GET", "/v3/appendix/errors"): "codes",
    ("POST", "/v3/appendix/webhook_resend"): "webhook_resend",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call: which endpoint, of which platform, with what."""

    endpoint: str
    path: list[str]
    platform: str = ""
    task_id: str = ""
    body: bytes = b""

    @property
    def data(self) -> Json:
        """What the provider itself puts into `data` of every entry."""
        if self.platform:
            return {"api": "ai_optimization", "function": "llm_responses", "se": self.platform}
        return {"api": self.path[1], "function": self.endpoint}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: an HTTP status and a JSON body."""

    body: Json
    http_status: int = 200


def read_call(method: str, path: str, body: bytes) -> Call | None:
    """Finds out what is called; None if there is no such place."""
    parts = path.strip("/").split("/")
    endpoint = _ACCOUNT_PATHS.get((method, path))
    if endpoint:
        return Call(endpoint, parts, body=body)
    match = _PLATFORM_PATH.fullmatch(path)
    if match is None or match["platform"] not in PLATFORMS or _METHODS.get(match["endpoint"]) != method:
        return None
    endpoint, platform = match["endpoint"], match["platform"]
    has_id = match["id"] is not None
    if has_id != (endpoint == "task_get"):
        return None
    if platform not in STANDARD_PLATFORMS and endpoint not in ("live", "models"):
        return None
    return Call(endpoint, parts, platform, match["id"] or "", body)
