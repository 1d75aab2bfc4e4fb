"""The text of a method's page, in MyST, from the schema, the known errors, the flows and docs/methods.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import flow_requests
import guide_flows
import sent_code_text
import telegram_pages
from documented_methods import Method, methods
from sansio_tl import LAYER, auth, errors
from sansio_tl.errors import RpcError
from sansio_tl.errors.fallback_sentences import plain_sentence
from sansio_tl.tl.model import Boxed, Combinator, Field, as_tl
from sansio_tl.tl.naming import class_name, field_name, split
from sansio_tl_transports.cli.inspect import descriptions
from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex, named_types
from telegram_pages import type_link

MAX_CONSTRUCTORS = 12
"""Of a type with more constructors only the first are shown."""
MAX_RELATED = 6
"""Of the methods that the schema and the guides name."""


@cache
def schema_index() -> SchemaIndex:
    return SchemaIndex.shipped()


@cache
def _functions() -> dict[str, Combinator]:
    return {function.name: function for function in schema_index().declarations.functions}


def page(method: Method) -> str:
    """The whole page."""
    declared = _functions()[method.name]
    sections = (
        f"# {method.name}",
        method.about.strip(),
        telegram_pages.links(method.name) + ".",
        *([f":::{{note}}\n{method.note.strip()}\n:::"] if method.note else []),
        f"## Example\n\n```{{adapters}} methods/{method.module}\n```",
        f"## TL schema\n\n```text\n{declared.text}\n```\n\nIn Python: {_call(declared)}, layer {LAYER}.",
        "## Parameters\n\n" + _fields(declared, "None."),
        *_parts(declared),
        "## Result\n\n" + _result(method, declared),
        "## Possible errors\n\n" + _errors(method.name),
        "## Can bots use this method?\n\n" + _bots(method.name),
        *_used_by(method.name),
        *_related(declared),
    )
    return "\n\n".join(sections) + "\n"


def _call(combinator: Combinator) -> str:
    namespace = split(combinator.name)[0]
    home = "functions" if combinator.is_function else "types"
    path = ".".join(filter(None, (home, namespace, class_name(combinator.name))))
    required = ", ".join(f"{field_name(f.name)}=..." for f in combinator.required)
    return f"`{path}({required})`"


# --- parameters ---------------------------------------------------------------------------------------------------


def _fields(combinator: Combinator, none: str) -> str:
    shown = [f for f in combinator.fields if not f.is_word]
    if not shown:
        return none
    rows = ((f"**{f.name}**", type_link(f.type), _presence(f), _about(combinator, f)) for f in shown)
    return table(("Name", "Type", "Presence", "Description"), rows)


def _presence(f: Field) -> str:
    return "always" if f.word is None else f"`{f.word}.{f.bit}`"


def _about(combinator: Combinator, f: Field) -> str:
    about = descriptions.of_field(combinator.name, f.name)
    group = next((group for group in combinator.groups if f in group), ())
    others = [f"`{other.name}`" for other in group if other is not f]
    if others:
        return "; ".join(filter(None, (text(about), f"only together with {' and '.join(others)}")))
    return text(about)


def _parts(declared: Combinator) -> Iterator[str]:
    """A section for each type of the parameters, once."""
    seen = set()
    for f in declared.fields:
        for kind in named_types(f.type):
            if kind in seen or kind == "Bool":
                continue
            seen.add(kind)
            constructors = schema_index().types[kind][:MAX_CONSTRUCTORS]
            yield f"### {kind}"
            yield from (f"`{c.name}`\n\n{_fields(c, 'It has no fields.')}" for c in constructors)
            if kind == "CodeSettings":
                yield f"With every field:\n\n```python\n{_with_all_fields(constructors[0])}\n```"


def _with_all_fields(combinator: Combinator) -> str:
    """A value in Python that has every field."""
    lines = [f"    {field_name(f.name)}={_SAMPLES[as_tl(f.type)]}," for f in combinator.fields if not f.is_word]
    return "\n".join((f"types.{class_name(combinator.name)}(", *lines, ")"))


_SAMPLES = {"true": "True", "Bool": "False", "string": '"..."', "Vector<bytes>": '[b"..."]'}
"""Type -> a value, for `CodeSettings`."""


# --- result -------------------------------------------------------------------------------------------------------


def _result(method: Method, declared: Combinator) -> str:
    constructors = [c for kind in named_types(declared.result) for c in schema_index().types.get(kind, ())]
    parts = [type_link(declared.result), method.result.strip()]
    if constructors and declared.result != Boxed("Bool"):
        lines = "\n".join(c.text for c in constructors[:MAX_CONSTRUCTORS])
        parts.append(f"```text\n{lines}\n```")
    if declared.result == Boxed("auth.SentCode"):
        heading = (
            "### How the code was sent\n\nThe `type` of `auth.sentCode` says it; `next_type` is what a repetition uses."
        )
        parts.append(heading + "\n\n" + table(("Type", "Fields", "Meaning"), sent_code_text.rows(schema_index())))
    return "\n\n".join(parts)


# --- errors -------------------------------------------------------------------------------------------------------


def _errors(name: str) -> str:
    known = sorted(errors.errors_of(name), key=lambda error: error.name)
    general = "[Any method](index.md#errors-of-any-method) can also return a few general errors."
    if not known:
        return f"No specific errors are known. {general}"
    return f"{error_table(known, name)}\n\n{general}"


NUMBER_INVALID_IS_400 = {
    "auth.sendCode",
    "auth.checkPaidAuth",
    "auth.initFirebasePnvLogin",
    "account.sendVerifyEmailCode",
    "account.verifyEmail",
    "account.sendVerifyPhoneCode",
    "account.verifyPhone",
    "auth.resetLoginEmail",
}
"""The methods whose PHONE_NUMBER_INVALID has the code 400; that of all others has 406. A test asks the data center."""


def _codes(error: type[RpcError], method: str) -> str:
    if method and error is errors.PhoneNumberInvalid:
        return "400" if method in NUMBER_INVALID_IS_400 else "406"
    return ", ".join(map(str, error.codes))


def error_table(classes: Iterable[type[RpcError]], method: str = "") -> str:
    """Codes, name, class, meaning and hint of each error; the codes are those of the method, if one is named."""
    rows = (
        (
            _codes(error, method),
            f"`{error.name}`<br>`errors.{error.__name__}`",
            f"{text(sentence_of(error))} *{text(error.hint)}*",
        )
        for error in classes
    )
    return table(("Code", "Type and class", "Description, and what to do"), rows)


def sentence_of(error: type[RpcError]) -> str:
    """The description, with X and Y for the values, as in the name."""
    sentence = str(getattr(error, "sentence", "")) or plain_sentence(error.name)
    for value, letter in zip(error.values, "XYZ", strict=False):
        sentence = sentence.replace(f"{{{value}}}", letter)
    return sentence


def _bots(name: str) -> str:
    if name == "auth.sendCode":
        return (
            "No. Some descriptions of this method say yes; a bot logs in with"
            " [auth.importBotAuthorization](auth.importBotAuthorization.md), without a code."
        )
    if errors.is_user_only(name):
        return "No."
    return "Yes, bots only." if errors.is_bot_only(name) else "Yes."


# --- flows and related methods ------------------------------------------------------------------------------------


def _used_by(name: str) -> Iterator[str]:
    flows = flow_requests.users_of(name)
    if not flows:
        return
    if flows == auth.FLOWS:
        yield "## Flows that use it\n\nAll of them, when the server requires this proof for one of their requests."
        return
    lines = [f"- `auth.{flow.__name__}`" + _guides(flow.__name__, name) for flow in flows]
    yield "## Flows that use it\n\n" + "\n".join(lines)


def _guides(flow: str, name: str) -> str:
    links = [f"[{guide.title}](../guides/{guide.page}.md)" for guide in guide_flows.GUIDES if guide.covers(flow, name)]
    return f": {', '.join(links)}" if links else ""


def _related(declared: Combinator) -> Iterator[str]:
    pages = methods()
    reasons = {other.name: why for other, why in schema_index().related(declared) if other.name in pages}
    guided = [name for name in pages if name != declared.name and _shares_a_guide(declared.name, name)]
    nearest = [name for name in reasons if name in guided]
    others = [name for name in guided if name not in nearest and name in descriptions.METHODS]
    chosen = pages[declared.name].related or [*nearest, *others][:MAX_RELATED]
    lines = [
        f"- [{name}]({name}.md): {text(descriptions.METHODS.get(name) or reasons.get(name) or pages[name].summary)}"
        for name in chosen
    ]
    if lines:
        yield "## Related methods\n\n" + "\n".join(lines)


def _shares_a_guide(one: str, other: str) -> bool:
    return any({one, other} <= part.methods for guide in guide_flows.GUIDES for part in guide.parts.values())


# --- the index ----------------------------------------------------------------------------------------------------


def index() -> str:
    """The index of the methods."""
    known = methods()
    rows = (
        (
            f"[{name}]({name}.md)",
            text(method.summary),
            "a logged-in user" if method.logged_in else "any client",
        )
        for name, method in known.items()
    )
    general = sorted(errors.ANY_METHOD, key=lambda error: error.name)
    entries = "\n".join(known)
    return f"""# Authorization methods

