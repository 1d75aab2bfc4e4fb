"""The fixtures, as somebody else's tests see them: they import nothing, and the plugin is there."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

LOG_IN = """
    import pytest
    from sansio_tl import errors, functions, types
    from sansio_tl_transports.sync import connect

    NUMBER = "+12025550100"

    def ask_for_code(link, number=NUMBER):
        return link.invoke(functions.auth.SendCode(number, 1, "hash", types.CodeSettings()))
"""


def test_it_is_loaded_by_an_entry_point() -> None:
    (point,) = (point for point in entry_points(group="pytest11") if point.value.startswith("transports"))
    assert point.value == "sansio_tl_transports.testing.pytest_plugin"


def test_a_client_logs_in(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    def test_log_in(data_centre):
        data_centre.add_account(NUMBER)
        with connect((data_centre.host, data_centre.port), data_centre.config()) as link:
            sent = ask_for_code(link)
            code = data_centre.code_for(NUMBER)
            data_centre.fail_next("auth.signIn", errors.PhoneCodeInvalid())
            with pytest.raises(errors.PhoneCodeInvalid):
                link.invoke(functions.auth.SignIn(NUMBER, sent.phone_code_hash, code))
            link.invoke(functions.auth.SignIn(NUMBER, sent.phone_code_hash, code))

    def test_another_world(data_centre):
        assert data_centre.do(lambda centre: len(centre.accounts)) == 0
        assert data_centre.public_key_pem.startswith("-----BEGIN RSA PUBLIC KEY-----")
    """
    )
    pytester.runpytest_subprocess("--strict-markers", "-W", "error").assert_outcomes(passed=2)


def test_the_marker_says_what_it_is_like(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    @pytest.mark.data_centre(code="00000", dc_id=3)
    class TestMarked:
        @pytest.mark.data_centre(code="31337")
        def test_the_nearest_counts(self, data_centre):
            assert data_centre.dc_id == 3
            with connect(data_centre.address, data_centre.config()) as link:
                ask_for_code(link)
                assert data_centre.code_for(NUMBER) == "31337"
    """
    )
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_there_may_be_several(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    def test_migration(data_centre, open_data_centre):
        other = open_data_centre(dc_id=4)
        other.add_account(NUMBER)
        assert other.public_key == data_centre.public_key
        with connect(data_centre.address, data_centre.config()) as link:
            with pytest.raises(errors.PhoneMigrate) as caught:
                ask_for_code(link)
        with connect(other.address, other.config()) as link:
            ask_for_code(link)
        assert caught.value.dc == other.dc_id

    def test_nothing_is_left(data_centre):
        import threading
        assert threading.active_count() == 2
    """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_runs_that_want_no_data_centre_load_nothing() -> None:
    program = (
        "import sys, sansio_tl_transports.testing.pytest_plugin; "
        "print([name for name in sys.modules if name.startswith('sansio_tl')])"
    )
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
