"""What can go wrong between us and the provider, by what the caller may do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptrelay.dataforseo.wire.reply import Reply


class ProviderError(Exception):
    """The provider cannot be used for this call."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        template = " ".join((type(self).__doc__ or type(self).__name__).split())
        super().__init__(template.format(**facts))


class NotSent(ProviderError):
    """Not sent ({reason}): no byte of the request left, so sending it again costs nothing extra."""


class SendRefused(NotSent):
    """Not sent ({reason}): our own check refused it before the first byte was written."""


class OutcomeUnknown(ProviderError):
    """Charged or not, we cannot know ({reason}): bytes left and no complete reply came back. Never send it
    again before it has been searched for."""

    def __init__(self, *, reason: str, reply: Reply | None = None, body: bytes = b"") -> None:
        super().__init__(reason=reason)
        self.reply = reply
        """What could be read all the same: its entries are evidence by their tags, but reject nothing."""
        self.body = body
        """What came, for a person to look at: it may be the only copy of something paid for."""


class Unreadable(ProviderError):
    """A free call got no usable answer ({reason}): ask again later."""

    code: int | None = None


class Throttled(Unreadable):
    """The provider answers too many calls with {code}: everybody waits, then asks again."""

    def __init__(self, *, code: int) -> None:
        super().__init__(code=code)
        self.code = code


class AccountRefused(ProviderError):
    """The provider refuses this account with {code}: nothing is sent for it until a person has looked."""

    def __init__(self, *, code: int | None) -> None:
        super().__init__(code=code)
        self.code = code


class CredentialsRefused(AccountRefused):
    """The provider does not accept the login and password ({code}): set the API password, which is not
    the dashboard's."""


class AllowanceUnavailable(ProviderError):
    """Redis did not answer ({reason}), so nobody can say whether another call fits the limits: no call is
    made."""
