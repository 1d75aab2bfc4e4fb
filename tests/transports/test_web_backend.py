"""docs/examples/web_backend.py: a login begins in one process and is finished in others."""

from __future__ import annotations

import contextlib
import json
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import ServeProcess, serve_process
from tests.repository.scan import ROOT

PROGRAM = ROOT / "docs" / "examples" / "web_backend.py"
NUMBER, PASSWORD = "+12025550100", "a word only I know"


@contextlib.contextmanager
def backend(server: ServeProcess, directory: Path) -> Iterator[str]:
    command = [sys.executable, str(PROGRAM), str(directory), "1", "hash", server.address, str(server.public_key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


def post(url: str, **given: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, json.dumps(given).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServeProcess]:
    with serve_process(tmp_path, "--account", f"{NUMBER}:{PASSWORD}") as running:
        yield running


def test_login_steps_are_taken_by_different_processes(server: ServeProcess, tmp_path: Path) -> None:
    directory = tmp_path / "log-ins"
    directory.mkdir()
    with backend(server, directory) as first:
        status, begun = post(f"{first}/login", phone_number=NUMBER)
    assert (status, begun["prompt"]["type"], begun["prompt"]["length"]) == (200, "code", 5)
    code = server.code_for(NUMBER)
    page = f"/login/{begun['id']}"
    (file,) = directory.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with backend(server, directory) as second:
        status, wrong = post(second + page, code="00000" if code != "00000" else "11111")
        assert (status, wrong["error"]["name"], wrong["prompt"]["tries"]) == (200, "PHONE_CODE_INVALID", 1)
        assert post(second + page, password=PASSWORD)[0] == 400
        assert post(second + page, code=code)[1]["prompt"]["type"] == "password"
        assert PASSWORD not in file.read_text()
    with backend(server, directory) as third:
        assert post(third + page, password="wrong")[1]["prompt"]["tries"] == 1
        status, done = post(third + page, password=PASSWORD)
        assert status == 200
        assert set(done) == {"id", "user_id"}
        assert post(f"{third}/login/no-such-login", code="1")[0] == 404
        assert post(f"{third}/login/..%2f..", code="1")[0] == 404
        assert post(f"{third}/elsewhere")[0] == 404
