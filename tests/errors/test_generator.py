"""What the generator writes at the limits of a line, a module and a name."""

from __future__ import annotations

import json
import textwrap
from random import Random
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


def lines_of(name: str, **entry: Any) -> list[str]:
    """The class of an error with a message of its own, after its first line."""
    entry = {"codes": [400], "message": "A message.", "hint": "A hint."} | entry
    _, _, body = generator.generate(json.dumps(catalogue(**{name: entry})))["others.py"].partition("\nclass ")
    return body.splitlines()[1:]


def docstring(sentence: str) -> list[str]:
    """The docstring of an error with that message."""
    lines = lines_of("HEAD", message=sentence)
    return lines[: lines.index('    name = "HEAD"') - 1]


def assignment(hint: str) -> list[str]:
    """The assignment of that hint, which is the last one."""
    lines = lines_of("HEAD", hint=hint)
    return lines[next(number for number, line in enumerate(lines) if line.startswith("    hint = ")) :]


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_docstring_is_broken_above_120_characters(extra: int) -> None:
    sentence = "x " * 40 + "y" * (120 - len('    """400 HEAD: """') - 80 + extra)
    lines = docstring(sentence)
    assert (len(lines) == 1) == (extra <= 0)
    if len(lines) == 1:
        assert len(lines[0]) == 120 + extra
    else:
        assert lines[:2] == ['    """400 HEAD.', ""]
        assert lines[-1] == '    """'
        assert max(map(len, lines)) <= 120
        assert " ".join(line.strip() for line in lines[2:-1]) == sentence


def test_assignment_of_a_long_text_is_broken_at_its_words() -> None:
    room = 120 - len('    hint = ""')
    assert assignment("x" * room) == [f'    hint = "{"x" * room}"']
    for size in (room + 1, 110):
        assert assignment("x" * size) == ["    hint = (", f'        "{"x" * size}"', "    )"]
    text = " ".join(["word"] * 23)  # 114 characters
    lines = assignment(text)
    assert lines[0] == "    hint = ("
    assert lines[-1] == "    )"
    assert len(lines) == 4
    assert "".join(json.loads(line) for line in lines[1:-1]) == text
    assert lines[1] == '        "' + "word " * 20 + '"'
    assert len(assignment(" ".join(["word"] * 22 + ["x"]))) == 4  # 111 characters
    assert len(assignment(" ".join(["word"] * 22))) == 3  # 109 characters


def test_call_with_a_long_text_has_an_argument_in_each_line() -> None:
    room = 120 - len('        super().__init__(f"_{v}", code=code, request=request)')
    for size in (room, room + 1):
        name = "A" * size
        lines = lines_of(f"{name}_X", values={"v": "int"})
        call = lines[next(number for number, line in enumerate(lines) if "super()" in line) : -1]
        if size == room:
            assert call == [f'        super().__init__(f"{name}_{{v}}", code=code, request=request)']
            assert len(call[0]) == 120
        else:
            assert call == [
                "        super().__init__(",
                f'            f"{name}_{{v}}",',
                "            code=code,",
                "            request=request,",
                "        )",
            ]


@pytest.mark.parametrize("last", [0, 1, 2, 55, 56])
def test_words_of_a_docstring_are_wrapped_within_112_characters(last: int) -> None:
    """With the indent of 4 they end at column 116."""
    sentence = " ".join(["x" * 55, "y" * (55 + last % 3), "z" * 55, "w" * 55, "v" * last]).strip()
    lines = [line.removeprefix("    ") for line in docstring(sentence)[2:-1]]
    assert lines == textwrap.wrap(sentence, 112, break_long_words=False, break_on_hyphens=False)
    assert len(lines) in {2, 3, 4}


def test_words_are_wrapped_as_textwrap_does() -> None:
    random = Random(5)
    for _ in range(100):
        sentence = " ".join("w" * random.randint(1, 60) for _ in range(random.randint(5, 40)))
        found = docstring(sentence)
        if len(found) > 1:
            lines = [line.removeprefix("    ") for line in found[2:-1]]
            assert lines == textwrap.wrap(sentence, 112, break_long_words=False, break_on_hyphens=False)


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
    data = catalogue(A={"codes": [400]}, B={"codes": [400]})
    data["methods"] = {"x.none": [], "x.one": ["A"], "x.two": ["A", "B"]}
    data["any_method"], data["main_dc_moved"] = ["A"], ["A", "B"]
    methods = generator.generate(json.dumps(data))["methods.py"]
    assert '        "x.none": (),\n        "x.one": ("A",),\n' in methods
    assert '        "x.two": (\n            "A",\n            "B",\n        ),\n' in methods
    assert 'ANY_METHOD: tuple[str, ...] = ("A",)\n' in methods
    assert "AUTHORIZATION_LOST: tuple[str, ...] = ()\n" in methods
    assert 'MAIN_DC_MOVED: tuple[str, ...] = (\n    "A",\n    "B",\n)\n' in methods
