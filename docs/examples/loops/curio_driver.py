"""A driver of `Client` for curio. Spawn `run` before you use the client, and cancel it at the end."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from curio import TaskGroup, UniversalEvent, UniversalQueue, ignore_after, open_connection
from curio.io import Socket

from sansio_tl import Client, Function
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(self, client: Client, clock: Callable[[], float], on_event: Callable[[ClientEvent], None]) -> None:
        self.client, self.clock, self.on_event = client, clock, on_event
        self.orders: dict[int, UniversalQueue] = {}
        self.new_tasks = UniversalQueue()

    async def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        done = UniversalEvent()
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
        self.new_tasks.put(None)  # the deadline may have changed

    async def run(self) -> None:
        """Keep the time, and start a task for each connection."""
        async with TaskGroup() as tasks:
            while True:
                deadline = self.client.next_deadline()
                async with ignore_after(None if deadline is None else max(0.0, deadline - self.clock())) as timer:
                    if (arguments := await self.new_tasks.get()) is not None:
                        await tasks.spawn(self.carry, tasks, *arguments)
                if timer.expired:
                    self.call(self.client.handle_deadline)

    def perform(self, action: Action) -> None:
        """Perform an action."""
        match action:
            case Connect(connection_id):
                self.orders[connection_id] = UniversalQueue()
                self.new_tasks.put((action, self.orders[connection_id]))
            case Send(connection_id):
                self.orders[connection_id].put(None)
            case Disconnect(connection_id, data) if connection_id in self.orders:
                self.orders.pop(connection_id).put(data)

    async def carry(self, tasks: TaskGroup, connect: Connect, orders: UniversalQueue) -> None:
        """Connect, and send until the client disconnects."""
        endpoint = connect.endpoints[0]
        try:
            sock = await open_connection(endpoint.host, endpoint.port)
        except OSError as error:
            return self.call(self.client.connection_failed, connect.connection_id, str(error))
        async with sock:
            with suppress(OSError):  # `receive` reports it
                await tasks.spawn(self.receive, connect.connection_id, sock)
                self.call(self.client.connection_made, connect.connection_id, endpoint=endpoint)
                while (last := await orders.get()) is None:
                    await sock.sendall(self.client.data_to_send(connect.connection_id, now=self.clock()))
                await sock.sendall(last)

    async def receive(self, connection_id: int, sock: Socket) -> None:
        """Receive until the end of the connection."""
        with suppress(OSError):
            while data := await sock.recv(65536):
                self.call(self.client.receive_data, connection_id, data)
        self.call(self.client.connection_failed, connection_id, "the connection has ended")
