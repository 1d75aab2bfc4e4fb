"""What the shape of the types tells: which constructors can nest without end, and how small a value can be."""

from __future__ import annotations

from collections.abc import Iterator

from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.model import Anything, Bare, Boxed, Builtin, Combinator, Declarations, Type, Variable, Vector
from sansio_tl.tl.wire import FIXED

MAX_BARE = 32
"""Constructors that stand bare in one another, at most."""


def least_size(kind: Type, schema: Declarations) -> int:
    """The least number of bytes of a value of this type. A boxed value has at least its id."""
    match kind:
        case Builtin(name):
            return FIXED.get(name, 4)
        case Vector(_, boxed):
            return 8 if boxed else 4
        case Bare(name):
            fields = schema.constructor[name].required
            words = sum(f.is_word for f in schema.constructor[name].fields)
            return 4 * words + sum(least_size(f.type, schema) for f in fields)
        case _:
            return 4


def check_bare(schema: Declarations) -> None:
    """Refuse what could not be read within bounds.

    A constructor that contains itself bare has values without end. A vector of items that take no bytes has a count
    that nothing bounds (TL1).
    """
    done: set[str] = set()
    for c in schema.combinators:
        _check_ends(c, schema, (), done)
    for c in schema.combinators:
        for each in [f.type for f in c.fields] + [c.result]:
            kind = each
            while isinstance(kind, Vector):
                if not least_size(kind.item, schema):
                    message = f"the items of a vector in {c.name} take no bytes: nothing bounds its count"
                    raise SchemaError(message, c.line)
                kind = kind.item


def _check_ends(c: Combinator, schema: Declarations, outside: tuple[str, ...], done: set[str]) -> None:
    if c.name in outside or len(outside) > MAX_BARE:
        raise SchemaError(f"{c.name} contains itself bare", c.line)
    if c.name in done:
        return
    for f in c.required:
        if isinstance(f.type, Bare):
            _check_ends(schema.constructor[f.type.constructor], schema, (*outside, c.name), done)
    done.add(c.name)


def cyclic(schema: Declarations) -> frozenset[str]:
    """The names of constructors and functions that can contain a value of themselves, however deep.

    Only they count against the depth limit (TL4): every endless nesting passes through one of them.
    A function is prefixed with `!`, since it may share its name with a constructor.
    """
    names = [_key(c) for c in schema.combinators]
    index = {name: i for i, name in enumerate(names)}
    members = {t: [index[_key(c)] for c in cs] for t, cs in schema.members.items()}
    everything = list(range(len(names)))
    edges: list[list[int]] = []
    anywhere = len(names)
    for c in schema.combinators:
        targets: set[int] = set()
        for kind in _leaves(c):
            match kind:
                case Boxed(name):
                    targets.update(members.get(name, ()))
                case Bare(name):
                    targets.add(index[name])
                case Anything() | Variable():
                    targets.add(anywhere)
                case _:
                    pass
        edges.append(sorted(targets))
    edges.append(everything)
    found = set()
    for component in _components(edges):
        if len(component) > 1 or component[0] in edges[component[0]]:
            found |= {names[i] for i in component if i != anywhere}
    return frozenset(found)


def is_cyclic(c: Combinator, cyclic_names: frozenset[str]) -> bool:
    """Whether values of `c` may contain others of it; `cyclic_names` is what `cyclic` found."""
    return _key(c) in cyclic_names


def _key(c: Combinator) -> str:
    return f"!{c.name}" if c.is_function else c.name


def _leaves(c: Combinator) -> Iterator[Type]:
    for f in c.fields:
        kind = f.type
        while isinstance(kind, Vector):
            kind = kind.item
        yield kind


def _components(edges: list[list[int]]) -> Iterator[list[int]]:
    """Tarjan's strongly connected components, without recursion."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in range(len(edges)):
        if root in order:
            continue
        work = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in order:
                    order[target] = low[target] = len(order)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], order[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    component = [stack.pop()]
                    while component[-1] != node:
                        component.append(stack.pop())
                    on_stack.difference_update(component)
                    yield component
