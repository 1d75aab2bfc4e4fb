"""A data centre to test clients against, in memory or on a socket: `DataCentre`.

Still no I/O: the server adapters of `sansio_tl_transports` put it on a port.
"""

from __future__ import annotations

from sansio_tl.testing.accounts import Account, Accounts, WebSession
from sansio_tl.testing.cluster import World
from sansio_tl.testing.code_delivery import Way
from sansio_tl.testing.codes import Purpose
from sansio_tl.testing.config import DataCentreConfig
from sansio_tl.testing.connection import DataCentreLink
from sansio_tl.testing.data_center import DataCentre
from sansio_tl.testing.events import (
    AccountDeleted,
    AddressVerified,
    CodeReportedMissing,
    CodeSent,
    DataCentreEvent,
    DeletionRequested,
    DeletionStopped,
    LinkEnded,
    LoggedIn,
    LoggedOut,
    MailSent,
    OtherLayer,
    PasswordChanged,
    PhoneNumberChanged,
    PhoneNumberVerified,
    RequestServed,
    SecretPushed,
    SignedUp,
)
from sansio_tl.testing.mailbox import MailPurpose
from sansio_tl.testing.passkeys import Authenticator

__all__ = [
    "Account",
    "AccountDeleted",
    "Accounts",
    "AddressVerified",
    "Authenticator",
    "CodeReportedMissing",
    "CodeSent",
    "DataCentre",
    "DataCentreConfig",
    "DataCentreEvent",
    "DataCentreLink",
    "DeletionRequested",
    "DeletionStopped",
    "LinkEnded",
    "LoggedIn",
    "LoggedOut",
    "MailPurpose",
    "MailSent",
    "OtherLayer",
    "PasswordChanged",
    "PhoneNumberChanged",
    "PhoneNumberVerified",
    "Purpose",
    "RequestServed",
    "SecretPushed",
    "SignedUp",
    "Way",
    "WebSession",
    "World",
]
