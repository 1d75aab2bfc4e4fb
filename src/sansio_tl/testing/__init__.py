"""A data centre to test clients against, in memory or on a socket: `DataCentre`.

Still no I/O: the server adapters of `transports` put it on a port.
"""

from __future__ import annotations

from sansio_tl.testing.accounts import Account, Accounts
from sansio_tl.testing.codes import Purpose
from sansio_tl.testing.config import DataCentreConfig
from sansio_tl.testing.datacentre import DataCentre, DataCentreLink
from sansio_tl.testing.events import (
    CodeSent,
    DataCentreEvent,
    DeletionStopped,
    LoggedIn,
    LoggedOut,
    PhoneNumberChanged,
    PhoneNumberVerified,
    RequestServed,
    SignedUp,
)
from sansio_tl.testing.ways import Way

__all__ = [
    "Account",
    "Accounts",
    "CodeSent",
    "DataCentre",
    "DataCentreConfig",
    "DataCentreEvent",
    "DataCentreLink",
    "DeletionStopped",
    "LoggedIn",
    "LoggedOut",
    "PhoneNumberChanged",
    "PhoneNumberVerified",
    "Purpose",
    "RequestServed",
    "SignedUp",
    "Way",
]
