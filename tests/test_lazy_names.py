"""Names that the modules with lazy names lack."""

from __future__ import annotations

import traceback
from types import ModuleType

import pytest

from sansio_tl import errors, functions, types


@pytest.mark.parametrize(
    ("module", "name", "similar"),
    [
        (errors, "FloodWiat", "FloodWait"),
        (types, "InputPerSelf", "InputPeerSelf"),
        (types, "inputPeerSelf", "InputPeerSelf"),
        (functions, "invokeWithLayer", "InvokeWithLayer"),
        (types, "SentCode", "auth.SentCode"),
        (types, "sentCod", "auth.SentCode"),
        (types, "Password", "account.Password"),
        (functions, "SendCode", "auth.SendCode"),
        (functions, "Search", "contacts.Search' or 'messages.Search"),
    ],
)
def test_misspelt_name_suggests_a_similar_one(module: ModuleType, name: str, similar: str) -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(module, name)
    assert str(raised.value) == f"module {module.__name__!r} has no attribute {name!r}. Did you mean: '{similar}'?"


def test_python_prints_no_second_suggestion() -> None:
    with pytest.raises(AttributeError) as raised:
        _ = functions.invokeWithLayer  # type: ignore[attr-defined]
    assert "".join(traceback.format_exception(raised.value)).count("Did you mean") == 1


@pytest.mark.parametrize("name", ["Qqqqqq", "floodwait", "_FloodWiat", "__wrapped__"])
def test_other_names_are_reported_alone(name: str) -> None:
    for module in (errors, types, functions):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
            getattr(module, name)
