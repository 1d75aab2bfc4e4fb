"""A driver of `Client` for Tornado."""

from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpclient import TCPClient

from sansio_tl import Client, Function
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(self, client: Client, clock: Callable[[], float], on_event: Callable[[ClientEvent], None]) -> None:
        self.client, self.clock, self.on_event, self.loop = client, clock, on_event, IOLoop.current()
        self.streams: dict[int, IOStream] = {}
        self.timer: object = None

    async def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        done: Future[None] = Future()
        handle = self.client.invoke(function, on_done=lambda _: done.set_result(None), now=self.clock())
        self.pump()
        await done
        return handle.result()

    def call(self, method: Callable[..., object], *args: object, **more: object) -> None:
        """Call a method of the client."""
        method(*args, **more, now=self.clock())
        self.pump()

    def pump(self) -> None:
        """Perform all actions, report all events, and set the timer."""
        while (action := self.client.next_action()) is not None:
            self.perform(action)
        while (event := self.client.next_event()) is not None:
            self.on_event(event)
        if self.timer is not None:
            self.loop.remove_timeout(self.timer)
            self.timer = None
        if (deadline := self.client.next_deadline()) is not None:
            self.timer = self.loop.call_later(deadline - self.clock(), self.call, self.client.handle_deadline)

    def perform(self, action: Action) -> None:
        """Perform an action."""
        match action:
            case Connect():
                self.loop.add_callback(self.carry, action)
            case Send(connection_id):
                with suppress(StreamClosedError):  # `carry` reports it
                    _ = self.streams[connection_id].write(self.client.data_to_send(connection_id, now=self.clock()))
            case Disconnect(connection_id, data) if stream := self.streams.pop(connection_id, None):
                with suppress(StreamClosedError):
                    stream.write(data).add_done_callback(lambda _: stream.close())

    async def carry(self, connect: Connect) -> None:
        """Connect, and receive until the end of the connection."""
        endpoint = connect.endpoints[0]
        try:
            stream = await TCPClient().connect(endpoint.host, endpoint.port)
        except OSError as error:
            return self.call(self.client.connection_failed, connect.connection_id, str(error))
        self.streams[connect.connection_id] = stream
        self.call(self.client.connection_made, connect.connection_id, endpoint=endpoint)
        try:
            while True:
                self.call(self.client.receive_data, connect.connection_id, await stream.read_bytes(65536, partial=True))
        except StreamClosedError as closed:
            self.call(self.client.connection_failed, connect.connection_id, str(closed.real_error or closed))
