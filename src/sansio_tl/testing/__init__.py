"""An embedded data center to test clients with, in memory or on a socket: `DataCenter`.

It performs no I/O: the server adapters of `sansio_tl_transports` put it on a port.
"""

from __future__ import annotations

from sansio_tl.testing.accounts import Account, Accounts, WebSession
from sansio_tl.testing.cluster import Cluster
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import PhoneCodePurpose
from sansio_tl.testing.config import DataCenterConfig
from sansio_tl.testing.connection import DataCenterConnection
from sansio_tl.testing.data_center import DataCenter
from sansio_tl.testing.events import (
    AccountDeleted,
    AddressVerified,
    AnswerFailed,
    CodeReportedMissing,
    CodeSent,
    ConnectionEnded,
    DataCenterEvent,
    DeletionRequested,
    DeletionStopped,
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
from sansio_tl.testing.in_memory import InMemoryClient
from sansio_tl.testing.mailbox import MailPurpose
from sansio_tl.testing.passkeys import Authenticator

__all__ = [
    "Account",
    "AccountDeleted",
    "Accounts",
    "AddressVerified",
    "AnswerFailed",
    "Authenticator",
    "Cluster",
    "CodeReportedMissing",
    "CodeSent",
    "ConnectionEnded",
    "DataCenter",
    "DataCenterConfig",
    "DataCenterConnection",
    "DataCenterEvent",
    "DeletionRequested",
    "DeletionStopped",
    "DeliveryMethod",
    "InMemoryClient",
    "LoggedIn",
    "LoggedOut",
    "MailPurpose",
    "MailSent",
    "OtherLayer",
    "PasswordChanged",
    "PhoneCodePurpose",
    "PhoneNumberChanged",
    "PhoneNumberVerified",
    "RequestServed",
    "SecretPushed",
    "SignedUp",
    "WebSession",
]
