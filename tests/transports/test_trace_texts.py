"""The texts of events of a trace, as logs and `sansio-tl trace` show them."""

from __future__ import annotations

from typing import get_args

import pytest

from sansio_tl import trace
from sansio_tl_transports.tracing.descriptions import describe

TEXTS: list[tuple[trace.TraceEvent, str]] = [
    (
        trace.ConnectionRequested(1, 2, ("192.0.2.1:443", "192.0.2.2:443")),
        "connection 1 to DC 2 requested: 192.0.2.1:443, 192.0.2.2:443",
    ),
    (trace.ConnectionOpened(1, 2, "client", "192.0.2.1:443"), "connection 1 to DC 2 (192.0.2.1:443) is open"),
    (trace.ConnectionOpened(1, 2, "server", None), "connection 1 accepted by DC 2 is open"),
    (trace.ConnectionFailed(1, 2, "refused"), "connection 1 to DC 2 failed: refused"),
    (trace.ConnectionTerminated(1, 2, "EN2: unknown"), "connection 1 (DC 2) ended: EN2: unknown"),
    (trace.ConnectionTerminated(1, 2, None), "connection 1 (DC 2) ended"),
    (trace.ReconnectScheduled(2, 12.5, "refused"), "connecting to DC 2 again at 12.500: refused"),
    (trace.HandshakeStarted(1, temporary=True), "connection 1: handshake for a temporary key"),
    (trace.HandshakeStarted(1, temporary=False), "connection 1: handshake for a permanent key"),
    (trace.HandshakeStep(1, "resPQ", sent=True, size=40), "connection 1 -> resPQ, 40 bytes, not encrypted"),
    (trace.HandshakeStep(1, "resPQ", sent=False, size=40), "connection 1 <- resPQ, 40 bytes, not encrypted"),
    (trace.KeyCreated(1, "a1b2", 3600), "connection 1: auth key a1b2 created for 3600 s"),
    (trace.KeyCreated(1, "a1b2", None), "connection 1: auth key a1b2 created"),
    (trace.KeyBound(1, 1000), "connection 1: temporary key bound until 1000"),
    (trace.KeyNotFound(2), "DC 2 does not know the auth key (-404, repeatedly)"),
    (trace.SaltChanged(1, "bad_server_salt"), "connection 1: new salt from bad_server_salt"),
    (trace.PacketSent(1, 40), "connection 1 -> packet of 40 bytes"),
    (trace.PacketReceived(1, 40), "connection 1 <- packet of 40 bytes"),
    (
        trace.MessageSent(1, 8, 1, 40, "ping", None, None, (), again=False, content=None),
        "connection 1 -> ping, message 0000000000000008, seqno 1, 40 bytes",
    ),
    (
        trace.MessageSent(1, 8, 1, 40, "ping", 12, None, (), again=True, content="Ping(ping_id=5)"),
        "connection 1 -> ping, message 0000000000000008 in 000000000000000c, seqno 1, 40 bytes, again: Ping(ping_id=5)",
    ),
    (
        trace.MessageReceived(1, 8, 1, 40, "rpc_result", None, "nearestDc", (4,), None),
        "connection 1 <- rpc_result (nearestDc) about 0000000000000004, message 0000000000000008, seqno 1, 40 bytes",
    ),
    (
        trace.MessageReceived(1, 8, 1, 40, "msgs_ack", None, None, (1, 2, 3, 4), None),
        (
            "connection 1 <- msgs_ack about 0000000000000001, 0000000000000002, 0000000000000003, 0000000000000004"
            ", message 0000000000000008, seqno 1, 40 bytes"
        ),
    ),
    (
        trace.MessageReceived(1, 8, 1, 40, "msgs_ack", 12, None, (1, 2, 3, 4, -5), "MsgsAck(...)"),
        (
            "connection 1 <- msgs_ack about 0000000000000001, 0000000000000002, 0000000000000003, 0000000000000004, ..."
            ", message 0000000000000008 in 000000000000000c, seqno 1, 40 bytes: MsgsAck(...)"
        ),
    ),
    (
        trace.MessageDiscarded(1, 8, "MS3", "DUPLICATE"),
        "connection 1: message 0000000000000008 ignored: MS3: DUPLICATE",
    ),
    (
        trace.MessageUndecodable(1, "TL3", "unknown constructor"),
        "connection 1: message cannot be decoded: unknown constructor",
    ),
    (
        trace.MessageRejected(1, 8, 48, "BAD_SALT"),
        "connection 1: the server rejects message 0000000000000008: 48 BAD_SALT",
    ),
    (trace.SessionStarted(1, 8), "connection 1: new session from message 0000000000000008 on"),
    (trace.SessionStarted(1, None), "connection 1: new session"),
    (trace.UpdatesArrived(1, "updatesTooLong"), "connection 1: updatesTooLong"),
    (trace.RequestStarted(1, "help.getConfig", 2, internal=True), "request 1 help.getConfig for DC 2 (internal)"),
    (trace.RequestStarted(1, "help.getConfig", 2, internal=False), "request 1 help.getConfig for DC 2"),
    (
        trace.RequestSent(1, "help.getConfig", 3, 2, 8),
        "request 1 help.getConfig sent as 0000000000000008 on connection 3 (DC 2)",
    ),
    (
        trace.RequestResent(1, "help.getConfig", 3, 2, 8, same_id=True, reason="BAD_SALT"),
        "request 1 help.getConfig sent again under the same id 0000000000000008 on connection 3 (DC 2): BAD_SALT",
    ),
    (
        trace.RequestResent(1, "help.getConfig", 3, 2, 8, same_id=False, reason="BAD_SALT"),
        "request 1 help.getConfig sent again under a new id 0000000000000008 on connection 3 (DC 2): BAD_SALT",
    ),
    (
        trace.RequestRedirected(1, "auth.sendCode", 2, 4, "PHONE_MIGRATE_4"),
        "request 1 auth.sendCode redirected from DC 2 to DC 4: PHONE_MIGRATE_4",
    ),
    (trace.RequestDelayed(1, "help.getConfig", 30), "request 1 help.getConfig waits 30 s: FLOOD_WAIT"),
    (
        trace.RequestFinished(2, "help.getConfig", 2, "result", 1.0, 1, None, None, content="Config()"),
        "request 2 help.getConfig answered by DC 2 after 1 s: Config()",
    ),
    (
        trace.RequestFinished(2, "help.getConfig", 2, "result", 0.9994, 2, None, None, content=None),
        "request 2 help.getConfig answered by DC 2 after 999 ms, sent 2 times",
    ),
    (
        trace.RequestFinished(2, "auth.signIn", 2, "error", 0.000757, 1, "SESSION_PASSWORD_NEEDED", 401, content=None),
        "request 2 auth.signIn: error 401 SESSION_PASSWORD_NEEDED from DC 2 after 0.757 ms",
    ),
    (
        trace.RequestFinished(2, "auth.signIn", 2, "error", 0.5, 1, None, None, content="RpcError()"),
        "request 2 auth.signIn: error unknown from DC 2 after 500 ms: RpcError()",
    ),
    (
        trace.RequestFinished(2, "auth.signIn", 2, "unknown", 2.0, 2, "the connection ended", None, content=None),
        "request 2 auth.signIn has no known outcome after 2 s, sent 2 times: the connection ended",
    ),
    (
        trace.RequestFinished(2, "auth.signIn", 2, "cancelled", 2.0, 1, None, None, content=None),
        "request 2 auth.signIn cancelled after 2 s",
    ),
    (trace.AccountMoved(4), "the account lives in DC 4"),
    (trace.AccountLoggedOut("AUTH_KEY_UNREGISTERED"), "logged out: AUTH_KEY_UNREGISTERED"),
    (
        trace.QueryReceived(1, 8, "help.getConfig", 229, "GetConfig()"),
        "connection 1: request 0000000000000008 help.getConfig received, layer 229: GetConfig()",
    ),
    (
        trace.QueryReceived(1, 8, "help.getConfig", None, None),
        "connection 1: request 0000000000000008 help.getConfig received",
    ),
    (
        trace.QueryAnswered(1, 8, "help.getConfig", 0.25, None, None),
        "connection 1: request 0000000000000008 help.getConfig answered after 250 ms",
    ),
    (
        trace.QueryAnswered(1, 8, "help.getConfig", None, "FLOOD_WAIT_3", 420),
        "connection 1: request 0000000000000008 help.getConfig answered: 420 FLOOD_WAIT_3",
    ),
]


@pytest.mark.parametrize(("event", "text"), TEXTS, ids=lambda value: value if isinstance(value, str) else "")
def test_event_in_words(event: trace.TraceEvent, text: str) -> None:
    assert describe(event).text == text


def test_each_kind_of_event_has_its_words_here() -> None:
    assert {type(event) for event, _ in TEXTS} == set(get_args(trace.TraceEvent))


def test_texts_of_peers_are_shortened() -> None:
    assert describe(trace.AccountLoggedOut("x" * 500)).text == f"logged out: {'x' * 500}"
    assert describe(trace.AccountLoggedOut("x" * 501)).text == f"logged out: {'x' * 500}... (1 more)"
