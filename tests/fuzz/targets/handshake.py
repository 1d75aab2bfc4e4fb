"""The handshake in both roles: an honest one up to some message, and then one that was tampered with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sansio_tl import codec, functions, types
from sansio_tl.crypto.kdf import handshake_key_iv
from sansio_tl.crypto.rsa import rsa_pad, rsa_unpad
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.mtproto.handshake_common import open_inner, seal_inner
from tests.fuzz.fixtures import NOW, Moment, Stream, moments, private_key


def handshake_client(data: bytes) -> None:
    """The first byte chooses the server's message, the rest patches it."""
    answers = [moment for moment in moments() if moment.to_client]
    moment = answers[data[0] % len(answers)] if data else answers[0]
    _deliver(moment, patched(moment.message, data[1:]))


def handshake_server(data: bytes) -> None:
    """The first byte chooses the client's message, the rest patches it."""
    requests = [moment for moment in moments() if not moment.to_client]
    moment = requests[data[0] % len(requests)] if data else requests[0]
    _deliver(moment, patched(moment.message, data[1:]))


def handshake_inner(data: bytes) -> None:
    """What is encrypted inside: patched, then encrypted as it should be. The first byte chooses which."""
    choice, patches = (data[0] if data else 0) % 3, data[1:]
    _INNER[choice](patches)


def _server_dh_inner(patches: bytes) -> None:
    moment = moments()[3]
    answer = codec.decode(moment.message)
    if not isinstance(answer, types.mtproto.ServerDHParamsOk):
        raise TypeError(answer)
    key_iv = _temporary()
    inner = patched(open_inner(answer.encrypted_answer, *key_iv), patches)
    changed = types.mtproto.ServerDHParamsOk(
        answer.nonce, answer.server_nonce, seal_inner(inner + bytes(-len(inner) % 4), *key_iv, Stream(3))
    )
    _deliver(moment, codec.encode(changed))


def _client_dh_inner(patches: bytes) -> None:
    moment = moments()[4]
    request = codec.decode(moment.message)
    if not isinstance(request, functions.mtproto.SetClientDHParams):
        raise TypeError(request)
    key_iv = _temporary()
    inner = patched(open_inner(request.encrypted_data, *key_iv), patches)
    changed = functions.mtproto.SetClientDHParams(
        request.nonce, request.server_nonce, seal_inner(inner + bytes(-len(inner) % 4), *key_iv, Stream(3))
    )
    _deliver(moment, codec.encode(changed))


def _pq_inner(patches: bytes) -> None:
    moment = moments()[2]
    request = codec.decode(moment.message)
    if not isinstance(request, functions.mtproto.ReqDHParams):
        raise TypeError(request)
    honest = types.mtproto.PQInnerDataDc(
        codec.decode(moments()[1].message).pq,  # type: ignore[attr-defined]
        request.p,
        request.q,
        request.nonce,
        request.server_nonce,
        _new_nonce(),
        2,
    )
    inner = patched(codec.encode(honest), patches)[:144]
    changed = functions.mtproto.ReqDHParams(
        request.nonce,
        request.server_nonce,
        request.p,
        request.q,
        request.public_key_fingerprint,
        rsa_pad(inner, private_key().public_key, Stream(4)),
    )
    _deliver(moment, codec.encode(changed))


_INNER: tuple[Callable[[bytes], None], ...] = (_pq_inner, _server_dh_inner, _client_dh_inner)


def _temporary() -> tuple[bytes, bytes]:
    """The keys that encrypt the messages about g_a and g_b."""
    request = codec.decode(moments()[2].message)
    if not isinstance(request, functions.mtproto.ReqDHParams):
        raise TypeError(request)
    return handshake_key_iv(request.server_nonce, _new_nonce())


@cache
def _new_nonce() -> bytes:
    """The client's secret: only the server can read it in the request."""
    request = codec.decode(moments()[2].message)
    if not isinstance(request, functions.mtproto.ReqDHParams):
        raise TypeError(request)
    inner, _ = codec.decode_prefix(rsa_unpad(request.encrypted_data, private_key()))
    if not isinstance(inner, types.mtproto.PQInnerDataDc):
        raise TypeError(inner)
    return inner.new_nonce


def _deliver(moment: Moment, message: bytes) -> None:
    """Give a message to whom it is for. What was not changed must be accepted, and no key comes of what was refused."""
    client, server = moment.ends()
    try:
        if moment.to_client:
            client.receive(message)
        else:
            server.receive(message, NOW)
    except RemoteProtocolError as error:
        if message == moment.message:
            raise AssertionError("the honest message is refused") from error
        if (client if moment.to_client else server).negotiated is not None:
            raise AssertionError("a key came of a message that was refused") from error


def patched(message: bytes, patches: bytes) -> bytes:
    """Patches are pairs of bytes, where (in words of 4) and what; where 255 the message is cut short or lengthened."""
    changed = bytearray(message)
    for at in range(0, len(patches) - 1, 2):
        where, what = patches[at], patches[at + 1]
        if where == 255:
            changed = changed[: len(changed) * what // 256] if what < 250 else changed + bytes(4)
        elif changed:
            changed[(where * 4 + at // 2 % 4) % len(changed)] = what
    return bytes(changed)
