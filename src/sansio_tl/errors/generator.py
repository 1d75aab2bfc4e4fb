"""From schema/errors.json to the modules of `sansio_tl.errors.generated`. Pure: text in, source out.

The texts and hints of errors are in schema/errors.json; after a change: make generate.
`python -m sansio_tl_transports.codegen.errors` writes what `generate` returns; a test compares it with what is
committed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sansio_tl.errors.fallback_sentences import plain_sentence

Entry: TypeAlias = Mapping[str, Any]

_SMALLEST_MODULE = 8
"""A namespace with fewer errors of its own shares the module `others`."""

_HEAD = '''"""{about}

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

'''


def generate(catalogue: str) -> dict[str, str]:
    """File name -> source, for every module of `sansio_tl.errors.generated`."""
    data = json.loads(catalogue)
    errors: dict[str, Entry] = data["errors"]
    modules = _modules(errors, data["methods"])
    lost = set(data["authorization_lost"])
    files = {f"{module}.py": _module(module, names, errors, lost) for module, names in modules.items()}
    files["index.py"] = _index(modules, errors)
    files["methods.py"] = _methods(data)
    files["__init__.py"] = '"""One class for each known RPC error, in modules that load when first used."""\n'
    return files


def class_name(name: str) -> str:
    """FLOOD_WAIT_X -> FloodWait. Values leave no trace, and a class cannot begin with a digit."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word not in {"X", "Y", "XMIN", ""}]
    joined = "".join(word[:1].upper() + word[1:].lower() for word in words)
    return joined.replace("2fa", "TwoFactor")


def _modules(errors: Mapping[str, Entry], methods: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The module of each error: `auth` has those with a message of their own, a namespace those that only it raises."""
    namespaces: dict[str, set[str]] = {name: set() for name in errors}
    for method, names in methods.items():
        for name in names:
            namespaces[name].add(method.partition(".")[0] if "." in method else "others")
    homes = {name: "auth" if "message" in errors[name] else _only(namespaces[name]) for name in errors}
    sizes = Counter(homes.values())
    modules: dict[str, list[str]] = {}
    for name, home in homes.items():
        modules.setdefault(home if sizes[home] >= _SMALLEST_MODULE else "others", []).append(name)
    return {module: sorted(modules[module], key=class_name) for module in sorted(modules)}


def _only(namespaces: set[str]) -> str:
    return next(iter(namespaces)) if len(namespaces) == 1 else "others"


def _module(module: str, names: list[str], errors: Mapping[str, Entry], lost: set[str]) -> str:
    about = {
        "auth": "The errors of logging in and keeping an authorization, with what to do about each.",
        "others": "The errors that several namespaces raise, or no known one.",
    }.get(module, f"The errors that only the methods of `{module}` raise.")
    head = _HEAD.format(about=about)
    if any("values" in errors[name] for name in names):
        head += "from types import MappingProxyType\n\n"
    bases = {_base(errors[name]) for name in names}
    head += f"from sansio_tl.errors.rpc import {', '.join(sorted(bases))}\n\n"
    exported = "__all__ = [\n" + "".join(f'    "{class_name(name)}",\n' for name in names) + "]\n"
    return head + exported + "".join(_class(name, errors[name], lost=name in lost) for name in names)


def _class(name: str, entry: Entry, *, lost: bool) -> str:
    codes = ", ".join(map(str, entry["codes"]))
    sentence = entry.get("message") or plain_sentence(name)
    lines = [f"class {class_name(name)}({_base(entry)}):", *_docstring(f"{codes} {name}", sentence), ""]
    lines.append(f"    name = {_quoted(name)}")
    lines.append(f"    codes = ({codes}{',' if len(entry['codes']) == 1 else ''})")
    if "message" in entry:
        lines += _assignment("sentence", entry["message"]) + _assignment("hint", entry["hint"])
    if lost:
        lines.append("    authorization_lost = True")
    values: Mapping[str, str] = entry.get("values", {})
    if values:
        types = ", ".join(f'"{value}": {type_}' for value, type_ in values.items())
        lines += [f"    values = MappingProxyType({{{types}}})", "", *_init(name, entry)]
    return "\n\n" + "\n".join(lines) + "\n"


def _base(entry: Entry) -> str:
    return "RpcError" if "values" in entry else "KnownRpcError"


def _docstring(head: str, sentence: str) -> list[str]:
    whole = f'    """{head}: {sentence}"""'
    return [whole] if len(whole) <= 120 else [f'    """{head}.', "", *_wrapped(sentence, "    "), '    """']


def _assignment(attribute: str, text: str) -> list[str]:
    line = f"    {attribute} = {_quoted(text)}"
    if len(line) <= 120:
        return [line]
    if len(text) <= 110:
        return [f"    {attribute} = (", f"        {_quoted(text)}", "    )"]
    parts = _wrapped(text, "", 100)
    quoted = [_quoted(part + " ") for part in parts[:-1]] + [_quoted(parts[-1])]
    return [f"    {attribute} = (", *(f"        {part}" for part in quoted), "    )"]


def _init(name: str, entry: Entry) -> list[str]:
    """The constructor of an error that carries values; a server builds the text from them."""
    values: Mapping[str, str] = entry["values"]
    bare = entry.get("bare")
    optional = " | None = None" if bare else ""
    parameters = ", ".join(f"{value}: {type_}{optional}" for value, type_ in values.items())
    text = f"f{_quoted(_template(name, entry))}"
    if bare:
        text = f"{_quoted(bare)} if {next(iter(values))} is None else {text}"
    return [
        f"    def __init__(self, {parameters}, *, code: int | None = None, request: str | None = None) -> None:",
        *_call(f"        super().__init__({text}, code=code, request=request)", text),
        *(f"        self.{value} = {value}" for value in values),
    ]


def _call(line: str, text: str) -> list[str]:
    if len(line) <= 120:
        return [line]
    arguments = [f"            {argument}," for argument in (text, "code=code", "request=request")]
    return ["        super().__init__(", *arguments, "        )"]


def _template(name: str, entry: Entry) -> str:
    if "text" in entry:
        return str(entry["text"])
    (value,) = entry["values"]
    return re.sub(r"_X(?=MIN$|_|$)", f"_{{{value}}}", name)


def _index(modules: Mapping[str, list[str]], errors: Mapping[str, Entry]) -> str:
    homes = {name: f"{module}.{class_name(name)}" for module, names in modules.items() for name in names}
    patterns = {entry["pattern"]: homes[name] for name, entry in errors.items() if "pattern" in entry}
    spellings: dict[str, str] = {}
    for name, entry in errors.items():
        for spelling in (name, entry.get("bare"), *entry.get("also", ())):
            if spelling is not None:
                spellings[spelling] = homes[name]
    return (
        _mapping_head("The module and class of each known error.")
        + _mapping(
            "SPELLINGS", "A text, or one with X for its values -> module.class.", dict(sorted(spellings.items()))
        )
        + _mapping(
            "PATTERNS",
            "Patterns of texts whose values are not just numbers, with a group for each value -> module.class.",
            patterns,
        )
    )


def _mapping_head(about: str) -> str:
    imports = "from collections.abc import Mapping\nfrom types import MappingProxyType\n"
    return _HEAD.format(about=about) + imports


def _mapping(name: str, about: str, content: Mapping[str, str]) -> str:
    rows = "".join(f"        {_quoted(key)}: {_quoted(value)},\n" for key, value in content.items())
    return f'\n{name}: Mapping[str, str] = MappingProxyType(\n    {{\n{rows}    }}\n)\n"""{about}"""\n'


def _methods(data: Mapping[str, Any]) -> str:
    body = _mapping_head("The errors of each method, and the methods for users or bots only.")
    body += "\nRAISES: Mapping[str, tuple[str, ...]] = MappingProxyType(\n    {\n"
    for method, names in data["methods"].items():
        body += f"        {_quoted(method)}: {_tuple(map(class_name, names), 8)},\n"
    body += '    }\n)\n"""Method -> the classes of the errors of its own."""\n'
    for name, about in (
        ("any_method", "Errors that any method may raise."),
        ("authorization_lost", "Errors that mean that the auth key is no longer logged in."),
        ("main_dc_moved", "Errors that name another home data center of the account."),
    ):
        body += f"\n{name.upper()}: tuple[str, ...] = {_tuple(map(class_name, data[name]), 0)}\n" + f'"""{about}"""\n'
    for name, about in (("users_only", "Methods that bots may not call."), ("bots_only", "Methods only for bots.")):
        rows = "".join(f"        {_quoted(method)},\n" for method in data[name])
        body += f"\n{name.upper()}: frozenset[str] = frozenset(\n    {{\n{rows}    }}\n)\n" + f'"""{about}"""\n'
    return body


def _tuple(names: Iterable[str], indent: int) -> str:
    """In the formatter's style: one name a line, a single one in its line."""
    quoted = [_quoted(name) for name in names]
    if len(quoted) < 2:
        return f"({quoted[0]},)" if quoted else "()"
    rows = "".join(f"{' ' * (indent + 4)}{name},\n" for name in quoted)
    return f"(\n{rows}{' ' * indent})"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _wrapped(text: str, indent: str, width: int = 116) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width - len(indent):
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [indent + line for line in lines]
