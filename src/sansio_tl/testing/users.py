"""Accounts as `User` objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import types

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account


def myself(account: Account) -> types.User:
    """The account as its owner sees it: with the phone number."""
    return types.User(
        id=account.id,
        self=True,
        access_hash=account.access_hash,
        first_name=account.first_name,
        last_name=account.last_name or None,
        phone=account.phone_number,
    )
