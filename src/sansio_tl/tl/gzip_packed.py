"""gzip_packed: decompression with bounded output (MS15).

The output is bounded while it grows, in size and in ratio to the input, so that a bomb costs no more than the bound. Up
to a few kilobytes any ratio is allowed. gzip and zlib streams are both accepted: most peers send the first, some the
second.
"""

from __future__ import annotations

import zlib

from sansio_tl.errors.protocol import RemoteProtocolError

GZIP_PACKED = 0x3072CFA1
"""`gzip_packed packed_data:bytes = Object`: may replace a boxed value of any type."""
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_ALWAYS = 4096


def inflate(data: bytes, max_size: int, max_ratio: int) -> bytes:
    """Decompress one gzip or zlib stream of at most `max_size` bytes.

    Above 4 KB at most `max_ratio` bytes come out for each byte of `data`.

    Raises RemoteProtocolError("MS15") when the output is larger, the stream damaged or cut short, or bytes follow it.
    """
    bound = min(max_size, max(max_ratio * len(data), _ALWAYS))
    stream = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        output = stream.decompress(data, bound + 1)
    except zlib.error as error:
        raise RemoteProtocolError("MS15", f"invalid compressed data: {error}") from None
    if len(output) > bound:
        raise RemoteProtocolError("MS15", f"compressed data inflates to more than {bound} bytes")
    if not stream.eof:
        raise RemoteProtocolError("MS15", "compressed data is cut short")
    if stream.unused_data:
        raise RemoteProtocolError("MS15", f"{len(stream.unused_data)} bytes follow the compressed data")
    return output
