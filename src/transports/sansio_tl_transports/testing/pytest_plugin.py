"""For pytest: a data centre as a fixture, for clients of any library and any language.

    def test_log_in(data_centre):
        data_centre.add_account("+12025550100", password="secret")
        client = MyClient(data_centre.host, data_centre.port, key=data_centre.public_key_pem)
        client.send_code("+12025550100")
        client.sign_in(data_centre.code_for("+12025550100"))
        data_centre.fail_next("auth.checkPassword", errors.FloodWait(seconds=5))
        data_centre.advance(300)        # time passes: codes expire, floods end

    @pytest.mark.data_centre(code="12345", resend_timeout=0)
    def test_with_other_settings(data_centre): ...

    def test_migration(data_centre, open_data_centre):
        other = open_data_centre(dc_id=4)

`data_centre` is a `sansio_tl_transports.testing.server_thread.RunningDataCentre`; the settings are those of
`sansio_tl.testing.DataCentreConfig`. Loaded by an entry point: nothing has to be imported or declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sansio_tl.crypto.rsa import RsaPrivateKey
    from sansio_tl_transports.testing.server_thread import RunningDataCentre

# Nothing of the library is imported before a test wants a data centre: pytest loads this in every run.


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "data_centre(**settings): what the fixture data_centre is like")


@pytest.fixture(scope="session")
def data_centre_key() -> RsaPrivateKey:
    """The RSA key of all data centres of a run: making one takes up to half a second."""
    import os
    import time

    from sansio_tl.testing import DataCentre

    return DataCentre(entropy=os.urandom, now=time.time()).private_key


@pytest.fixture
def open_data_centre(data_centre_key: RsaPrivateKey) -> Iterator[Callable[..., RunningDataCentre]]:
    """Opens data centres of one world: ``open_data_centre(dc_id=4)``. They are closed when the test is over."""
    from sansio_tl_transports.testing.server_thread import Grounds

    with Grounds() as grounds:

        def open_(**settings: Any) -> RunningDataCentre:
            settings.setdefault("private_key", data_centre_key)
            return grounds.open(**settings)

        yield open_


@pytest.fixture
def data_centre(
    request: pytest.FixtureRequest, open_data_centre: Callable[..., RunningDataCentre]
) -> RunningDataCentre:
    """A data centre that is being served on a free port of 127.0.0.1."""
    settings: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("data_centre"))):
        settings |= marker.kwargs
    return open_data_centre(**settings)
