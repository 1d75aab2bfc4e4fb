"""`sansio-tl` shows the server's notifications, and no text of its own for an error 406."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl import auth, errors, types
from sansio_tl.testing import CodeSent, DataCenter, DataCenterConfig, RequestServed
from sansio_tl_transports import sync
from sansio_tl_transports.cli import notifications
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.session_file import Session, save
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key

NUMBER = "+12025550100"
FRESH = errors.parse(406, "FRESH_RESET_AUTHORISATION_FORBIDDEN")
OWN_WORDS = "You are too new here for that."


def notification(kind: str, *, popup: bool) -> types.UpdateServiceNotification:
    return types.UpdateServiceNotification(
        popup=popup, type=kind, message=OWN_WORDS, media=types.MessageMediaEmpty(), entities=[]
    )


class NotifyingServer:
    """A data center with a logged-in user, to whom it sends a notification after each answer."""

    def __init__(self, path: Path) -> None:
        self.data_center = DataCenter(DataCenterConfig(private_key=rsa_key()), entropy=os.urandom, now=time.time())
        self.data_center.add_account(NUMBER)
        self.notification_after: tuple[str, types.UpdateServiceNotification] | None = None
        """After which method, and what."""
        self._path = path
        self._codes: list[str] = []
        self._key_id = b""

    def on_event(self, event: object) -> None:
        if isinstance(event, CodeSent):
            self._codes.append(event.code)
        elif (
            isinstance(event, RequestServed)
            and self.notification_after is not None
            and event.method == self.notification_after[0]
        ):
            self.data_center.push(NUMBER, self.notification_after[1], now=time.time())

    def log_in(self, address: tuple[str, int]) -> None:
        with sync.connect(address, client_config()) as connection:
            self._key_id = connection.auth_key.id
            flow = auth.log_in(NUMBER, api_id=1, api_hash="x")
            connection.run(flow)
            flow.enter_code(self._codes.pop())
            connection.run(flow)
            host, port = address
            session = Session(
                host=host, port=port, dc_id=2, environment="own", auth_key=connection.auth_key.key, user_id=7, api_id=1
            )
            save(self._path, session)

    def sessions(self, *arguments: str) -> tuple[int, str]:
        """Run `sansio-tl sessions`: its status and what it wrote."""
        done = CliRunner().invoke(app, ["sessions", "--session", str(self._path), *arguments])
        return done.exit_code, done.output


@pytest.fixture
def notifying_server(tmp_path: Path) -> Iterator[NotifyingServer]:
    data_center = NotifyingServer(tmp_path / "a.session")
    with sync.serve(data_center.data_center, on_event=data_center.on_event) as server:
        data_center.log_in(server.address)
        yield data_center


@pytest.mark.parametrize("method", ["account.getAuthorizations", "auth.resetAuthorizations"])
def test_error_406_shows_only_the_notification_of_the_server(notifying_server: NotifyingServer, method: str) -> None:
    notifying_server.data_center.answer(method, FRESH, times=1)
    notifying_server.notification_after = method, notification("FRESH", popup=True)
    status, output = notifying_server.sessions("end", "--others")
    assert status == 1
    assert output == f"sansio-tl: {OWN_WORDS}\n"


def test_without_a_notification_the_error_is_shown_by_name(
    notifying_server: NotifyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "EXPLANATION_TIMEOUT", 0.1)
    notifying_server.data_center.answer("account.getAuthorizations", FRESH, times=1)
    status, output = notifying_server.sessions()
    assert status == 1
    assert "without an explanation (406 FRESH_RESET_AUTHORISATION_FORBIDDEN)" in output


def test_disconnected_client_does_not_wait_for_notifications(
    notifying_server: NotifyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "EXPLANATION_TIMEOUT", 1e6)
    notifying_server.data_center.answer("account.getAuthorizations", errors.parse(406, "AUTH_KEY_DUPLICATED"), times=1)
    status, output = notifying_server.sessions()
    assert status == 1
    assert "AUTH_KEY_DUPLICATED" in output


@pytest.mark.parametrize(
    ("kind", "popup", "shown"),
    [("AUTH_KEY_DROP_DUPLICATE", False, True), ("ANYTHING", True, True), ("LOGIN_CODE", False, False)],
)
def test_unsolicited_notifications_are_shown_only_if_urgent(
    notifying_server: NotifyingServer, kind: str, *, popup: bool, shown: bool
) -> None:
    notifying_server.notification_after = "auth.resetAuthorizations", notification(kind, popup=popup)
    status, output = notifying_server.sessions("end", "--others")
    assert status == 0
    assert (OWN_WORDS in output) is shown
    assert "this one" in output
