"""The demo reports what happens, and fails when a step does not have its result."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from sansio_tl import LAYER, auth, errors, functions, types
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports.cli import demo
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key


def test_demo_prints_plain_text_when_piped() -> None:
    command = (sys.executable, "-W", "error", "-m", "sansio_tl_transports.cli.demo")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    for name in ("Ada", "Grace", "Emmy"):
        assert f"auth.authorization: welcome, {name}" in done.stdout
        assert f"{name} logs out." in done.stdout
    for text in ("400 PHONE_CODE_INVALID", "400 PASSWORD_HASH_INVALID", "420 FLOOD_WAIT_1", "now has the number"):
        assert done.stdout.count(text) == 3
    lines = re.sub(r"id [0-9a-f]{16}", "id KEY", done.stdout).splitlines()
    assert re.fullmatch(r"Data center on 127\.0\.0\.1 port \d+", lines[1])
    serves = rf"  It serves layer {LAYER} \(the version of the API schema\) and has the RSA key [0-9a-f]{{16}}\."
    assert re.fullmatch(serves, lines[2])
    assert lines[4:7] == [
        "sansio_tl_transports.sync: blocking sockets",
        "  Ada connects. The handshake makes an auth key: id KEY.",
        "  Ada asks for a code for +12025550101.",
    ]
    for title in ("sansio_tl_transports.asyncio", "sansio_tl_transports.trio"):
        assert lines[lines.index(title) + 1].endswith(" connects. The handshake makes an auth key: id KEY.")
    closes, answered, _, ended, following = lines[-5:]
    assert closes == "The data center closes"
    assert answered == "  It answered 27 requests with results and 15 with errors, all of them expected."
    assert re.fullmatch(r"Done in \d+\.\d s\.", ended)
    assert following.startswith("Next: .venv/bin/sansio-tl serve --public-key dc.pem, then the command that it prints.")


def test_demo_can_be_imported_without_rich_and_typer() -> None:
    source = "import sys; sys.modules['rich'] = sys.modules['typer'] = None; from sansio_tl_transports.cli import demo"
    assert subprocess.run((sys.executable, "-c", source), check=False).returncode == 0


@pytest.mark.parametrize("method", ["call", "add_account"])
def test_failed_step_ends_the_demo_with_status_1(
    method: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = getattr(DataCenter, method)

    def different(data_center: DataCenter, given: object, **settings: object) -> object:
        settings.pop("password", None)  # an account without a password, or nothing different
        result = real(data_center, given, **settings)
        return True if method == "call" else result

    monkeypatch.setattr(DataCenter, method, different)
    assert demo.main() == 1
    assert "The demo failed" in capsys.readouterr().err


# --- the script, without sockets and with a clock of its own ----------------------------------------------------------

ADA = demo.DemoUser("Ada", "+12025550101", "+12025550111")
SCRIPT = """\
  Ada asks for a code for +12025550101.
      SMS to +12025550101: 12345 is your code
      auth.sentCode: 5 digits by sms
  Ada enters a wrong code: 12346.
      auth.signIn: 400 PHONE_CODE_INVALID (The code is wrong.)
  Ada enters the right code: 12345.
      the code is right; a password is required (hint: four words)
  Ada enters a wrong password.
      auth.checkPassword: 400 PASSWORD_HASH_INVALID (The password is wrong.)
  Ada enters the right password too early.
      auth.checkPassword: 420 FLOOD_WAIT_1 (Too many attempts: the server wants a pause of 1 second.)
  Ada waits for 1.0 s and tries again.
      auth.authorization: welcome, Ada, user 1000001
  Ada changes the number to +12025550111.
      SMS to +12025550111: 12345 is your code
      user 1000001 now has the number +12025550111
  Ada logs out.
      auth.loggedOut
  The key is not authorized any more.
      account.getPassword: 401 AUTH_KEY_UNREGISTERED (This auth key is not logged in.)
