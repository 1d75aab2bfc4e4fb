"""The adapters do not import each other, and the error for a missing library names what to install."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import sansio_tl_transports

PACKAGE = Path(sansio_tl_transports.__file__).parent
ADAPTERS = frozenset({"asyncio", "sync", "trio"})


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_no_adapter_imports_another(name: str) -> None:
    for path in (PACKAGE / name).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        for other in ADAPTERS - {name}:
            assert not any(f"{module}.".startswith(f"sansio_tl_transports.{other}.") for module in imported), path
        of_package = [
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "sansio_tl_transports"
            for alias in node.names
        ]
        assert not ADAPTERS.intersection(of_package), path


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_public_module_of_an_adapter_has_less_than_250_lines(name: str) -> None:
    assert len((PACKAGE / name / "__init__.py").read_text(encoding="utf-8").splitlines()) < 250


def without(missing: str, statement: str) -> subprocess.CompletedProcess[str]:
    """Run a statement in a process that lacks a library."""
    source = f"import sys; sys.modules[{missing!r}] = None\n{statement}"
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)


def test_without_trio_the_error_names_the_extra() -> None:
    run = without("trio", "import sansio_tl_transports.trio")
    assert run.returncode == 1
    message = (
        "ImportError: sansio_tl_transports.trio needs trio. The extra trio brings it: "
        "pip install '.[trio]' in a checkout"
    )
    assert run.stderr.splitlines()[-1] == message


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_libraries_the_command_line_names_the_extra(missing: str) -> None:
    run = without(missing, "from sansio_tl_transports.cli.main import main; main()")
    assert run.returncode == 1
    assert "pip install '.[cli]'" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("name", ["sync", "asyncio"])
def test_adapter_needs_neither_trio_nor_the_command_line(name: str) -> None:
    hidden = "import sys; sys.modules['typer'] = sys.modules['rich'] = None\n"
    assert without("trio", f"{hidden}import sansio_tl_transports.{name}").returncode == 0


def test_client_does_not_load_the_data_center() -> None:
    statement = (
        "import sansio_tl_transports.sync; assert not [name for name in sys.modules if 'sansio_tl.testing' in name]"
    )
    run = without("nothing_at_all", statement)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("name", "missing", "text"),
    [
        ("sansio_tl_transports.trio", "sansio_tl_transports.trio._backend", "sansio_tl_transports.trio needs trio"),
        ("sansio_tl_transports.stores.postgres", "psycopg", "needs"),
    ],
)
def test_missing_library_of_a_module_is_named(
    name: str, missing: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"{text}.*pip install"):
        importlib.import_module(name)
