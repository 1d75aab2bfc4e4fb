"""The login flows: the next request, what to ask the user, and the next state for each outcome.

No I/O: a flow returns the next action (`Invoke` a request, `Compute` something slow) or describes the input that it
needs (`prompt`), and receives the outcome. Each flow is data plus a table of transitions; it can be written to JSON and
continued in another process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sansio_tl.auth.account_deletion import AccountTtl, DeleteAccount
    from sansio_tl.auth.actions import Action, Compute, Invoke
    from sansio_tl.auth.auth_transfer import Transfer
    from sansio_tl.auth.bot import BotLogin
    from sansio_tl.auth.code_purpose import ChangePhone, CodeOptions, ConfirmPhone, PhoneLogin, VerifyPhone
    from sansio_tl.auth.email import EmailPurpose, VerifyEmail
    from sansio_tl.auth.firebase_pnv import FirebasePnvLogin
    from sansio_tl.auth.flow import DONE, FAILED, Flow
    from sansio_tl.auth.log_out import LogOut, remember_token
    from sansio_tl.auth.passkey import PasskeyLogin, PasskeyRegistration
    from sansio_tl.auth.password_reset import ResetPassword
    from sansio_tl.auth.password_settings import PasswordSettings
    from sansio_tl.auth.phone_code.flow import PhoneCodeFlow, change_phone, confirm_phone, log_in, verify_phone
    from sansio_tl.auth.prompts import (
        AccountTtlPrompt,
        BotTokenPrompt,
        CeremonyPrompt,
        ChallengeKind,
        ChallengePrompt,
        CodeDelivery,
        CodePrompt,
        CredentialPrompt,
        DeletionPending,
        DeletionPrompt,
        EmailCodePrompt,
        EmailPrompt,
        FirebaseProof,
        NumberPrompt,
        PasswordPrompt,
        PasswordSettingsPrompt,
        PaymentPrompt,
        Prompt,
        QrLinkPrompt,
        RecoveryCodePrompt,
        RecoveryEmailCodePrompt,
        ResetPending,
        ResetUnavailable,
        RetryPrompt,
        ScanPrompt,
        SessionsPrompt,
        SignUpPrompt,
        WebTokenPrompt,
    )
    from sansio_tl.auth.qr import QrAccept, QrLogin
    from sansio_tl.auth.restore_flow import FLOWS, restore
    from sansio_tl.auth.sent_code import code_from_caller
    from sansio_tl.auth.sessions import Sessions
    from sansio_tl.auth.srp_job import prove_password
    from sansio_tl.auth.web_token import WebTokenLogin

__all__ = [
    "DONE",
    "FAILED",
    "FLOWS",
    "AccountTtl",
    "AccountTtlPrompt",
    "Action",
    "BotLogin",
    "BotTokenPrompt",
    "CeremonyPrompt",
    "ChallengeKind",
    "ChallengePrompt",
    "ChangePhone",
    "CodeDelivery",
    "CodeOptions",
    "CodePrompt",
    "Compute",
    "ConfirmPhone",
    "CredentialPrompt",
    "DeleteAccount",
    "DeletionPending",
    "DeletionPrompt",
    "EmailCodePrompt",
    "EmailPrompt",
    "EmailPurpose",
    "FirebasePnvLogin",
    "FirebaseProof",
    "Flow",
    "Invoke",
    "LogOut",
    "NumberPrompt",
    "PasskeyLogin",
    "PasskeyRegistration",
    "PasswordPrompt",
    "PasswordSettings",
    "PasswordSettingsPrompt",
    "PaymentPrompt",
    "PhoneCodeFlow",
    "PhoneLogin",
    "Prompt",
    "QrAccept",
    "QrLinkPrompt",
    "QrLogin",
    "RecoveryCodePrompt",
    "RecoveryEmailCodePrompt",
    "ResetPassword",
    "ResetPending",
    "ResetUnavailable",
    "RetryPrompt",
    "ScanPrompt",
    "Sessions",
    "SessionsPrompt",
    "SignUpPrompt",
    "Transfer",
    "VerifyEmail",
    "VerifyPhone",
    "WebTokenLogin",
    "WebTokenPrompt",
    "change_phone",
    "code_from_caller",
    "confirm_phone",
    "log_in",
    "prove_password",
    "remember_token",
    "restore",
    "verify_phone",
]

_HOMES = {
    "AccountTtl": "account_deletion",
    "AccountTtlPrompt": "prompts",
    "Action": "actions",
    "BotLogin": "bot",
    "BotTokenPrompt": "prompts",
    "CeremonyPrompt": "prompts",
    "ChallengeKind": "prompts",
    "ChallengePrompt": "prompts",
    "ChangePhone": "code_purpose",
    "CodeOptions": "code_purpose",
    "CodePrompt": "prompts",
    "Compute": "actions",
    "ConfirmPhone": "code_purpose",
    "CredentialPrompt": "prompts",
    "DONE": "flow",
    "DeleteAccount": "account_deletion",
    "DeletionPending": "prompts",
    "DeletionPrompt": "prompts",
    "EmailCodePrompt": "prompts",
    "EmailPurpose": "email",
    "EmailPrompt": "prompts",
    "FAILED": "flow",
    "FLOWS": "restore_flow",
    "FirebasePnvLogin": "firebase_pnv",
    "FirebaseProof": "prompts",
    "Flow": "flow",
    "Invoke": "actions",
    "PhoneLogin": "code_purpose",
    "LogOut": "log_out",
    "NumberPrompt": "prompts",
    "PasskeyLogin": "passkey",
    "PasskeyRegistration": "passkey",
    "PasswordSettings": "password_settings",
    "PasswordSettingsPrompt": "prompts",
    "PasswordPrompt": "prompts",
    "PaymentPrompt": "prompts",
    "PhoneCodeFlow": "phone_code.flow",
    "QrAccept": "qr",
    "QrLinkPrompt": "prompts",
    "QrLogin": "qr",
    "RecoveryCodePrompt": "prompts",
    "RecoveryEmailCodePrompt": "prompts",
    "ResetPassword": "password_reset",
    "ResetPending": "prompts",
    "ResetUnavailable": "prompts",
    "RetryPrompt": "prompts",
    "ScanPrompt": "prompts",
    "Sessions": "sessions",
    "SessionsPrompt": "prompts",
    "SignUpPrompt": "prompts",
    "Transfer": "auth_transfer",
    "VerifyEmail": "email",
    "VerifyPhone": "code_purpose",
    "CodeDelivery": "prompts",
    "Prompt": "prompts",
    "WebTokenLogin": "web_token",
    "WebTokenPrompt": "prompts",
    "change_phone": "phone_code.flow",
    "code_from_caller": "sent_code",
    "confirm_phone": "phone_code.flow",
    "log_in": "phone_code.flow",
    "prove_password": "srp_job",
    "remember_token": "log_out",
    "restore": "restore_flow",
    "verify_phone": "phone_code.flow",
}
"""Name -> the module that defines it, imported on first use: unused flows cost no import time."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"sansio_tl.auth.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