"""


class DirectConnection:
    """Calls the data center for flows and requests; time passes in pauses only."""

    def __init__(self, *, password: str | None = demo.PASSWORD, colour: bool = False) -> None:
        config = DataCenterConfig(
            private_key=rsa_key(), code="12345", password_tries=1, password_flood_wait=demo.FLOOD_WAIT
        )
        self.now = 1_790_000_000.0
        data_center = DataCenter(config, entropy=SeededEntropy("demo"), now=self.now)
        data_center.add_account(ADA.number, first_name="Ada", password=password, hint="four words")
        self.demo = demo.Demo(data_center, demo.Printer(colour=colour))

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def invoke(self, function: Any) -> Any:
        try:
            return self.demo.data_center.call(function, key_id=b"the key.", now=self.now)
        finally:
            while (event := self.demo.data_center.next_event()) is not None:
                self.demo.happened(event)

    def run(self, flow: auth.Flow[Any]) -> None:
        while (action := flow.next_action()) is not None:
            if isinstance(action, auth.Compute):
                flow.receive_computed(action.job())
                continue
            try:
                flow.receive_result(self.invoke(action.function), now=self.now)
            except errors.RpcError as error:
                flow.receive_error(error, now=self.now)

    def take(self, script: demo.Script, steps: int, result: object = None) -> None:
        """Make so many steps of a script."""
        for _ in range(steps):
            step = demo.next_step(script, result)
            assert isinstance(step, demo.RunFlow)
            self.run(step.flow)


class Awaitable:
    """The same for `await`, which never suspends."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def invoke(self, function: Any) -> Any:
        return self._connection.invoke(function)

    async def run(self, flow: auth.Flow[Any]) -> int | None:
        self._connection.run(flow)
        return None

    async def sleep(self, seconds: float) -> None:
        self._connection.sleep(seconds)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> DirectConnection:
    made = DirectConnection()
    monkeypatch.setattr(demo, "time", made)
    return made


@pytest.mark.parametrize("is_async", [False, True])
def test_script_prints_each_step_and_each_answer(
    connection: DirectConnection, capsys: pytest.CaptureFixture[str], *, is_async: bool
) -> None:
    script = demo.script_for(connection.demo, ADA)
    if is_async:
        awaitable = Awaitable(connection)
        with pytest.raises(StopIteration):
            demo.run_script_async(awaitable, script, awaitable.sleep).send(None)
    else:
        demo.run_script(connection, script)  # type: ignore[arg-type]
    assert capsys.readouterr().out == SCRIPT
    assert (connection.demo.answered, connection.demo.failed) == (9, 5)
    assert connection.demo.codes == {}


def test_output_on_a_terminal_is_coloured(capsys: pytest.CaptureFixture[str]) -> None:
    printer = demo.Printer(colour=True)
    printer.title("a title")
    printer.step("a step")
    printer.answer("well")
    printer.answer("badly", good=False)
    printer.received("12345")
    printer.end("the end")
    assert capsys.readouterr().out == (
        "\n\x1b[1;36ma title\x1b[0m\n  a step\n      \x1b[32mwell\x1b[0m\n      \x1b[33mbadly\x1b[0m\n"
        "      \x1b[35m12345\x1b[0m\n\n\x1b[1mthe end\x1b[0m\n"
    )


