"""A pytest plugin: a data center as a fixture, for clients of any library and any language.

    def test_app_replies(data_center):
        data_center.add_account("+12025550100")
        data_center.answer("messages.sendMessage", types.UpdatesTooLong())
        with running(MyApp(*data_center.new_session("+12025550100"))):       # logged in already
            data_center.push("+12025550100", types.UpdateNewMessage(...))
            assert data_center.wait_for_request("messages.sendMessage").message == "hello"

    def test_login(data_center):
        data_center.add_account("+12025550100", password="secret")
        client = MyClient(data_center.host, data_center.port, key=data_center.public_key_pem)
        client.send_code("+12025550100")
        client.sign_in(data_center.code_for("+12025550100"))

    @pytest.mark.data_center(code="12345", resend_timeout=0)
    def test_with_other_settings(data_center): ...

    def test_migration(data_center, open_data_center):
        other = open_data_center(dc_id=4)

`data_center` is a `sansio_tl_transports.testing.server_thread.RunningDataCenter`; the settings are those of
`sansio_tl.testing.DataCenterConfig`. pytest loads the plugin by its entry point. The report of a test that has failed
lists the last requests that its data centers have received.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sansio_tl import RsaPrivateKey
    from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread

# pytest loads this in every run, so the library is imported only when a test uses a data center.


_SERVER_THREAD: pytest.StashKey[ServerThread] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "data_center(**settings): the settings of the fixture data_center")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last requests to the report of a failed test."""
    report = yield
    server_thread = item.stash.get(_SERVER_THREAD, None)
    if call.when == "call" and report.failed and server_thread is not None:
        for running in server_thread.running:
            title = f"the last requests at data center {running.dc_id}"
            report.sections.append((title, running.describe_requests()))
    return report


@pytest.fixture(scope="session")
def data_center_key() -> RsaPrivateKey:
    """The RSA key of all data centers of a run: generating one takes up to half a second."""
    import os
    import time

    from sansio_tl.testing import DataCenter

    return DataCenter(entropy=os.urandom, now=time.time()).private_key


@pytest.fixture
def open_data_center(
    request: pytest.FixtureRequest, data_center_key: RsaPrivateKey
) -> Iterator[Callable[..., RunningDataCenter]]:
    """Opens data centers of one cluster: ``open_data_center(dc_id=4)``. They are closed at the end of the test."""
    from sansio_tl_transports.testing.server_thread import ServerThread

    with ServerThread() as server_thread:
        request.node.stash[_SERVER_THREAD] = server_thread

        def open_(**settings: Any) -> RunningDataCenter:
            _check_settings(settings)
            settings.setdefault("private_key", data_center_key)
            return server_thread.open(**settings)

        yield open_


def _check_settings(settings: dict[str, Any]) -> None:
    """Raise TypeError for a setting that there is not, with a similar one."""
    from dataclasses import fields
    from difflib import get_close_matches

    from sansio_tl.testing import DataCenterConfig

    known = [field.name for field in fields(DataCenterConfig)]
    for name in settings:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"DataCenterConfig has no setting {name!r}{hint}")


@pytest.fixture
def data_center(
    request: pytest.FixtureRequest, open_data_center: Callable[..., RunningDataCenter]
) -> RunningDataCenter:
    """A data center that is served on a free port of 127.0.0.1."""
    settings: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("data_center"))):
        settings |= marker.kwargs
    return open_data_center(**settings)
