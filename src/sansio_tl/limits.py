"""Every bound that the engine keeps, in one place, each with where its number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_DC_ID: Final = 1000
"""The largest number that a data center may have, as in TDLib. Telegram has five; the handshake adds 10000 to the
number of a test data center and negates that of one for media only (HS6)."""
MAX_TEMPORARY_KEY_LIFETIME: Final = 1 << 25
"""Seconds, more than a year. A key that is made at the last time which MS35 accepts expires within 32 bits."""


def is_dc_id(value: int) -> bool:
    """Whether it can be the number of a data center."""
    return 1 <= value <= MAX_DC_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a peer may make us hold or do. Sizes are bytes, times are seconds."""

    max_packet_size: int = 1 << 24
    """Largest packet, of a server above all, refused before it is buffered (TR1). The largest answer, a part of a
    file, has 1 MB."""

    max_client_packet_size: int = 1 << 20
    """Largest packet of a client, in both roles (TR1). A container of 1,044,456 bytes is the largest for which
    Telegram's servers keep the connection; the largest request, a part of a file that is uploaded, has 512 KiB. Any
    stranger who has seen the id of a key on the network can make a server wait for the rest of one such packet on each
    connection, for `handshake_timeout` if it has brought no message yet. Nothing bounds the total over all connections
    but their number: `serve(max_connections=)` times this."""

    max_plain_packet: int = 2048
    """Largest packet that is no encrypted message under a key that is there: of a longer one no more than the key id is
    waited for (TR14). The largest message of the handshake has 0.7 KB, and TDLib pads it with a quarter of one."""

    max_inflated_size: int = 1 << 22
    """Largest output of all gzip_packed in one message together (MS15). Answers of more than a megabyte are parts of
    files, which come unpacked."""

    max_inflate_ratio: int = 32
    """Largest output per input byte of a gzip_packed (MS15). Answers shrink to a third or a tenth; what shrinks to a
    thousandth is made to keep us busy. Deflate itself ends at 1032."""

    max_objects: int = 1 << 17
    """Largest number of objects and items of vectors in a value that has to be read step by step, because something in
    it is unusual or wrong (TL9): that takes ten times as long. A real answer has some thousands."""

    max_depth: int = 128
    """Deepest nesting of TL values (TL4), gzip and containers (MS14). Real messages stay below 30."""

    max_container_messages: int = 1020
    """Messages in one container (MS12): what the official clients send and servers accept."""

    max_container_size: int = 1 << 15
    """Bytes that we batch into one container (MS12)."""

    max_ids_per_message: int = 8192
    """Ids in one msgs_ack, msgs_state_req or msg_resend_req (MS11): the schema's documented limit."""

    replay_window: int = 1024
    """How many message ids of the peer a session remembers (MS3): 8 bytes for each. In the server role so many sequence
    numbers (MS18) and packets (MS45) as well, 16 bytes each, and so many ids of failed requests, 110 bytes each. A
    message that came alone so many packets ago is not answered again when it comes alone once more, for it may be a
    replay; in a container, or when the session goes over to another connection, it is."""

    max_message_age: float = 300.0
    """How old a peer's message may be in server time (MS2)."""

    max_clock_lead: float = 30.0
    """How far ahead of server time a peer's message may be (MS2)."""

    handshake_timeout: float = 20.0
    """Longest wait for each answer of the auth key handshake (HS15)."""

    max_handshakes: int = 1024
    """Server role: handshakes over HTTP that are under way at one time. When there are more, the connection that has
    most of them makes room (HS21). Each has about 2 KiB."""

    max_seen_hellos: int = 1 << 16
    """Server role: ClientHellos of fake TLS that are remembered, so that none is answered again (TR12); the oldest
    makes room. Each takes about 150 bytes, and only clients that know the secret add to them."""

    max_dh_retries: int = 5
    """How often dh_gen_retry is obeyed (HS14). A retry means an auth key id collided: one in 2^64."""

    ack_delay: float = 10.0
    """How long an acknowledgement may wait for company (MS10)."""

    ack_batch_size: int = 16
    """How many acknowledgements wait before they leave with other messages (MS10): a container of its own for each
    would cost more than the answer."""

    max_ack_delay: float = 1.0
    """How long they wait at most before they leave with other messages (MS10)."""

    max_pending_acks: int = 64
    """How many acknowledgements wait before they are sent at once (MS10)."""

    max_resends: int = 5
    """How often one request is re-sent because of bad_msg_notification or bad_server_salt (MS18)."""

    sent_message_ttl: float = 300.0
    """How long a sent message that awaits no answer is remembered in case the peer refuses it: as long as the peer
    itself accepts messages (MS2)."""

    max_remembered_unowned: int = 4096
    """How many such messages are remembered at most."""

    salt_use_delay: float = 60.0
    """How long after a salt has become valid we switch to it (MS23); the old one stays valid for half an hour."""

    salt_prefetch_window: float = 900.0
    """Ask for more salts when those that we know begin within this time (MS23): half of a salt's usual lifetime."""

    salt_fetch_delay: float = 60.0
    """How old a session must be before it asks for salts: a short one never needs them."""

    salt_fetch_interval: float = 300.0
    """Shortest time between two requests for salts (MS23)."""

    salt_answer_interval: float = 10.0
    """Server role: how soon after one list of salts a key is told another (MS23). Before that only the present salt:
    the question is forty times shorter than the answer, and a packet has room for a thousand questions."""

    max_future_salts: int = 64
    """Salts that we ask for and keep: the protocol's own maximum."""

    same_id_resend_window: float = 200.0
    """How old a message may be to be sent again under its old id (MS8, MS26): a third less than the server accepts."""

    state_request_delay: float = 60.0
    """How long a request may be unanswered, on a link that lives, until the server is asked about it (MS22). A packet
    is not lost on a stream, but what the server does with it we do not see."""

    gzip_threshold: int = 1024
    """Requests of at least this size are compressed if that makes them smaller; below it is not worth the time."""

    binding_tolerance: float = 120.0
    """Server role: by how much the end of a temporary key that a client names may exceed the one that was agreed on
    (HS18): the client counts from when it began the handshake, by a clock of its own."""

    max_unacked_responses: int = 8192
    """Server role: requests of one session that are unanswered or whose answer the client has not acknowledged."""

    max_session_bytes: int = 1 << 24
    """Server role: bytes that a session holds of requests that are unanswered and of answers that the client has not
    acknowledged (MS34). While it holds so many, further requests are refused with FLOOD_WAIT_1. A client that uploads
    has some ten parts of a file under way, each of 512 KiB, and one that downloads as many of 1 MB. An
    unanswered request counts as what its objects take in memory: ten times its bytes on the wire for a vector of ints,
    15 times for one of short texts, and by the shipped schema 23 times at most. An answer counts as its bytes. The
    request that fills the room is taken whole, whatever that comes to for `max_inflated_size` bytes."""

    max_key_bytes: int = 1 << 25
    """Server role: the same for all sessions of one key. Clients have one session, or a few for files."""

    max_held_bytes: int = 1 << 29
    """Server role: the same for all keys together. Honest clients acknowledge within seconds: this is what some
    hundred of them hold while each has several files under way."""

    assured_key_bytes: int = 1 << 16
    """Server role: a key that holds less than this is served even while `max_held_bytes` are held, so that a few
    clients cannot lock the others out: a hundred small answers."""

    assured_answer_size: int = 1 << 10
    """Server role: an answer of this size is held although there is no more room, for it may be all that says what a
    request has done. A larger one that comes late, to a request that was taken while there was room, is replaced by
    the error RPC_CALL_FAIL (MS34). A request counts for more than 512 bytes, and such an answer for 1,548: so at the
    worst the three bounds above are exceeded threefold, and by one answer of any size."""

    max_init_size: int = 1 << 12
    """Server role: bytes that initConnection may have beside its query (MS30). Real ones have some hundred."""

    max_remembered_bytes: int = 1 << 18
    """Bytes of sent messages that await no answer and are remembered all the same, with their overhead. Most have less
    than a hundred."""

    max_sessions_per_key: int = 64
    """Server role: sessions of one key that are remembered; the oldest makes room."""

    max_past_sessions: int = 256
    """Server role: sessions of one key that are gone and whose ids are remembered apart (MS27). Each takes 250 bytes;
    the oldest of more become one bound for all sessions of the key."""

    max_refused_packets: int = 256
    """Server role: packets of one key that were refused and are remembered until they can never be accepted (MS28), at
    most an hour. Each takes 200 bytes. What is too much is dropped without an answer."""

    idle_timeout: float = 900.0
    """Server role: how long a link may bring no message, whatever its client asks for (MS25). Clients probe theirs
    every minute; one that has gone without a word would hold its link for ever."""

    long_poll_timeout: float = 15.0
    """Over HTTP: how long a request stays open while there is nothing to say (long_poll_timeout): what a client asks
    for, and what a server keeps to when it is not asked. The protocol's default is 25, but proxies give up after 30."""

    ping_interval: float = 60.0
    """Idle time after which the link is probed (MS25)."""

    ping_timeout: float = 30.0
    """How long a pong may take before the link counts as dead (MS25)."""

    max_pending_requests: int = 65536
    """Requests in flight in one session; one more is a LocalProtocolError."""
