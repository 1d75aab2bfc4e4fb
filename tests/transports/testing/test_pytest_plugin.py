"""The fixtures, as another user's tests see them: they import nothing, and the plugin is there."""

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

    def ask_for_code(connection, number=NUMBER):
        return connection.invoke(functions.auth.SendCode(number, 1, "hash", types.CodeSettings()))
"""


def test_plugin_is_loaded_by_an_entry_point() -> None:
    (point,) = (point for point in entry_points(group="pytest11") if point.value.startswith("sansio_tl_transports"))
    assert point.value == "sansio_tl_transports.testing.pytest_plugin"


def test_client_logs_in_at_the_data_center_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    def test_log_in(data_center):
        data_center.add_account(NUMBER)
        with connect((data_center.host, data_center.port), data_center.config()) as connection:
            sent = ask_for_code(connection)
            code = data_center.code_for(NUMBER)
            data_center.answer("auth.signIn", errors.PhoneCodeInvalid(), times=1)
            with pytest.raises(errors.PhoneCodeInvalid):
                connection.invoke(functions.auth.SignIn(NUMBER, sent.phone_code_hash, code))
            connection.invoke(functions.auth.SignIn(NUMBER, sent.phone_code_hash, code))

    def test_other_data_center(data_center):
        assert data_center.call(lambda dc: len(dc.accounts)) == 0
        assert data_center.public_key_pem.startswith("-----BEGIN RSA PUBLIC KEY-----")
    """
    )
    pytester.runpytest_subprocess("--strict-markers", "-W", "error").assert_outcomes(passed=2)


def test_data_center_marker_sets_the_options(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    @pytest.mark.data_center(code="00000", dc_id=3)
    class TestMarked:
        @pytest.mark.data_center(code="31337")
        def test_nearest_counts(self, data_center):
            assert data_center.dc_id == 3
            with connect(data_center.address, data_center.config()) as connection:
                ask_for_code(connection)
                assert data_center.code_for(NUMBER) == "31337"
    """
    )
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_several_data_centers_can_be_opened(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    def test_migration(data_center, open_data_center):
        other = open_data_center(dc_id=4)
        other.add_account(NUMBER)
        assert other.public_key == data_center.public_key
        with connect(data_center.address, data_center.config()) as connection:
            with pytest.raises(errors.PhoneMigrate) as caught:
                ask_for_code(connection)
        with connect(other.address, other.config()) as connection:
            ask_for_code(connection)
        assert caught.value.dc == other.dc_id

    def test_login_at_another_data_center(data_center, open_data_center):
        from sansio_tl_transports.sync import open_client

        other = open_data_center(dc_id=4)
        other.add_account(NUMBER)
        with open_client(data_center.client_config()) as client:
            me = client.login(NUMBER, api_hash="any", code=lambda _: other.code_for(NUMBER))
            assert (client.dc_id, client.user_id) == (4, me.id)

    def test_nothing_is_left(data_center):
        import threading
        assert threading.active_count() == 2
    """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_report_of_a_failed_test_lists_the_last_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOG_IN
        + """
    def test_fails(data_center):
        with connect(data_center.address, data_center.config()) as connection:
            ask_for_code(connection)
            with pytest.raises(errors.RpcError):
                connection.invoke(functions.updates.GetState())
        assert not "as expected"

    def test_raises_in_an_answer(data_center):
        def answer(request):
            raise ValueError("of the test")

        data_center.answer("auth.sendCode", answer)
        with connect(data_center.address, data_center.config()) as connection:
            with pytest.raises(errors.RpcError, match="ANSWER_FAILED: ValueError: of the test"):
                ask_for_code(connection)
    """
    )
    result = pytester.runpytest_subprocess("--strict-markers", "-W", "error")
    result.assert_outcomes(failed=1, passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*the last requests at data center 2*",
            "    auth.sendCode SendCode(phone_number=[*][*][*]*: answered",
            "    updates.getState GetState(): 401 AUTH_KEY_UNREGISTERED",
        ]
    )
    assert "2025550100" not in result.stdout.str().partition("the last requests")[2].partition("\n_")[0]


def test_failed_call_of_the_fixture_shows_the_line_of_the_test_only(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_no_code(data_center):
            data_center.code_for("+12025550100", timeout=0.1)

        def test_no_method(data_center):
            data_center.answer("messages.sendMesage", 1)
        """
    )
    report = pytester.runpytest("-p", "no:cacheprovider")
    report.stdout.fnmatch_lines(["*no code to that number*", "*did you mean 'messages.sendMessage'*"])
    report.stdout.no_fnmatch_line("*server_thread.py*")
    report.stdout.no_fnmatch_line("*_base.py*")


def test_plugin_loads_nothing_without_the_fixture() -> None:
    program = (
        "import sys, sansio_tl_transports.testing.pytest_plugin; "
        "print(sorted(name for name in sys.modules if name.startswith('sansio_tl')))"
    )
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    packages = ["sansio_tl_transports", "sansio_tl_transports.testing"]
    assert done.stdout.strip() == str([*packages, "sansio_tl_transports.testing.pytest_plugin"])


def test_unknown_setting_suggests_a_similar_one(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import pytest

    @pytest.mark.data_center(cod="12345")
    def test_marked(data_center): ...

    def test_opened(open_data_center):
        open_data_center(qqqq=1)
    """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*TypeError: DataCenterConfig has no setting 'cod'; did you mean 'code'[?]",
            "*TypeError: DataCenterConfig has no setting 'qqqq'",
        ]
    )
