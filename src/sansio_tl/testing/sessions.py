"""Sessions that exist without a login: a key of the data center, and the snapshot of the client that has it."""

from __future__ import annotations

from typing import Any

from sansio_tl.client import snapshot as snapshots
from sansio_tl.client.dc_state import DcState
from sansio_tl.connection.server import KeyRecord
from sansio_tl.crypto.auth_key import SIZE, AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.testing.accounts import Account


def make_key(entropy: Entropy, *, now: float, salt_period: float) -> KeyRecord:
    """A new permanent key, as a handshake makes one."""
    salt = int.from_bytes(entropy(8), "little", signed=True)
    return KeyRecord(AuthKey(entropy(SIZE)), salt, created_at=now, salt_period=salt_period)


def snapshot_of(account: Account, record: KeyRecord, *, test_mode: bool) -> dict[str, Any]:
    """The snapshot of a client that is logged in to the account with this key."""
    dc_state = DcState(
        account.dc_id, auth_key=record.auth_key, salt=record.first_salt, time_offset=0.0, authorized=True
    )
    return snapshots.take(
        test_mode=test_mode,
        home_dc=account.dc_id,
        user_id=account.id,
        is_bot=account.is_bot,
        data_centers=[dc_state],
        endpoints={},
    )
