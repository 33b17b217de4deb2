"""The embedded stack of a data directory, joined or owned: started, watched, and ended as one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.settings import Settings
from promptrelay.data_dir import DataDir, StackLock
from promptrelay.domain.platform import Platform
from promptrelay.redis_url import client_url
from promptrelay.stack import services
from promptrelay.stack.children import ChildSpec, StackEvent
from promptrelay.stack.errors import NoProvider, OtherProvider
from promptrelay.stack.supervisor import Stack

_SIMULATED, _REAL = "simulated", "real"


@dataclass(slots=True)
class EmbeddedStack:
    """One stack a data directory: whoever gets the lock starts it, others join and take over (DESIGN §4)."""

    settings: Settings
    data: DataDir
    simulate: bool
    on_event: Callable[[StackEvent], None]
    flower_port: int | None = None
    simulator_options: Sequence[str] = ()
    _stack: Stack | None = None
    _lock: StackLock | None = None
    _environment: dict[str, str] = field(default_factory=dict)
    _platforms: set[Platform] = field(default_factory=set)

    def check(self) -> None:
        """Refuse a stack without a provider, or one that would mix simulated and real money."""
        if not self.simulate and not self.settings.has_provider:
            raise NoProvider
        if self.settings.redis_url:
            # Every process of the stack would find out by itself, one after the other and again and again.
            client_url(self.settings.redis_url)
        kind = _SIMULATED if self.simulate else _REAL
        marker = self.data.path / "provider"
        found = marker.read_text("utf-8").strip() if marker.exists() else kind
        if found != kind:
            raise OtherProvider(
                f"{self.data.path} holds runs of a {found} provider; "
                "set PROMPTRELAY_DATA_DIR to another folder"
            )
        marker.write_text(kind + "\n", "utf-8")

    @property
    def is_ours(self) -> bool:
        """Whether this process runs the stack, rather than having joined another's."""
        return self._stack is not None

    def tend(self, platforms: Sequence[Platform]) -> None:
        """Start the stack if nobody runs it, restart what died, and see to these platforms' Live workers."""
        if self._stack is None:
            self._lock = self._lock or self.data.lock()
            if not self._lock.try_acquire():
                return
            self._start(platforms)
        assert self._stack is not None
        for platform in set(platforms) - self._platforms:
            self._platforms.add(platform)
            self._stack.add(services.live_child(self.settings, self.data, self._environment, platform))
        self._stack.supervise()

    def _start(self, platforms: Sequence[Platform]) -> None:
        redis_url, children = services.redis_children(self.settings, self.data)
        self._environment = services.child_environment(self.settings, self.data, redis_url)
        if self.simulate:
            children.append(self._simulator())
        children += services.working_children(self.settings, self.data, self._environment, platforms)
        if self.flower_port is not None:
            children.append(services.flower_child(self.data, self._environment, self.flower_port))
        self._platforms = set(platforms)
        self._stack = Stack(children, on_event=self.on_event, hold=self.data.hold)
        self._stack.start()

    def _simulator(self) -> ChildSpec:
        port = _free_port()
        self._environment |= services.simulated(self.settings, port)
        self.data.simulator.write_text(self._environment["PROMPTRELAY_API_URL"] + "\n", "utf-8")
        return services.simulator_child(self.data, port, self.settings.time_scale, self.simulator_options)

    def stop(self) -> None:
        """End every child, then let another command take over."""
        if self._stack is not None:
            self._stack.stop()
            self.data.simulator.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
