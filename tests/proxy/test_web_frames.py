"""Frames of WEB proxies, and the windows of their streams."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.proxy.web_frames import (
    MAX_BATCH,
    MAX_DATA,
    MAX_FRAMES,
    MAX_PAYLOAD,
    WINDOW,
    FrameType,
    WebFrame,
    read_batch,
    window,
)
from sansio_tl.proxy.web_streams import (
    ClientStreams,
    RelayStream,
    RelayStreams,
    Stored,
    StreamClosed,
    StreamData,
    StreamOpened,
)

HELLO = WebFrame(FrameType.HELLO, 0, b"\x01")
WELCOME = WebFrame(FrameType.WELCOME, 0)
OPEN = WebFrame(FrameType.OPEN, 1)


def data(size: int, stream_id: int = 1) -> WebFrame:
    return WebFrame(FrameType.DATA, stream_id, bytes(size))


def batch(*frames: WebFrame) -> bytes:
    return b"".join(frame.encode() for frame in frames)


def refused(body: bytes, check: str = "TR19") -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        list(read_batch(body, MAX_FRAMES))
    assert caught.value.check == check


def test_frame_has_the_published_bytes() -> None:
    assert WebFrame(FrameType.DATA, 0xABCDEF, b"payload").encode() == bytes.fromhex("02abcdef00000007") + b"payload"
    assert window(1, 256 << 10).encode() == bytes.fromhex("040000010000000400040000")
    assert HELLO.encode() == bytes.fromhex("100000000000000101")


frames = st.one_of(
    st.builds(WebFrame, st.just(FrameType.DATA), st.integers(1, 0xFFFFFF), st.binary(min_size=1, max_size=300)),
    st.builds(WebFrame, st.sampled_from([FrameType.OPEN, FrameType.CLOSE]), st.integers(1, 0xFFFFFF), st.just(b"")),
    st.builds(window, st.integers(1, 0xFFFFFF), st.integers(0, 0xFFFFFFFF)),
    st.builds(
        WebFrame, st.sampled_from([FrameType.PING, FrameType.PONG, FrameType.BYE]), st.just(0), st.binary(max_size=9)
    ),
    st.sampled_from([HELLO, WELCOME]),
)


@given(st.lists(frames, min_size=1, max_size=20))
def test_batch_gives_its_frames(written: list[WebFrame]) -> None:
    assert list(read_batch(batch(*written))) == written


@given(st.binary(max_size=64))
def test_TR19_any_bytes_are_frames_or_an_error(body: bytes) -> None:
    try:
        found = list(read_batch(body))
    except RemoteProtocolError as error:
        assert error.check == "TR19"
    else:
        assert batch(*found) == body


@pytest.mark.parametrize("kind", [0x00, 0x07, 0x12, 0x13, 0x20, 0x7F, 0xFF])
def test_TR19_unknown_and_reserved_types_are_refused(kind: int) -> None:
    refused(bytes([kind]) + bytes(7))


@pytest.mark.parametrize(
    "frame",
    [
        WebFrame(FrameType.OPEN, 0),
        WebFrame(FrameType.DATA, 0, b"x"),
        WebFrame(FrameType.CLOSE, 0),
        window(0, 1),
        WebFrame(FrameType.PING, 1),
        WebFrame(FrameType.HELLO, 1, b"\x01"),
        WebFrame(FrameType.WELCOME, 1),
        WebFrame(FrameType.BYE, 1),
    ],
)
def test_TR19_session_frames_have_stream_0_and_others_do_not(frame: WebFrame) -> None:
    refused(frame.encode())


@pytest.mark.parametrize(
    "frame",
    [
        WebFrame(FrameType.OPEN, 1, b"x"),
        WebFrame(FrameType.CLOSE, 1, b"x"),
        WebFrame(FrameType.DATA, 1),
        WebFrame(FrameType.WINDOW, 1, bytes(3)),
        WebFrame(FrameType.WINDOW, 1, bytes(5)),
        WebFrame(FrameType.HELLO, 0),
        WebFrame(FrameType.HELLO, 0, b"\x01\x02"),
        WebFrame(FrameType.WELCOME, 0, b"x"),
        WebFrame(FrameType.PING, 0, bytes(1025)),
    ],
)
def test_TR19_wrong_lengths_are_refused(frame: WebFrame) -> None:
    refused(frame.encode())


def test_TR19_payload_above_a_mebibyte_is_refused_by_its_header() -> None:
    assert len(next(read_batch(data(MAX_PAYLOAD).encode())).payload) == MAX_PAYLOAD
    refused(data(MAX_PAYLOAD + 1).encode())
    refused(bytes.fromhex("02000001ffffffff"))


def test_TR19_batch_is_whole_frames_of_two_mebibytes_at_most() -> None:
    refused(b"")
    refused(data(5).encode() + b"\x02")
    refused(data(5).encode()[:-1])
    refused(data(MAX_PAYLOAD).encode() * 2)
    assert len(data(MAX_PAYLOAD - 8).encode() * 2) == MAX_BATCH
    assert len(list(read_batch(data(MAX_PAYLOAD - 8).encode() * 2))) == 2


def test_TR19_relay_accepts_so_many_frames_and_a_client_all_that_fit() -> None:
    pings = WebFrame(FrameType.PING, 0).encode()
    assert len(list(read_batch(pings * MAX_FRAMES, MAX_FRAMES))) == MAX_FRAMES
    refused(pings * (MAX_FRAMES + 1))
    assert sum(1 for _ in read_batch(pings * (MAX_BATCH // 8))) == MAX_BATCH // 8


# --- the client -------------------------------------------------------------------------------------------------------


def opened_client() -> ClientStreams:
    client = ClientStreams(says_hello=True)
    assert client.take_batch() == HELLO.encode()
    client.receive(WELCOME.encode())
    assert client.take_batch() == OPEN.encode()
    return client


def client_refuses(client: ClientStreams, body: bytes, check: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        client.receive(body)
    assert caught.value.check == check


def test_client_sends_data_in_frames_of_64_kibibytes_within_its_credit() -> None:
    client = opened_client()
    client.queue(bytes(WINDOW + 100))
    sent: list[WebFrame] = []
    while body := client.take_batch():
        assert len(body) <= MAX_BATCH
        sent.extend(read_batch(body))
    assert max(len(frame.payload) for frame in sent) == MAX_DATA
    assert sum(len(frame.payload) for frame in sent) == WINDOW
    client.receive(window(1, 60).encode())
    assert client.take_batch() == data(60).encode()
    assert not client.take_batch()
    client.receive(window(1, 60).encode())
    assert client.take_batch() == data(40).encode()


def test_TR20_client_refuses_data_beyond_the_credit_that_it_gave() -> None:
    client = opened_client()
    for _ in range(WINDOW // MAX_PAYLOAD):
        client.receive(data(MAX_PAYLOAD).encode())
    client_refuses(client, data(1).encode(), "TR20")


def test_TR20_client_gives_credit_for_what_it_has_handed_on() -> None:
    client = opened_client()
    for _ in range(3):
        for _ in range(WINDOW // MAX_PAYLOAD):
            client.receive(data(MAX_PAYLOAD).encode())
        assert not client.has_output
        assert len(client.take_received()) == WINDOW
        assert client.take_batch() == window(1, WINDOW).encode()


def test_credit_for_a_few_bytes_goes_with_the_next_frames() -> None:
    client = opened_client()
    client.receive(data(100).encode())
    client.take_received()
    assert not client.has_output
    client.queue(b"x")
    assert client.take_batch() == window(1, 100).encode() + WebFrame(FrameType.DATA, 1, b"x").encode()
    client.receive(data(256 << 10).encode())
    client.take_received()
    assert client.take_batch() == window(1, 256 << 10).encode()


@pytest.mark.parametrize("credit", [0, 0xFFFFFFFF])
def test_TR20_client_refuses_impossible_credit(credit: int) -> None:
    client_refuses(opened_client(), window(1, credit).encode(), "TR20")


@pytest.mark.parametrize("frame", [OPEN, HELLO, WELCOME], ids=str)
def test_TR19_client_refuses_frames_of_a_client(frame: WebFrame) -> None:
    client_refuses(opened_client(), frame.encode(), "TR19")


@pytest.mark.parametrize("frame", [data(1, 2), window(2, 1), WebFrame(FrameType.CLOSE, 2)], ids=str)
def test_TR21_client_refuses_a_stream_that_it_has_not_opened(frame: WebFrame) -> None:
    client_refuses(opened_client(), frame.encode(), "TR21")
    client = ClientStreams(says_hello=False)
    client_refuses(client, WELCOME.encode() + data(1).encode(), "TR21")


def test_TR19_welcome_comes_first() -> None:
    client_refuses(ClientStreams(says_hello=False), data(1).encode(), "TR19")


def test_client_answers_pings_and_TR19_refuses_a_flood() -> None:
    client = opened_client()
    client.receive(batch(*[WebFrame(FrameType.PING, 0, b"abc")] * 2))
    assert client.take_batch() == WebFrame(FrameType.PONG, 0, b"abc").encode() * 2
    client_refuses(client, WebFrame(FrameType.PING, 0).encode() * 100, "TR19")


def test_TR19_flood_of_pings_is_refused() -> None:
    client_refuses(opened_client(), WebFrame(FrameType.PING, 0).encode() * 100, "TR19")


@pytest.mark.parametrize("frame", [WebFrame(FrameType.CLOSE, 1), WebFrame(FrameType.BYE, 0)], ids=str)
def test_client_ends_with_the_relay(frame: WebFrame) -> None:
    client = opened_client()
    client.receive(data(3).encode() + frame.encode() + data(4).encode())
    assert client.ended
    assert len(client.take_received()) == 3
    assert not client.take_batch()


# --- the relay --------------------------------------------------------------------------------------------------------


class Relay:
    """Streams of a relay, and what they report."""

    def __init__(self, *, max_streams: int = 3, max_queued: int = 1000, most: int = 1 << 30) -> None:
        self.stored = Stored(most)
        self.open_streams = Stored(512)
        self.woken = 0
        self.streams = RelayStreams(
            max_streams=max_streams,
            max_queued=max_queued,
            wake=self._wake,
            stored=self.stored,
            open_streams=self.open_streams,
            readable={},
        )
        self.receive(HELLO)
        assert self.streams.take_batch() == WELCOME.encode()

    def _wake(self) -> None:
        self.woken += 1

    def receive(self, *frames: WebFrame) -> list[object]:
        return list(self.streams.receive(batch(*frames)))

    def open(self, stream_id: int = 1) -> RelayStream:
        [event] = self.receive(WebFrame(FrameType.OPEN, stream_id))
        assert isinstance(event, StreamOpened)
        assert event.stream.stream_id == stream_id
        return event.stream

    def refuses(self, check: str, *frames: WebFrame) -> None:
        with pytest.raises(RemoteProtocolError) as caught:
            self.receive(*frames)
        assert caught.value.check == check


def test_relay_reports_streams_and_their_data() -> None:
    relay = Relay()
    stream = relay.open(7)
    assert relay.receive(data(3, 7), WebFrame(FrameType.CLOSE, 7)) == [
        StreamData(stream, bytes(3)),
        StreamClosed(stream),
    ]
    assert stream.closed


def test_TR24_bytes_and_place_of_a_closed_stream_count_until_its_target_has_ended() -> None:
    relay = Relay()
    stream = relay.open()
    relay.receive(data(3), WebFrame(FrameType.CLOSE, 1))
    assert (relay.stored.size, relay.open_streams.size) == (3, 1)
    stream.delivered(2)
    assert (relay.stored.size, relay.open_streams.size) == (1, 1)
    for _ in range(2):
        stream.release()
        stream.delivered(1)
        assert (relay.stored.size, relay.open_streams.size) == (0, 0)
    assert relay.streams.take_batch() == b""


def test_TR24_stream_of_an_ended_target_counts_until_the_client_knows() -> None:
    relay = Relay()
    stream = relay.open()
    relay.receive(data(3))
    stream.send(b"left")
    stream.release()
    assert (relay.stored.size, relay.open_streams.size) == (4, 1)
    assert relay.receive(data(5)) == []
    assert relay.stored.size == 4
    frames = WebFrame(FrameType.DATA, 1, b"left").encode() + WebFrame(FrameType.CLOSE, 1).encode()
    assert relay.streams.take_batch() == frames
    assert (relay.stored.size, relay.open_streams.size) == (0, 0)


def test_TR20_relay_refuses_data_beyond_the_credit_that_it_gave() -> None:
    relay = Relay()
    stream = relay.open()
    for _ in range(4):
        relay.receive(data(MAX_PAYLOAD))
    assert relay.stored.size == WINDOW
    relay.refuses("TR20", data(1))
    relay = Relay()
    stream = relay.open()
    for _ in range(12):
        relay.receive(data(MAX_PAYLOAD))
        stream.delivered(MAX_PAYLOAD)
        assert relay.streams.take_batch() == window(1, MAX_PAYLOAD).encode()
    assert relay.stored.size == 0


def test_TR20_relay_sends_no_more_than_the_client_accepts() -> None:
    relay = Relay(max_queued=1 << 30)
    stream = relay.open()
    stream.send(bytes(WINDOW + 10))
    sent = 0
    while body := relay.streams.take_batch():
        sent += sum(len(frame.payload) for frame in read_batch(body))
    assert sent == WINDOW
    assert stream.room == 0
    relay.receive(window(1, 4))
    assert relay.streams.take_batch() == data(4).encode()
    relay.refuses("TR20", window(1, 0))


def test_TR24_relay_stores_so_many_bytes_of_a_target() -> None:
    relay = Relay(max_queued=1000)
    stream = relay.open()
    assert stream.room == 1000
    stream.send(bytes(600))
    assert stream.room == 400
    with pytest.raises(LocalProtocolError, match="found 401 bytes, expected at most 400"):
        stream.send(bytes(401))
    assert relay.streams.take_batch() == data(600).encode()
    assert stream.room == 1000


def test_TR24_full_session_reads_no_target() -> None:
    relay = Relay(most=500)
    stream, other = relay.open(1), relay.open(2)
    stream.send(bytes(500))
    assert relay.streams.is_full
    assert other.room == 0
    relay.streams.take_batch()
    assert other.room == 1000


def test_TR21_ids_are_never_used_twice() -> None:
    relay = Relay()
    relay.open(5)
    relay.refuses("TR21", WebFrame(FrameType.OPEN, 5))
    relay = Relay()
    relay.open(5)
    relay.receive(WebFrame(FrameType.CLOSE, 5))
    relay.refuses("TR21", WebFrame(FrameType.OPEN, 5))


def test_TR21_number_of_streams_is_bounded() -> None:
    relay = Relay(max_streams=2)
    first = relay.open(1)
    relay.open(2)
    assert relay.receive(WebFrame(FrameType.OPEN, 3)) == []
    assert relay.streams.take_batch() == WebFrame(FrameType.CLOSE, 3).encode()
    relay.receive(WebFrame(FrameType.CLOSE, 1))
    first.release()
    relay.open(4)


def test_TR21_session_ends_after_4096_streams() -> None:
    relay = Relay()
    for stream_id in range(1, 4097):
        stream = relay.open(stream_id)
        relay.receive(WebFrame(FrameType.CLOSE, stream_id))
        stream.release()
    assert relay.receive(WebFrame(FrameType.OPEN, 5000)) == []
    assert relay.streams.ended
    assert relay.streams.take_batch() == WebFrame(FrameType.BYE, 0).encode()


def test_TR21_late_frames_of_a_closed_stream_are_ignored_and_others_refused() -> None:
    relay = Relay()
    stream = relay.open()
    stream.close()
    assert relay.streams.take_batch() == WebFrame(FrameType.CLOSE, 1).encode()
    assert relay.receive(data(1), window(1, 1), WebFrame(FrameType.CLOSE, 1)) == []
    for frame in (data(1, 2), window(2, 1), WebFrame(FrameType.CLOSE, 2)):
        Relay().refuses("TR21", frame)


def test_end_of_a_target_follows_its_data() -> None:
    relay = Relay(max_queued=1 << 30)
    stream = relay.open()
    stream.send(bytes(WINDOW + 1))
    stream.close()
    assert stream.room == 0
    frames: list[WebFrame] = []
    while body := relay.streams.take_batch():
        frames.extend(read_batch(body))
    assert all(frame.type is FrameType.DATA for frame in frames)
    relay.receive(window(1, 1))
    assert relay.streams.take_batch() == data(1).encode() + WebFrame(FrameType.CLOSE, 1).encode()
    stream.send(b"late")
    assert relay.stored.size == 0


def test_streams_send_by_turns() -> None:
    relay = Relay(max_queued=1 << 20)
    for stream_id in (1, 2):
        relay.open(stream_id).send(bytes(3 * MAX_DATA))
    ids = [frame.stream_id for frame in read_batch(relay.streams.take_batch())]
    assert ids == [1, 2] * 3


@pytest.mark.parametrize("frame", [HELLO, WELCOME], ids=str)
def test_TR19_relay_refuses_frames_at_the_wrong_time(frame: WebFrame) -> None:
    Relay().refuses("TR19", frame)
    fresh = RelayStreams(
        max_streams=1, max_queued=1, wake=lambda: None, stored=Stored(1), open_streams=Stored(512), readable={}
    )
    for wrong in (OPEN, WELCOME, WebFrame(FrameType.HELLO, 0, b"\x02")):
        with pytest.raises(RemoteProtocolError):
            list(fresh.receive(wrong.encode()))


def test_bye_of_a_client_closes_its_streams() -> None:
    relay = Relay()
    streams = [relay.open(1), relay.open(2)]
    events = relay.receive(WebFrame(FrameType.BYE, 0), data(1))
    assert {event.stream for event in events if isinstance(event, StreamClosed)} == set(streams)
    assert relay.streams.take_batch() == WebFrame(FrameType.BYE, 0).encode()


def test_TR19_batch_of_small_frames_costs_little_memory() -> None:
    pings = WebFrame(FrameType.PONG, 0).encode() * MAX_FRAMES
    relay = Relay()
    tracemalloc.start()
    try:
        list(relay.streams.receive(pings))
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()
