"""Measures one payload with each codec."""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl_transports.cli.bench.payloads import Payload
from sansio_tl_transports.cli.bench.report import Measurement
from sansio_tl_transports.cli.bench.telethon_codec import CannotCompareError, TelethonCodec
from sansio_tl_transports.cli.bench.timing import time_all


def measure(payload: Payload, telethon: TelethonCodec | None, rounds: int) -> Measurement:
    """Time decoding and encoding, with Telethon too if it can do both."""
    operations: dict[str, Callable[[], object]] = {"decode": payload.decode, "encode": payload.encode}
    remark = None
    if telethon is not None:
        try:
            operations["telethon decode"], operations["telethon encode"] = telethon.operations(payload.data)
        except CannotCompareError as error:
            remark = str(error)
    return Measurement(payload, time_all(operations, rounds), remark)
