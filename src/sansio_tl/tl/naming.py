"""From TL names to Python names.

`auth.sentCode` is the class `SentCode` of the module `auth`; `p_q_inner_data_dc` becomes `PQInnerDataDc`.
The alias of a boxed type has the prefix `Type`: `TypeSentCode`. Fields keep their names; Python keywords get a trailing
underscore.
"""

from __future__ import annotations

import keyword

_CLASS_ATTRIBUTES = frozenset({"ID", "NAME", "TL", "SECRET"})
"""The class attributes of every TL class."""


def split(name: str) -> tuple[str, str]:
    """Namespace (empty for the root) and the rest: the first dot separates them."""
    namespace, dot, rest = name.partition(".")
    return (namespace, rest) if dot else ("", name)


def camel(name: str) -> str:
    """`server_DH_params_ok` -> `ServerDHParamsOk`."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace(".", "_").split("_"))


def class_name(name: str) -> str:
    """The Python class of a constructor or function, without its namespace."""
    cls = camel(split(name)[1])
    return f"{cls}_" if keyword.iskeyword(cls) else cls


def alias_name(type_name: str) -> str:
    """The Python alias of a boxed type, without its namespace."""
    return f"Type{camel(split(type_name)[1])}"


def field_name(name: str) -> str:
    """The Python attribute of a field."""
    return f"{name}_" if keyword.iskeyword(name) or name in _CLASS_ATTRIBUTES else name


def first_word(name: str) -> str:
    """The first word of a CamelCase name, in lower case: `InputPeer` -> `input`, `JSONValue` -> `json`."""
    end = 1
    while end < len(name) and not name[end].isupper():
        end += 1
    if end == 1:
        while end < len(name) and (end + 1 == len(name) or not name[end + 1].islower()) and name[end].isupper():
            end += 1
    return name[:end].lower()
