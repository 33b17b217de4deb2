"""Where settings come from: the environment, a secret's file, `.env`; and names that are none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

PREFIX = "PROMPTRELAY_"
DOTENV = Path(".env")
DOTENV_ENCODING = "utf-8-sig"
FROM_DOTENV = ".env"
FROM_ENVIRONMENT = "environment"
SECRETS = ("api_login", "api_password", "database_url", "redis_url")
"""What may stand in a file of its own, named by a variable that ends with `_FILE`."""

_FILE = "_file"
# Kubernetes puts the addresses of services into the environment: of ours too, if one is called promptrelay.
_OF_KUBERNETES = re.compile(r"(^|_)(service_host|service_port(_\w+)?|port(_\d+_(tcp|udp|sctp)(_\w+)?)?)")
_OURS = frozenset({"parent_fd"})


class DotenvUnreadable(ValueError):
    """What is wrong with the file, with the place."""


def dotenv() -> dict[str, str]:
    """What `.env` in the working directory gives; empty is nothing. Raises DotenvUnreadable."""
    try:
        text = DOTENV.read_bytes().decode(DOTENV_ENCODING) if DOTENV.is_file() else ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DotenvUnreadable(
            f".env, line {line}, byte {error.start + 1}: not UTF-8; save the file as UTF-8"
        ) from None
    except OSError as error:
        raise DotenvUnreadable(f".env cannot be read ({error.strerror})") from None
    if "\0" in text:
        raise DotenvUnreadable(".env holds a NUL byte; save the file as UTF-8 text")
    return _given(dotenv_values(DOTENV, encoding=DOTENV_ENCODING)) if text else {}


def origins(names: Iterable[str]) -> dict[str, str]:
    """Where each setting that is not at its default comes from."""
    in_dotenv, in_environment = dotenv(), _given(os.environ)
    found = {}
    for name in names:
        if name in in_environment:
            found[name] = FROM_ENVIRONMENT
        elif name in SECRETS and f"{name}{_FILE}" in in_environment:
            found[name] = in_environment[f"{name}{_FILE}"]
        elif name in in_dotenv:
            found[name] = FROM_DOTENV
    return found


def strangers(names: Iterable[str]) -> Iterator[str]:
    """A sentence for each variable with our prefix that is no setting: a misspelt cap would be no cap."""
    known = [*names, *(f"{name}{_FILE}" for name in SECRETS)]
    for origin, given in ((FROM_ENVIRONMENT, _given(os.environ)), (FROM_DOTENV, dotenv())):
        for name in given:
            if name in known or name in _OURS or _OF_KUBERNETES.search(name):
                continue
            nearest = get_close_matches(name, known, n=1)
            hint = (
                f"did you mean {PREFIX}{nearest[0].upper()}?" if nearest else "promptrelay settings lists all"
            )
            yield f"{PREFIX}{name.upper()} ({origin}): there is no such setting; {hint}"


def _given(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Ours among them, as settings are called."""
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in ((name.upper(), value) for name, value in variables.items())
        if name.startswith(PREFIX) and value
    }