Every method of layer {LAYER} that concerns logging in, with its declaration, parameters, result and possible errors,
and an example for each of the three adapters. The flows ([guides](../guides/index.md)) call these methods in the right
order and handle their errors; call one yourself when you need it alone.

{table(("method", "purpose", "caller of the example"), rows)}

The tests run every example with each adapter against the [embedded data center](../test-server.md).

## Run the examples

The programs are complete. In an empty folder, start a data center:

```console
$ sansio-tl serve --port 4430 --public-key dc.pem
```

Copy a program into a file of the same folder and run it, in another terminal. Those of a logged-in user read the
session of `sansio-tl login` (the number `+99966 2 0101` has the code `22222` and the password `password`):

```console
$ sansio-tl login --dc 127.0.0.1:4430 --key dc.pem --session sansio-tl.session
```

For Telegram's own data centers, put your `api_id` and `api_hash` in, and leave out the key and the address:
`Config(api_id=...)`, `ClientConfig(connection_config=Config(api_id=...))`; `connect` takes an address of
`sansio_tl.data_centers`.

## Errors of any method

{error_table(general)}

```{{toctree}}
:hidden:

{entries}
```
"""


# --- Markdown -----------------------------------------------------------------------------------------------------


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells are Markdown."""
    lines = [tuple(headings)]
    lines.append(tuple("---" for _ in lines[0]))
    lines += [tuple(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def text(plain: str) -> str:
    """Plain text, escaped for Markdown."""
    for mark in "\\`*_{}[]<>#":
        plain = plain.replace(mark, "\\" + mark)
    return plain
