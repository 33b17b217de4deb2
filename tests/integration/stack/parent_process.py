"""A command as `run` is one: takes the lock of a data directory, then runs a stack on it for ever."""

from __future__ import annotations

import json
import os
import sys
import time

from promptrelay.data_dir import DataDir
from promptrelay.stack.children import ChildSpec
from promptrelay.stack.redis_server import choose_redis, redis_spec
from promptrelay.stack.supervisor import Stack

DUMMY = """
from promptrelay.stack.child import end_with_parent
end_with_parent()
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("READY", flush=True)
while True:
    signal.pause()
"""


def main(path: str) -> None:
    data = DataDir(path).make()
    lock = data.lock()
    if not lock.try_acquire():
        print(json.dumps({"joined": lock.holder()}), flush=True)
        assert lock.wait(60, every_s=0.1)
    log = data.log(f"dummy-{os.getpid()}")
    dummy = ChildSpec(
        name="dummy",
        argv=[sys.executable, "-c", DUMMY],
        log_path=log,
        ready=lambda: "READY" in log.read_text(),
    )
    stack = Stack([redis_spec(choose_redis(None), data), dummy], on_event=lambda event: None, hold=data.hold)
    stack.start()
    print(json.dumps({"pids": stack.pids()}), flush=True)
    while True:
        stack.supervise()
        time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1])
