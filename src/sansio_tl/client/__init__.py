"""The client: one account over many connections to many data centers, without I/O.

For example::

    client = Client(ClientConfig(connection_config=Config(api_id=...)), entropy=os.urandom, now=now)
    handle = client.invoke(functions.help.GetConfig(), now=now)
    match client.next_action():
        case Connect(connection_id, dc_id, endpoints): ...  # connect, then client.connection_made(...)
        case Disconnect(connection_id, data): ...           # write data, then close the connection
    client.receive_data(connection_id, data, now=now)
    sock.sendall(client.data_to_send(connection_id, now=now))
    while (event := client.next_event()) is not None: ...

The driver connects and disconnects as requested, moves bytes and keeps the time. The client does everything else: keys
for each data center, migration, reconnecting with back-off, resending, and waiting after FLOOD_WAIT.
"""

from sansio_tl.client.actions import Action, Connect, Disconnect, FetchConfig, Send
from sansio_tl.client.config_fallback import ConfigFallback
from sansio_tl.client.events import (
    AuthKeyNotFound,
    AuthorizationLost,
    ClientEvent,
    ConfigFetched,
    ConnectionLost,
    FloodWaitStarted,
    HomeDataCenterChanged,
    SnapshotChanged,
)
from sansio_tl.computation import Compute

__all__ = [
    "Action",
    "AuthKeyNotFound",
    "AuthorizationLost",
    "ClientEvent",
    "Compute",
    "ConfigFallback",
    "ConfigFetched",
    "Connect",
    "ConnectionLost",
    "Disconnect",
    "FetchConfig",
    "FloodWaitStarted",
    "HomeDataCenterChanged",
    "Send",
    "SnapshotChanged",
]
