"""Why the stack of a data directory cannot be started, each with its cure."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot be started as it is asked for; nothing was started."""


class NoProvider(StackError):
    """Neither credentials nor a simulated provider: set PROMPTRELAY_API_LOGIN and PROMPTRELAY_API_PASSWORD,
    or add --simulate."""


class OtherProvider(StackError):
    """The data directory holds runs of the other kind of provider: simulated and real money do not mix."""


class StackFailed(StackError):
    """A service that the others need did not start; what had started has been ended again."""


class NoRedis(StackError):
    """There is no Redis to work with; nothing was started."""
