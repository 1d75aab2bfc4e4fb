"""Objects reachable from others, and the secrets in their reprs."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections import deque
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

OURS = ("sansio_tl", "sansio_tl_transports")
MOST = 256
"""Bytes of the longest secret; what is longer is noise."""
LEAST = 8
"""Bytes or characters: what is shorter is found anywhere by chance."""


def reachable(*roots: object) -> Iterator[object]:
    """The roots and all that their attributes, items and closures lead to, each once. Classes and modules end it."""
    seen: dict[int, object] = {}
    todo = deque(roots)
    while todo:
        found = todo.popleft()
        if id(found) in seen or isinstance(found, type | ModuleType | int | float | str | bytes | None):
            continue
        seen[id(found)] = found
        yield found
        todo.extend(_within(found))


def _within(found: object) -> Iterable[object]:
    if isinstance(found, MethodType):
        return (found.__self__, found.__func__)
    if isinstance(found, FunctionType):
        return found.__closure__ or ()
    if isinstance(found, BuiltinFunctionType):
        return (found.__self__,)
    if isinstance(found, CellType):
        return (found.cell_contents,) if _is_set(found) else ()
    inner: list[object] = []
    if isinstance(found, dict):
        inner += [*found.keys(), *found.values()]
    elif isinstance(found, list | tuple | set | frozenset | deque):
        inner += found
    elif hasattr(found, "func") and hasattr(found, "keywords"):  # functools.partial
        inner += [found.func, *found.args, found.keywords]  # type: ignore[attr-defined]
    inner += getattr(found, "__dict__", {}).values()
    names: set[str] = set(getattr(found, "__struct_fields__", ()))
    for cls in type(found).__mro__:
        slots = vars(cls).get("__slots__", ())
        names |= {slots} if isinstance(slots, str) else set(slots)
    missing = object()
    for name in names:
        mangled = f"_{type(found).__name__.lstrip('_')}{name}" if name.startswith("__") else name
        value = getattr(found, mangled, missing)
        if value is not missing:
            inner.append(value)
    return inner


def _is_set(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def forms(secret: object) -> set[str]:
    """How a secret would look in a text: as it is, as a repr, in hexadecimal, in base64, as a number."""
    if isinstance(secret, str):
        return {secret, repr(secret)[1:-1]} if len(secret) >= LEAST else set()
    if not isinstance(secret, bytes) or len(secret) < LEAST or not any(secret):
        return set()
    numbers = {int.from_bytes(secret, order, signed=signed) for order in ("big", "little") for signed in (True, False)}
    kept = len(secret) // 3 * 4
    return {
        repr(secret)[2:-1],
        secret.hex(),
        secret.hex().upper(),
        b64encode(secret).decode()[:kept],
        urlsafe_b64encode(secret).decode()[:kept],
        *map(str, numbers),
        *(f"{number:x}" for number in numbers),
    }


def leaks(roots: Iterable[object], secrets: Iterable[object]) -> set[tuple[str, str]]:
    """The classes of ours whose repr or str shows a secret, each with what it shows of which."""
    known = {form for secret in secrets for form in forms(secret)}
    found = set()
    for each in reachable(*roots):
        cls = type(each)
        if cls.__module__.partition(".")[0] in OURS:
            shown = repr(each) + "\n" + str(each)
            found |= {(f"{cls.__module__}.{cls.__qualname__}", shown[:200]) for form in known if form in shown}
    return found


def classes(roots: Iterable[object]) -> set[str]:
    """The names of the classes of ours that can be reached."""
    return {type(each).__name__ for each in reachable(*roots) if type(each).__module__.partition(".")[0] in OURS}


def drawn(entropy: Any, into: list[bytes], least: int = 32) -> Any:
    """The same entropy; what it gives is noted. Shorter draws are public: session ids, nonces, paddings."""

    def draw(size: int) -> bytes:
        data: bytes = entropy(size)
        if least <= size <= MOST:
            into.append(data)
        return data

    return draw
