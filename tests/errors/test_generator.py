"""What the generator writes at the limits of a line, a module and a name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sansio_tl.errors import generator


def catalogue(**errors: dict[str, Any]) -> dict[str, Any]:
    return {
        "errors": errors,
        "methods": {},
        "any_method": [],
        "authorization_lost": [],
        "main_dc_moved": [],
        "users_only": [],
        "bots_only": [],
    }


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_docstring_is_broken_above_120_characters(extra: int) -> None:
    sentence = "x " * 40 + "y" * (120 - len('    """HEAD: """') - 80 + extra)
    lines = generator._docstring("HEAD", sentence)
    assert (len(lines) == 1) == (extra <= 0)
    if len(lines) == 1:
        assert len(lines[0]) == 120 + extra
    else:
        assert lines[:2] == ['    """HEAD.', ""]
        assert lines[-1] == '    """'
        assert max(map(len, lines)) <= 120
        assert " ".join(line.strip() for line in lines[2:-1]) == sentence


def test_assignment_of_a_long_text_is_broken_at_its_words() -> None:
    room = 120 - len('    hint = ""')
    assert generator._assignment("hint", "x" * room) == [f'    hint = "{"x" * room}"']
    for size in (room + 1, 110):
        assert generator._assignment("hint", "x" * size) == ["    hint = (", f'        "{"x" * size}"', "    )"]
    text = " ".join(["word"] * 23)  # 114 characters
    lines = generator._assignment("hint", text)
    assert lines[0] == "    hint = ("
    assert lines[-1] == "    )"
    assert len(lines) == 4
    assert "".join(json.loads(line) for line in lines[1:-1]) == text
    assert lines[1] == '        "' + "word " * 20 + '"'
    assert len(generator._assignment("hint", " ".join(["word"] * 22 + ["x"]))) == 4  # 111 characters
    assert len(generator._assignment("hint", " ".join(["word"] * 22))) == 3  # 109 characters


def test_call_with_a_long_text_has_an_argument_in_each_line() -> None:
    line = "        super().__init__(text)"
    assert generator._call(line.ljust(120), "text") == [line.ljust(120)]
    assert generator._call(line.ljust(121), "text") == [
        "        super().__init__(",
        "            text,",
        "            code=code,",
        "            request=request,",
        "        )",
    ]


@pytest.mark.parametrize("width", [4, 5, 9, 10, 11, 14])
def test_words_are_wrapped_within_the_width(width: int) -> None:
    lines = generator._wrapped("aaaa bbbb cccc", "  ", width + 2)
    assert (
        lines
        == {
            4: ["  aaaa", "  bbbb", "  cccc"],
            5: ["  aaaa", "  bbbb", "  cccc"],
            9: ["  aaaa bbbb", "  cccc"],
            10: ["  aaaa bbbb", "  cccc"],
            11: ["  aaaa bbbb", "  cccc"],
            14: ["  aaaa bbbb cccc"],
        }[width]
    )
    text = " ".join(["x" * 55, "y" * 55, "z"])  # 113 characters, within the default of 116
    assert generator._wrapped(text, "   ") == [f"   {text}"]
    assert len(generator._wrapped(text, "    ")) == 2


@pytest.mark.parametrize("count", [7, 8])
def test_namespace_with_8_errors_of_its_own_has_a_module_of_its_own(count: int) -> None:
    names = [f"ERROR_{chr(65 + number)}" for number in range(count)]
    data = catalogue(**{name: {"codes": [400]} for name in [*names, "SHARED", "ROOT"]})
    data["methods"] = {"bots.do": [*names, "SHARED"], "help.do": ["SHARED"], "invoke": ["ROOT"]}
    files = generator.generate(json.dumps(data))
    assert ("bots.py" in files) == (count >= 8)
    home = files["bots.py" if count >= 8 else "others.py"]
    assert all(f"class Error{name[-1]}(KnownRpcError):" in home for name in names)
    assert "class Shared(KnownRpcError):" in files["others.py"]
    assert "class Root(KnownRpcError):" in files["others.py"]


def test_error_with_a_message_is_written_with_its_sentence_and_values() -> None:
    data = catalogue(
        WAIT_X={
            "codes": [420],
            "values": {"seconds": "int"},
            "message": "Wait {seconds} s, voilà.",
            "hint": "Wait.",
            "bare": "WAIT",
        },
        KEY_LOST={"codes": [401, 406]},
    )
    data["authorization_lost"] = ["KEY_LOST"]
    files = generator.generate(json.dumps(data))
    wait = files["auth.py"] if "auth.py" in files else files["others.py"]
    assert 'sentence = "Wait {seconds} s, voilà."' in wait
    assert "codes = (420,)" in wait
    assert 'values = MappingProxyType({"seconds": int})' in wait
    assert "def __init__(self, seconds: int | None = None, *, code: int | None = None" in wait
    assert 'super().__init__("WAIT" if seconds is None else f"WAIT_{seconds}", code=code, request=request)' in wait
    assert "self.seconds = seconds" in wait
    lost = files["others.py"]
    assert "codes = (401, 406)\n" in lost
    assert lost.count("authorization_lost = True") == 1
    assert '"WAIT": "' in files["index.py"]


def test_class_names_leave_out_values_and_begin_with_a_letter() -> None:
    assert generator.class_name("FLOOD_WAIT_X") == "FloodWait"
    assert generator.class_name("2FA_CONFIRM_WAIT_X") == "TwoFactorConfirmWait"
    assert generator.class_name("WAIT_XMIN") == "Wait"
    assert generator.class_name("A_X__Y") == "A"
    assert generator.class_name("Timeout") == "Timeout"


def test_tuples_of_no_one_and_more_names_are_written_as_the_formatter_does() -> None:
    assert generator._tuple([], 4) == "()"
    assert generator._tuple(["A"], 4) == '("A",)'
    assert generator._tuple(["A", "B"], 4) == '(\n        "A",\n        "B",\n    )'
