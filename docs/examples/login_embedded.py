"""Log in at a data center in the same process: no account and no network needed."""

from sansio_tl_transports.sync import open_client
from sansio_tl_transports.testing.server_thread import ServerThread

NUMBER = "+12025550100"

with ServerThread() as thread:
    dc = thread.open()
    dc.add_account(NUMBER, password="secret")
    with open_client(dc.client_config()) as client:
        me = client.login(NUMBER, api_hash="any", code=lambda _: dc.code_for(NUMBER), password="secret")
        print("Logged in as user", me.id)
