"""The witness of a search: a task that is sent for nothing but to be listed (P14).

The list shows what was taken in the order of its taking. So a task that began after an attempt's
`absent_from`, and is listed, proves that the attempt would be listed too, however far the list lags behind.
"""

from __future__ import annotations

from typing import NamedTuple


class Witness(NamedTuple):
    """What became of the newest one."""

    stage: str = "none"
    """none, queued, sending, posted, taken, failed or collected."""
    after: tuple[int, ...] = ()
    """The attempts whose `absent_from` lay before it began: it can speak of no other."""
    on_the_wire: int = 0
    listed_in: int = 0
    again_in: int = 0
    """How long no other is bought."""

    @property
    def is_listed(self) -> bool:
        """Whether the list shows it; a failed task is hidden."""
        return self.stage in ("taken", "collected") and self.listed_in == 0

    @property
    def may_speak(self) -> bool:
        """Whether it may yet be listed, as far as anybody can tell."""
        return self.stage in ("queued", "sending", "taken", "collected")

    @property
    def is_out(self) -> bool:
        """Whether it costs money that nobody has booked yet."""
        return self.stage == "taken"

    def older(self) -> Witness:
        """The same, one unit of time later."""
        return self._replace(
            on_the_wire=max(0, self.on_the_wire - 1),
            listed_in=max(0, self.listed_in - 1),
            again_in=max(0, self.again_in - 1),
        )

    def outside(self, list_lag: int) -> list[tuple[str, Witness]]:
        """What the network and the provider may do to it."""
        found = []
        if self.on_the_wire:
            taken = self._replace(stage="taken", on_the_wire=0, listed_in=list_lag)
            found.append(("provider: takes the witness", taken))
            found.append(("network: drops the witness", self._replace(on_the_wire=0)))
        if self.stage == "taken":
            found.append(("provider: the witness fails", self._replace(stage="failed", listed_in=0)))
            found.append(("ready list: settles the witness", self._replace(stage="collected")))
        return found
