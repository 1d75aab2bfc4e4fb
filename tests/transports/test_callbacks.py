"""Async functions where nothing can be awaited: refused before anything is done, or when they return a coroutine."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl_transports import sync
from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from tests.helpers.scripted_data_center import ScriptedDataCenter
from tests.transports.test_adapters import data_center
from tests.transports.test_client import settings


async def answers(_: object) -> str:
    return "12345"


def test_plain_functions_and_none_are_accepted() -> None:
    require_plain(save=None, on_event=print, code=str)
    assert call_plain("code", str, 7) == "7"


def test_exception_of_a_callback_is_raised_unchanged() -> None:
    with pytest.raises(ZeroDivisionError):
        call_plain("save", lambda number: 1 // number, 0)


@pytest.mark.parametrize("name", ["code", "password", "sign_up", "email", "email_code", "show_qr"])
def test_sync_login_refuses_coroutine_callbacks_before_sending(name: str) -> None:
    dc = ScriptedDataCenter()
    with sync.serve(dc) as server, sync.open_client(settings(server.address)) as account:
        callbacks: dict[str, Any] = {name: answers}
        with pytest.raises(TypeError, match=f"^{name} must be a plain function"):
            account.login("+12025550100", api_hash="x", **callbacks)
    assert dc.received == []


def test_sync_login_refuses_a_callback_that_returns_a_coroutine() -> None:
    with sync.serve(data_center()) as server, sync.open_client(settings(server.address)) as account:
        account_of_it: Any = account
        with pytest.raises(TypeError, match="CodePrompt"):
            account_of_it.login("+12025550100", api_hash="x", code=lambda prompt: answers(prompt))  # noqa: PLW0108