@pytest.mark.parametrize(
    ("is_terminal", "environment", "colour"), [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False)]
)
def test_colour_is_for_terminals(
    is_terminal: bool, environment: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    assert demo.Printer().colour is colour


def unexpected(script: demo.Script, result: object, text: str) -> None:
    """The next step of a script is an error with this text."""
    with pytest.raises(demo.UnexpectedResult, match=text):
        demo.next_step(script, result)


def test_unexpected_results_of_a_login_end_the_script(connection: DirectConnection) -> None:
    with pytest.raises(demo.UnexpectedResult, match=r"no code arrived at \+12025550101"):
        connection.demo.code_for(ADA.number)
    flow = auth.log_in(ADA.number, api_id=1, api_hash="demo")
    script = demo.enter_code(connection.demo, ADA, flow)
    assert demo.next_step(script, None) == demo.RunFlow(flow)
    unexpected(script, None, f"expected a code prompt, but the flow is at: {flow.state}")
    connection = DirectConnection(password=None)
    flow = auth.log_in(ADA.number, api_id=1, api_hash="demo")
    script = demo.enter_code(connection.demo, ADA, flow)
    connection.take(script, 3)
    unexpected(script, None, f"expected a password prompt, but the flow is at: {auth.DONE}")
    with pytest.raises(demo.UnexpectedResult, match="expected PhoneCodeInvalid, not None"):
        demo.check_error(connection.demo.printer, None, errors.PhoneCodeInvalid)


class Moved:
    """A flow that is where the test has put it."""

    def __init__(self) -> None:
        self.state, self.error, self.result = "somewhere", None, None

    def enter_password(self, *_: object, **__: object) -> None:
        """Nothing happens."""


@pytest.mark.parametrize(
    ("state", "name", "in_time"),
    [
        ("somewhere", "Ada", False),
        (auth.DONE, "Bob", True),
    ],
)
def test_password_that_logs_nobody_in_ends_the_script(
    state: str, name: str, in_time: bool, connection: DirectConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    flow: Any = Moved()
    script = demo.enter_password(connection.demo, ADA, flow)
    demo.next_step(script, None)
    error = errors.PasswordHashInvalid()
    error.request = "auth.checkPassword"
    flow.error = error
    demo.next_step(script, None)
    flow.error, flow.state = None, state
    flow.result = types.auth.Authorization(user=types.User(id=1, first_name=name))
    unexpected(script, None, f"expected Ada to be logged in, but the flow is at: {state}")
    assert ("      not too early: " in capsys.readouterr().out) is in_time


def test_password_that_is_not_too_early_logs_in(
    connection: DirectConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = auth.log_in(ADA.number, api_id=1, api_hash="demo")
    connection.take(demo.enter_code(connection.demo, ADA, flow), 3)
    capsys.readouterr()
    script = demo.enter_password(connection.demo, ADA, flow)
    connection.take(script, 1)
    connection.sleep(demo.FLOOD_WAIT)
    connection.take(script, 1)
    assert demo.next_step(script, None) is None
    assert capsys.readouterr().out.splitlines()[3:] == [
        "      not too early: this machine has taken longer than the pause",
        "      auth.authorization: welcome, Ada, user 1000001",
    ]


def logged_in() -> DirectConnection:
    connection = DirectConnection()
    flow = auth.log_in(ADA.number, api_id=1, api_hash="demo")
    connection.run(flow)
    flow.enter_code("12345")
    connection.run(flow)
    flow.enter_password(demo.PASSWORD, entropy=SeededEntropy("password"))
    connection.run(flow)
    assert flow.state == auth.DONE
    return connection


def test_unexpected_results_of_a_change_of_number_end_the_script() -> None:
    connection = logged_in()
    script = demo.change_number(connection.demo, ADA)
    demo.next_step(script, None)
    unexpected(script, None, "expected a code prompt for the new number, but the flow is at: ")
    script = demo.change_number(connection.demo, ADA)
    connection.take(script, 1)
    demo.next_step(script, None)
    unexpected(script, None, "expected the number to be changed")
    connection = logged_in()
    script = demo.change_number(connection.demo, ADA)
    connection.take(script, 2)
    connection.demo.data_center.add_account(ADA.number)
    unexpected(script, None, "expected the account to have its new number only")


def test_unexpected_results_of_a_logout_end_the_script(connection: DirectConnection) -> None:
    script = demo.leave(connection.demo, ADA)
    assert demo.next_step(script, None) == demo.SendRequest(functions.auth.LogOut())
    unexpected(script, True, "expected auth.loggedOut, not True")
    script = demo.leave(connection.demo, ADA)
    demo.next_step(script, None)
    assert demo.next_step(script, types.auth.LoggedOut()) == demo.SendRequest(functions.account.GetPassword())
    unexpected(script, True, "expected AuthKeyUnregistered, not True")
