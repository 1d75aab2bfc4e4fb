"""Every limit of the engine, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sansio_tl.validation import require_plain_fields

MAX_DC_ID: Final = 1000
"""The largest number of a data center, as in TDLib. Telegram has five; the handshake adds 10000 to the number of a test
data center and negates that of one for media only (HS6)."""
MAX_TEMPORARY_KEY_LIFETIME: Final = 1 << 25
"""Seconds, more than a year. The expiry of a key that is created at the last time which MS35 accepts fits 32 bits."""


def is_dc_id(value: object) -> bool:
    """Whether it can be the number of a data center."""
    return isinstance(value, int) and 1 <= value <= MAX_DC_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on what a peer can cause the engine to store or do. Sizes are bytes, times are seconds."""

    max_packet_size: int = 1 << 24
    """Largest packet, of a server above all, rejected before it is buffered (TR1). The largest answer, a part of a
    file, has 1 MB."""

    max_client_packet_size: int = 1 << 20
    """Largest packet of a client, in both roles (TR1). A container of 1,044,456 bytes is the largest for which
    Telegram's servers keep the connection; the largest request, a part of an uploaded file, has 512 KiB. An attacker
    that has seen a key id on the network can make a server wait for the rest of one such packet on each connection, for
    `handshake_timeout` if the connection has carried no message yet. The total over all connections is bounded only by
    their number: `serve(max_connections=)` times this."""

    max_plain_packet: int = 2048
    """Largest packet other than an encrypted message with a known key: of a longer one only the key id is awaited
    (TR14). The largest message of the handshake has 0.7 KB, and TDLib pads it by a quarter."""

    max_inflated_size: int = 1 << 22
    """Largest output of all gzip_packed in one message together (MS15). Answers of more than a megabyte are parts of
    files, which come unpacked."""

    max_inflate_ratio: int = 32
    """Largest output per input byte of a gzip_packed (MS15). Answers shrink to a third or a tenth; a ratio of a
    thousand is an attack. Deflate itself ends at 1032."""

    max_objects: int = 1 << 17
    """Largest number of objects and items of vectors in a value that the interpreting codec decodes, because something
    in it is unusual or wrong (TL9): that takes ten times as long. A real answer has some thousands."""

    max_depth: int = 128
    """Deepest nesting of TL values (TL4), gzip and containers (MS14). Real messages stay below 30."""

    max_container_messages: int = 1020
    """Messages in one container (MS12): what the official clients send and servers accept."""

    max_container_size: int = 1 << 15
    """Bytes that are batched into one container (MS12)."""

    max_ids_per_message: int = 8192
    """Ids in one msgs_ack, msgs_state_req or msg_resend_req (MS11): the schema's documented limit."""

    replay_window: int = 1024
    """Number of message ids of the peer that a session remembers (MS3): 8 bytes for each. In the server role also the
    number of remembered sequence numbers (MS18) and packets (MS45), 16 bytes each, and of ids of failed requests, 110
    bytes each. A single message that is older than so many packets is not answered again if it arrives as a single
    message once more, since it may be a replay; in a container, or if the session moves to another connection, it
    is."""

    max_message_age: float = 300.0
    """Maximum age of a peer's message in server time (MS2)."""

    max_clock_lead: float = 30.0
    """How far ahead of server time a peer's message may be (MS2)."""

    handshake_timeout: float = 20.0
    """Longest wait for each answer of the auth key handshake (HS15)."""

    max_handshakes: int = 1024
    """Server role: concurrent handshakes over HTTP. If there are more, the connection with the most handshakes drops
    one (HS21). Each takes about 2 KiB."""

    max_seen_hellos: int = 1 << 16
    """Server role: remembered ClientHellos of fake TLS, so that none is answered twice (TR12); the oldest is dropped.
    Each takes about 150 bytes, and only clients that know the secret add to them."""

    max_dh_retries: int = 5
    """Maximum retries after dh_gen_retry (HS14). A retry means that an auth key id collided: one in 2^64."""

    ack_delay: float = 10.0
    """How long an acknowledgement may wait for an outgoing message (MS10)."""

    ack_batch_size: int = 16
    """How many acknowledgements wait before they are sent with other messages (MS10): a container for each would cost
    more than the answer."""

    max_ack_delay: float = 1.0
    """How long they wait at most before they are sent with other messages (MS10)."""

    max_pending_acks: int = 64
    """How many acknowledgements wait before they are sent at once (MS10)."""

    max_resends: int = 5
    """How often one request is sent again because of bad_msg_notification or bad_server_salt (MS18)."""

    sent_message_ttl: float = 300.0
    """How long a sent message without an answer is remembered in case the peer rejects it: as long as the peer itself
    accepts messages (MS2)."""

    max_remembered_unowned: int = 4096
    """Maximum number of such messages."""

    salt_use_delay: float = 60.0
    """How long after the start of its validity a salt is used (MS23); the old one stays valid for half an hour."""

    salt_prefetch_window: float = 900.0
    """Request more salts when the last known one begins within this time (MS23): half of a salt's usual lifetime."""

    salt_fetch_delay: float = 60.0
    """Minimum age of a session that requests salts: a short one never needs them."""

    salt_fetch_interval: float = 300.0
    """Minimum time between two requests for salts (MS23)."""

    salt_answer_interval: float = 10.0
    """Server role: minimum time between two lists of salts for one key (MS23). Before that the answer is the current
    salt alone: the request is forty times shorter than the answer, and a packet holds a thousand requests."""

    max_future_salts: int = 64
    """Number of salts to request and keep: the protocol's own maximum."""

    same_id_resend_window: float = 200.0
    """Maximum age of a message that is sent again with its old id (MS8, MS26): a third less than the server accepts."""

    state_request_delay: float = 60.0
    """How long a request may be unanswered on a live connection before its state is requested (MS22). A stream loses no
    packet, but the client does not see what the server does with it."""

    gzip_threshold: int = 1024
    """Requests of at least this size are compressed if that makes them smaller; below it the time is not worth it."""

    binding_tolerance: float = 120.0
    """Server role: by how much the expiry that a client names for a temporary key may exceed the agreed one (HS18): the
    client counts from the start of the handshake, by its own clock."""

    max_unacked_responses: int = 8192
    """Server role: requests of one session that are unanswered or whose answer the client has not acknowledged."""

    max_session_bytes: int = 1 << 24
    """Server role: bytes of unanswered requests and unacknowledged answers that a session holds (MS34). Above it,
    further requests fail with FLOOD_WAIT_1. A request that the application has received counts until it answers, also
    when the client has dropped it, its session or its key. An uploading client has about ten parts of a file in flight,
    each of 512 KiB, and a downloading one as many of 1 MB. An unanswered request counts as the memory of its objects:
    ten times its bytes on the wire for a vector of ints, 15 times for one of short texts, and by the shipped schema 23
    times at most. An answer counts as its bytes. The request that reaches the limit is accepted whole, up to
    `max_inflated_size` bytes."""

    max_key_bytes: int = 1 << 25
    """Server role: the same for all sessions of one key. Clients have one session, or a few for files."""

    max_held_bytes: int = 1 << 29
    """Server role: the same for all keys together. Honest clients acknowledge within seconds: this is what some hundred
    of them hold while each has several files in flight."""

    assured_key_bytes: int = 1 << 16
    """Server role: a key that holds less than this is served even while `max_held_bytes` are held, so that a few
    clients cannot exclude the others: a hundred small answers. Not while the application holds more than twice
    `max_held_bytes` of unanswered requests: a client could destroy its keys and make new ones without end."""

    max_resent_bytes: int = 1 << 18
    """Server role: bytes that a session sends again in a second, when its client has changed its connection or requests
    it, besides as many as the client acknowledges; and what a connection sends again at once for all its sessions
    (MS47). A larger message is sent whole, and the next one waits longer. To request much again takes few bytes, and
    the sockets of all connections would hold copies for a client that does not read."""

    assured_answer_size: int = 1 << 10
    """Server role: an answer of this size is held even above the limits, because it may be the only record of what a
    request has done. A larger one that comes late, to a request that was accepted below the limits, is replaced by the
    error RPC_CALL_FAIL (MS34). A request counts for more than 512 bytes, and such an answer for 1,548: so in the worst
    case the three limits above are exceeded threefold, and by one answer of any size."""

    max_init_size: int = 1 << 12
    """Server role: size of initConnection without its query (MS30). Real ones have some hundred bytes."""

    max_remembered_bytes: int = 1 << 18
    """Bytes of sent messages without an answer that are remembered, including overhead. Most have less than a
    hundred."""

    max_sessions_per_key: int = 64
    """Server role: remembered sessions of one key; the oldest is dropped."""

    max_sessions_per_connection: int = 64
    """Server role: sessions, of any keys, that are served on one connection (MS49). One more, and the one that used it
    longest ago gets what there is to send when its client sends its next packet. Clients use one or two."""

    max_temporary_keys: int = 16
    """Server role: temporary keys that are bound to one permanent key (MS46). One more ends the oldest that has no
    connection, or if all have one, the oldest. Clients have one or two, and make a new one each day and at each
    start."""

    max_past_sessions: int = 256
    """Server role: ended sessions of one key whose ids are remembered (MS27). Each takes 250 bytes; the oldest of more
    become one bound for all sessions of the key."""

    max_refused_packets: int = 256
    """Server role: rejected packets of one key that are remembered until they can never be accepted (MS28), at most an
    hour. Each takes 200 bytes. Further ones are dropped without an answer."""

    idle_timeout: float = 900.0
    """Server role: how long a connection may carry no message, whatever its client asks for (MS25). Clients ping every
    minute; one that disappeared silently would hold its connection for ever."""

    long_poll_timeout: float = 15.0
    """Over HTTP: how long a request stays open while there is nothing to send: what a client asks for, and what a
    server uses if it is not asked. The protocol's default is 25, but proxies give up after 30."""

    ping_interval: float = 60.0
    """Idle time after which a ping is sent (MS25)."""

    first_ping_delay: float = 1.0
    """Time after which a connection on which nothing was sent carries a ping (MS48)."""

    ping_timeout: float = 30.0
    """How long a pong may take before the connection counts as dead (MS25)."""

    max_pending_requests: int = 65536
    """Requests in flight in one session; one more is a LocalProtocolError."""

    max_updates: int = 1024
    """Client role, in the adapters: updates that wait for the application to read them. One more, and updatesTooLong
    takes the place of all."""

    max_update_bytes: int = 1 << 26
    """Client role: bytes of the same, each counted as the memory of its objects: an update of 4 MiB
    that gzip packs may take 40 MB."""

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for a value that is no number, or negative."""
        require_plain_fields(self)
