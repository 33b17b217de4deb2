"""Where settings come from: the environment, a secret's file, `.env`; and names that are none."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import Binding, parse_stream

PREFIX = "PROMPTRELAY_"
DOTENV = Path(".env")
DOTENV_ENCODING = "utf-8-sig"
FROM_DOTENV = ".env"
FROM_ENVIRONMENT = "environment"
SECRETS = ("api_login", "api_password", "database_url", "redis_url")
"""What may stand in a file of its own, named by a variable that ends with `_FILE`."""

_FILE = "_file"
# Kubernetes puts the addresses of services into the environment: of ours too, if one is called promptrelay.
_OF_KUBERNETES = re.compile(
    r"(\w+_)?(service_host|service_port(_\w+)?|port(_\d+_(tcp|udp|sctp)(_(proto|port|addr))?)?)"
)
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
    # Parsed here and not by the library's own reader: that one fills ${…} from the environment, so that the
    # file could send any secret of ours away as its login, and only warns of a line that it cannot read.
    found = list(parse_stream(io.StringIO(text)))
    for binding in found:
        _check_line(binding)
    return _given({binding.key: binding.value for binding in found if binding.key})


def _check_line(binding: Binding) -> None:
    """A cap whose quote is not closed would be no cap."""
    if binding.error and PREFIX in binding.original.string.upper():
        raise DotenvUnreadable(f".env, line {binding.original.line}: cannot be read; write NAME=VALUE")


def from_dotenv(names: Iterable[str]) -> dict[str, str]:
    """What `.env` gives of the settings that come from nowhere else. Raises DotenvUnreadable."""
    given, wanted = dotenv(), set(names)
    return {
        name: given[name] for name, origin in origins(wanted & given.keys()).items() if origin == FROM_DOTENV
    }


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
    files = [f"{name}{_FILE}" for name in SECRETS]
    known = [*names, *files]
    for origin, given in ((FROM_ENVIRONMENT, _given(os.environ)), (FROM_DOTENV, dotenv())):
        for name in given:
            if origin == FROM_DOTENV and name in files:
                yield f"{PREFIX}{name.upper()} (.env): is read from the environment alone; put it there"
                continue
            if name in known or name in _OURS or _OF_KUBERNETES.fullmatch(name):
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
