"""The public interface is the one in tests/repository/api.txt, and the same in each adapter."""

from __future__ import annotations

import inspect
from difflib import unified_diff
from importlib import import_module

import pytest

import sansio_tl
from tests.repository.api import ADAPTERS, ADVANCED, SNAPSHOT, STABLE, describe, public, text

LISTED = """
    AuthKey Client ClientConfig Config Connection Endpoint LAYER Limits RequestHandle RsaPublicKey Schema ServerConfig
    ServerConnection auth decode encode errors events functions types
""".split()  # noqa: SIM905 - a long list is more readable as text
"""What the top level has to export, whatever else it does."""


def test_public_interface_matches_the_committed_snapshot() -> None:
    difference = unified_diff(SNAPSHOT.read_text("utf-8").splitlines(), text().splitlines(), "committed", "now", n=1)
    found = "\n".join(difference)
    assert not found, f"the public interface has changed; if that is meant, run `make api` and commit:\n{found}"


def test_top_level_exports_what_the_architecture_lists() -> None:
    assert set(LISTED) <= set(sansio_tl.__all__)
    assert set(sansio_tl.__all__) <= set(dir(sansio_tl))


@pytest.mark.parametrize("module", [*STABLE, *ADVANCED])
def test_exported_names_exist_and_are_not_private(module: str) -> None:
    names = public(module)
    assert len(set(names)) == len(names)
    for name in names:
        assert hasattr(import_module(module), name)
        assert not name.startswith("_") or name == "__version__"


def test_unknown_top_level_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'sansio_tl' has no attribute 'Conection'"):
        sansio_tl.Conection  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["AuthKey", "Client", "ClientConfig", "Config", "Endpoint", "Limits"])
def test_packages_do_not_reexport_top_level_names(name: str) -> None:
    others = [module for module in (*STABLE, *ADVANCED) if module not in {"sansio_tl", *ADAPTERS}]
    assert [module for module in others if name in public(module)] == []


def test_adapters_export_the_same_names() -> None:
    assert len({tuple(public(module)) for module in ADAPTERS}) == 1


@pytest.mark.parametrize("name", public(ADAPTERS[0]))
def test_adapters_take_the_same_parameters(name: str) -> None:
    """A blocking call cannot be cancelled as a task can: the sync adapter takes a timeout in more places."""
    asyncio_, sync, trio = (parameters(getattr(import_module(module), name)) for module in ADAPTERS)
    assert asyncio_ == trio
    assert without_timeout(sync) == without_timeout(trio)
    assert all(set(trio[method]) <= set(sync[method]) for method in trio)


def without_timeout(functions: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: [each for each in taken if each != "KEYWORD_ONLY timeout"] for name, taken in functions.items()}


def _is_function(value: object) -> bool:
    return inspect.isfunction(value) or inspect.ismethod(value)


def parameters(value: object) -> dict[str, list[str]]:
    """The parameters of a function, or of each public method of a class."""
    functions = {"": value} if _is_function(value) else dict(inspect.getmembers(value))
    return {
        name: [f"{each.kind.name} {each.name}" for each in inspect.signature(function).parameters.values()]
        for name, function in sorted(functions.items())
        if _is_function(function) and not name.startswith("_")
    }


def test_describe_lists_signatures_fields_and_members() -> None:
    assert describe("encode", lambda value, *, boxed=True: b"", set()) == ["def encode(value, *, boxed=True)"]
    assert "    host: str" in describe("Endpoint", sansio_tl.Endpoint, set())
    assert "    media_only: bool = False" in describe("Endpoint", sansio_tl.Endpoint, set())
    assert "    RECAPTCHA = 'reCAPTCHA'" in describe("ChallengeKind", sansio_tl.auth.ChallengeKind, set())
