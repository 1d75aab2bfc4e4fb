"""A digest of all bytes on the connections of some simulations, and of their results."""

from __future__ import annotations

import json
import sys
from hashlib import sha256

import sansio_tl.connection.client
from sansio_tl.simulation import network, simulate


def main(seeds: int) -> None:
    """Print the digest, how many bytes went into it, and where the engine is."""
    digest, written = sha256(), 0

    class Noting(network.Pipe):
        def send(self, data: bytes) -> None:
            nonlocal written
            written += len(data)
            digest.update(b"%d " % len(data) + data)
            super().send(data)

    network.Pipe = Noting  # type: ignore[misc]
    for seed in range(seeds):
        digest.update(repr(simulate(seed)).encode())
    print(json.dumps({"digest": digest.hexdigest(), "bytes": written, "engine": sansio_tl.connection.client.__file__}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
