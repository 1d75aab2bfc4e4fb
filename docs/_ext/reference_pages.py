"""Writes the pages of the reference into docs/reference before Sphinx looks for its sources.

One page for each public module, and one for the errors of each group of methods, with an anchor for each error. The
pages are generated and not committed.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_origin

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import method_text
from attribute_docs import constant_docs
from documented_methods import methods
from generated_pages import write
from public_modules import MODULES, Public, homes
from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl.errors.generated.index import PATTERNS, SPELLINGS

NOT_OURS = "object,type,BaseException,Exception,tuple,str,int,dict,MutableMapping,Enum,StrEnum,Struct,Generic,Protocol"
"""Members that classes inherit from these are not listed."""

MEMBERS = {
    "sansio_tl.connection.server.IncomingRequest": (
        "session, msg_id, query, layer, init, without_updates, after, wrappers, original, answered, dropped"
    ),
    "sansio_tl.connection.server.ServerSession": "id, auth_key, is_open, layer, init",
}
"""Of these classes only some members are public."""


def pages() -> dict[str, str]:
    """File name -> text."""
    modules = {f"{public.name}.md": module_page(public) for public in MODULES}
    grouped = {f"errors-{group}.md": error_page(group, classes) for group, classes in groups().items()}
    return {**modules, **grouped, "index.md": index(modules, grouped)}


def index(modules: dict[str, str], grouped: dict[str, str]) -> str:
    """The contents of the reference."""
    rows = "\n".join(f"| [{p.name}]({p.name}.md) | {p.about} | {p.stability} |" for p in MODULES)
    entries = "\n".join(name.removesuffix(".md") for name in (*modules, *grouped))
    return (
        f"# Modules\n\n| import from | what | |\n|---|---|---|\n{rows}\n\n```{{toctree}}\n:hidden:\n\n{entries}\n```\n"
    )


def module_page(public: Public) -> str:
    """A public module: its docstring, then each name that it exports."""
    documented = {name: value for module, name, value in homes() if module == public.name}
    elsewhere = [name for name in public.names if name not in documented]
    lines = [f"# {public.name}", "", "```{eval-rst}", f".. automodule:: {public.name}", "   :no-index:", ""]
    for name, value in documented.items():
        lines += _directive(f"{public.name}.{name}", value)
    lines.append("```")
    if elsewhere:
        lines += ["", f"It also exports {', '.join(f'`{name}`' for name in elsewhere)}, which other pages describe."]
    return "\n".join(lines) + "\n"


def _directive(path: str, value: object) -> Iterator[str]:
    if isinstance(value, type):
        yield f".. autoclass:: {path}"
        if path in MEMBERS:
            yield f"   :members: {MEMBERS[path]}"
        else:
            yield from ("   :members:", f"   :inherited-members: {NOT_OURS}")
        if "__call__" in vars(value):
            yield "   :special-members: __call__"
    elif inspect.isroutine(value):
        yield f".. autofunction:: {path}"
    else:
        yield from (f".. py:data:: {path}", "", f"   {text_of(path, value)}")
    yield ""


def text_of(path: str, value: object) -> str:
    """The docstring of a constant, in one line, from the module that it is imported from."""
    module, _, name = path.rpartition(".")
    for source in (import_module(module), *_imported_from(import_module(module), name)):
        if text := constant_docs(source).get(name):
            return text
    members = [get_origin(each) or each for each in get_args(value)]
    is_union = bool(members) and all(isinstance(each, type) for each in members)
    return f"One of these: {', '.join(f'`{each.__name__}`' for each in members)}." if is_union else ""


def _imported_from(module: ModuleType, name: str) -> Iterator[ModuleType]:
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom) and node.module and any((a.asname or a.name) == name for a in node.names):
            source = import_module(node.module)
            yield source
            yield from _imported_from(source, name)


# --- errors -------------------------------------------------------------------------------------------------------


def groups() -> dict[str, list[type[RpcError]]]:
    """The known errors by the group of methods that return them; the last group has all others."""
    found: dict[str, dict[str, type[RpcError]]] = defaultdict(dict)
    for place in (*SPELLINGS.values(), *PATTERNS.values()):
        group, _, name = place.partition(".")
        found[group][name] = getattr(errors, name)
    ordered = sorted(found, key=lambda group: (group == "others", group != "auth", group))
    return {group: sorted(found[group].values(), key=lambda error: error.name) for group in ordered}


def error_page(group: str, classes: list[type[RpcError]]) -> str:
    """The errors of a group of methods, a section for each."""
    title = "Other errors" if group == "others" else f"Errors of {group} methods"
    raised: dict[type[RpcError], list[str]] = defaultdict(list)
    for method in method_text.schema_index().declarations.functions:
        for error in errors.errors_of(method.name):
            raised[error].append(method.name)
    return "\n\n".join((f"# {title}", *(_section(error, raised[error]) for error in classes))) + "\n"


def _section(error: type[RpcError], raised_by: list[str]) -> str:
    codes = ", ".join(f"{code} ({errors.class_of_code(code).__name__})" for code in error.codes)
    values = f" Its value: {', '.join(f'`error.{name}`' for name in error.values)}." if error.values else ""
    linked = ", ".join(f"[{name}](../methods/{name}.md)" if name in methods() else f"`{name}`" for name in raised_by)
    meaning = method_text.sentence_of(error)
    return "\n\n".join(
        filter(
            None,
            (
                f"## {error.name}",
                f"`except errors.{error.__name__}`, code {codes}.{values}",
                f"{meaning} {error.hint}".strip(),
                "Any method may return it."
                if error in errors.ANY_METHOD
                else f"Returned by {linked}."
                if linked
                else "",
            ),
        )
    )


def setup(app: Sphinx) -> dict[str, Any]:
    public = {}
    for module, name, value in homes():
        if isinstance(value, type):
            public[f"{value.__module__}.{value.__qualname__}"] = f"{module}.{name}"

    def resolve(
        app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
    ) -> nodes.Node | None:
        """A reference by an internal name leads to the public one. Other internal names in signatures, and classes of
        the schema, are text.
        """
        if (target := public.get(node.get("reftarget", ""))) is not None:
            document = node.get("refdoc", env.docname)
            return env.domains["py"].resolve_xref(env, document, app.builder, "class", target, node, content)
        written = node.get("refdomain") != "py" or "refwarn" in node
        of_schema = node.get("reftarget", "").startswith(("sansio_tl.types.", "sansio_tl.functions."))
        return None if written and not of_schema else content

    app.connect("missing-reference", resolve)
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "reference", pages()))
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
