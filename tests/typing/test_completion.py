"""What jedi, the completion of several editors and of IPython, shows without running the program."""

from __future__ import annotations

import jedi
import pytest


@pytest.mark.parametrize(
    ("called", "parameters"),
    [
        ("functions.auth.SendCode", ["phone_number", "api_id", "api_hash", "settings"]),
        ("functions.auth.ResendCode", ["phone_number", "phone_code_hash", "reason"]),
        ("types.auth.SentCode", ["type", "phone_code_hash", "next_type", "timeout"]),
    ],
)
def test_jedi_shows_the_fields_of_tl_classes(called: str, parameters: list[str]) -> None:
    script = jedi.Script(f"from sansio_tl import functions, types\n{called}(")
    [signature] = script.get_signatures()
    assert [parameter.name for parameter in signature.params] == parameters


def test_jedi_shows_the_methods_of_a_client() -> None:
    program = "from sansio_tl_transports.sync import open_client\nwith open_client(config) as client:\n    client."
    names = [completion.name for completion in jedi.Script(program).complete()]
    assert {"invoke", "login", "snapshot"} <= set(names)
