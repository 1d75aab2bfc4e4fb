"""The log-in flows: what to ask the server, what to ask the person, and where each answer and each error leads.

No I/O: a flow says the one thing to do next (`Invoke` a request, `Compute` something heavy) or what somebody must do
(`wanted`), and is told what came of it. Each is data plus a table of transitions, and can be written to JSON and taken
up in another process.
"""

from __future__ import annotations

from sansio_tl.auth.actions import Action, Compute, Invoke
from sansio_tl.auth.flow import DONE, FAILED, Flow
from sansio_tl.auth.phone_code import PhoneCode, change_phone, confirm_phone, log_in, verify_phone
from sansio_tl.auth.purposes import ChangePhone, CodeOptions, ConfirmPhone, LogIn, VerifyPhone
from sansio_tl.auth.sent_code import code_from_caller
from sansio_tl.auth.wanted import (
    Challenge,
    ChallengeWanted,
    CodeWanted,
    EmailCodeWanted,
    EmailWanted,
    FirebaseProof,
    NumberWanted,
    PasswordWanted,
    PaymentWanted,
    RecoveryCodeWanted,
    SignUpWanted,
    Via,
    Wanted,
)

__all__ = [
    "DONE",
    "FAILED",
    "Action",
    "Challenge",
    "ChallengeWanted",
    "ChangePhone",
    "CodeOptions",
    "CodeWanted",
    "Compute",
    "ConfirmPhone",
    "EmailCodeWanted",
    "EmailWanted",
    "FirebaseProof",
    "Flow",
    "Invoke",
    "LogIn",
    "NumberWanted",
    "PasswordWanted",
    "PaymentWanted",
    "PhoneCode",
    "RecoveryCodeWanted",
    "SignUpWanted",
    "VerifyPhone",
    "Via",
    "Wanted",
    "change_phone",
    "code_from_caller",
    "confirm_phone",
    "log_in",
    "verify_phone",
]
