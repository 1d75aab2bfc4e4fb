"""The longest single call of the engine during a handshake: `python -m benchmarks.session.handshake_stalls`.

An event loop stalls for that long. Measured at both ends, with the computations inside the engine and with
`offload_handshake`, with gmpy2 and with Python's `pow`. Medians of several handshakes, in milliseconds of CPU time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from statistics import median
from time import process_time
from typing import TypeVar

from sansio_tl import Config, Connection, KeyStore, RsaPrivateKey, ServerConfig, ServerConnection, functions
from sansio_tl.crypto import modular

T = TypeVar("T")
NOW = 1_790_000_000.0
ROUNDS = 15
RSA = RsaPrivateKey.generate(Random("rsa").randbytes)


class Stalls:
    """The longest call of one end."""

    def __init__(self) -> None:
        self.longest = 0.0

    def call(self, function: Callable[[], T]) -> T:
        """Make a call, and measure it."""
        began = process_time()
        result = function()
        self.longest = max(self.longest, process_time() - began)
        return result


def handshake(seed: int, *, offload: bool) -> tuple[float, float]:
    """Make a handshake; returns the longest call of the client and of the server, in seconds."""
    config = Config(api_id=1, public_keys=(RSA.public_key,), offload=offload)
    client = Connection(config, entropy=Random(f"client {seed}").randbytes, now=NOW)
    settings = ServerConfig(private_keys=(RSA,), offload_handshake=offload)
    server = ServerConnection(settings, KeyStore(), entropy=Random(f"server {seed}").randbytes, now=NOW)
    handle = client.invoke(functions.mtproto.Ping(1), now=NOW)
    stalls = (Stalls(), Stalls())
    ends: tuple[Connection | ServerConnection, ...] = (client, server)
    while not handle.done:
        for end, other, stall, others in zip(ends, ends[::-1], stalls, stalls[::-1], strict=True):
            while (action := end.next_action()) is not None:
                value = action.job()
                stall.call(lambda end=end, action=action, value=value: end.receive_computed(action, value, now=NOW))  # type: ignore[misc]
            data = stall.call(lambda end=end: end.data_to_send(now=NOW))  # type: ignore[misc]
            if data:
                others.call(lambda other=other, data=data: other.receive_data(data, now=NOW))  # type: ignore[misc]
            while end.next_event() is not None:
                pass
    return stalls[0].longest, stalls[1].longest


def main() -> None:
    """Print a table."""
    print(f"Python {sys.version.split()[0]}; milliseconds\n")
    print(f"{'arithmetic':12}{'computations':16}{'client':>8}{'server':>8}")
    for arithmetic in ("gmpy2", "pow"):
        if arithmetic == "pow":
            modular.long_power = lambda: modular.power_in_steps  # type: ignore[assignment]
        elif modular.long_power() is modular.power_in_steps:
            print("gmpy2 is not installed")
            continue
        for offload in (False, True):
            handshake(0, offload=offload)  # imports
            longest = [handshake(seed, offload=offload) for seed in range(ROUNDS)]
            client, server = (median(each[end] for each in longest) * 1000 for end in (0, 1))
            print(f"{arithmetic:12}{'at the driver' if offload else 'in the engine':16}{client:8.1f}{server:8.1f}")


if __name__ == "__main__":
    main()
