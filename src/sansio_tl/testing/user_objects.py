"""Accounts as `User` objects."""

from __future__ import annotations

from sansio_tl import types
from sansio_tl.testing.accounts import Account


def myself(account: Account) -> types.User:
    """The account as its own user sees it: with the phone number."""
    return types.User(
        id=account.id,
        self=True,
        bot=account.is_bot,
        bot_info_version=1 if account.is_bot else None,
        access_hash=account.access_hash,
        first_name=account.first_name,
        last_name=account.last_name or None,
        username=f"test{account.id}_bot" if account.is_bot else None,
        phone=account.phone_number or None,
    )
