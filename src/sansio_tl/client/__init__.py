"""The client: one account over many links to many data centers, still without I/O.

    client = Client(ClientConfig(connection=Config(api_id=...)), entropy=os.urandom, now=now)
    handle = client.invoke(functions.help.GetConfig(), now=now)
    match client.next_action():
        case Connect(link, dc_id, endpoints): ...      # connect, then client.connection_made(link, now=now)
        case Disconnect(link): ...                      # close it
    client.receive_data(link, data, now=now);  client.data_to_send(link, now=now)
    while (event := client.next_event()) is not None: ...

Whoever drives it dials and hangs up when asked, shuttles bytes, and keeps the time. Everything else is in here: keys
for each data center, migration, reconnecting with back-off, sending again, waiting for floods to pass.
"""

from sansio_tl.client.actions import Action, Connect, Disconnect
from sansio_tl.client.events import (
    AuthKeyNotFound,
    AuthorizationLost,
    ClientEvent,
    ConnectionLost,
    FloodWaitStarted,
    HomeDataCenterChanged,
    SnapshotChanged,
)

__all__ = [
    "Action",
    "AuthKeyNotFound",
    "AuthorizationLost",
    "ClientEvent",
    "Connect",
    "ConnectionLost",
    "Disconnect",
    "FloodWaitStarted",
    "HomeDataCenterChanged",
    "SnapshotChanged",
]
