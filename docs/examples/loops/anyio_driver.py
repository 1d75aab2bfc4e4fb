"""A driver of `Client` for anyio, with asyncio or trio."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias, TypeVar

import anyio
from anyio.abc import ObjectReceiveStream, SocketStream, TaskGroup
from anyio.streams.memory import MemoryObjectSendStream

from sansio_tl import Client, Function
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")
OnEvent: TypeAlias = Callable[[ClientEvent], None]


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(self, client: Client, clock: Callable[[], float], on_event: OnEvent, tasks: TaskGroup) -> None:
        self.client, self.clock, self.on_event, self.tasks = client, clock, on_event, tasks
        self.orders: dict[int, MemoryObjectSendStream[bytes | None]] = {}
        self.timer = anyio.CancelScope()

    async def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        done = anyio.Event()
        handle = self.client.invoke(function, on_done=lambda _: done.set(), now=self.clock())
        self.pump()
        await done.wait()
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
        self.timer.cancel()
        if (deadline := self.client.next_deadline()) is not None:
            self.timer = anyio.CancelScope()
            self.tasks.start_soon(self.wait, self.timer, deadline)

    async def wait(self, timer: anyio.CancelScope, deadline: float) -> None:
        """Wait for the deadline."""
        with timer:
            await anyio.sleep(max(0.0, deadline - self.clock()))
            self.call(self.client.handle_deadline)

    def perform(self, action: Action) -> None:
        """Perform an action."""
        match action:
            case Connect(connection_id):
                self.orders[connection_id], orders = anyio.create_memory_object_stream[bytes | None](2)
                self.tasks.start_soon(self.carry, action, orders)
            case Send(connection_id):
                self.orders[connection_id].send_nowait(None)
            case Disconnect(connection_id, data) if connection_id in self.orders:
                self.orders.pop(connection_id).send_nowait(data)

    async def carry(self, connect: Connect, orders: ObjectReceiveStream[bytes | None]) -> None:
        """Connect, and send until the client disconnects."""
        endpoint = connect.endpoints[0]
        try:
            stream = await anyio.connect_tcp(endpoint.host, endpoint.port)
        except OSError as error:
            return self.call(self.client.connection_failed, connect.connection_id, str(error))
        async with stream:
            with suppress(anyio.BrokenResourceError):  # `receive` reports it
                self.tasks.start_soon(self.receive, connect.connection_id, stream)
                self.call(self.client.connection_made, connect.connection_id, endpoint=endpoint)
                while (last := await orders.receive()) is None:
                    await stream.send(self.client.data_to_send(connect.connection_id, now=self.clock()))
                await stream.send(last)

    async def receive(self, connection_id: int, stream: SocketStream) -> None:
        """Receive until the end of the connection."""
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for data in stream:
                self.call(self.client.receive_data, connection_id, data)
        self.call(self.client.connection_failed, connection_id, "the connection has ended")
