"""The graph of types: which constructors can nest without end, in themselves or in each other."""

from __future__ import annotations

from collections.abc import Iterator

from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.model import AnyType, Bare, Boxed, Combinator, Declarations, Type, TypeVariable, Vector

MAX_BARE = 32
"""Maximum number of constructors that contain each other bare."""


def check_bare(schema: Declarations) -> None:
    """Reject types whose values cannot be decoded within bounds.

    A constructor that contains itself bare has infinite values. A vector of items that take no bytes has an unbounded
    count (TL1).
    """
    depths: dict[str, int] = {}
    for c in schema.combinators:
        _bare_depth(c, schema, (), depths)
    for c in schema.combinators:
        for each in [f.type for f in c.fields] + [c.result]:
            kind = each
            while isinstance(kind, Vector):
                if not schema.sizes.of(kind.item):
                    message = f"the items of a vector in {c.name} take no bytes: nothing bounds its count"
                    raise SchemaError(message, c.line)
                kind = kind.item


def _bare_depth(c: Combinator, schema: Declarations, outside: tuple[str, ...], depths: dict[str, int]) -> int:
    """How many constructors contain each other bare, starting with `c`. Each is visited once."""
    key = _key(c)
    if key in outside:
        raise SchemaError(f"{c.name} contains itself bare", c.line)
    if key not in depths and len(outside) <= MAX_BARE:
        inner = [schema.constructor[f.type.constructor] for f in c.required if isinstance(f.type, Bare)]
        depths[key] = 1 + max((_bare_depth(each, schema, (*outside, key), depths) for each in inner), default=0)
    if depths.get(key, MAX_BARE + 1) > MAX_BARE:
        raise SchemaError(f"{c.name} contains more than {MAX_BARE} constructors bare in one another", c.line)
    return depths[key]


def cyclic(schema: Declarations) -> frozenset[str]:
    """The names of constructors and functions that can contain a value of themselves, at any depth.

    Only they count for the depth limit (TL4): every endless nesting passes through one of them. A function is prefixed
    with `!`, since it may share its name with a constructor.
    """
    names = [_key(c) for c in schema.combinators]
    index = {name: i for i, name in enumerate(names)}
    boxed = {name: i for i, name in enumerate(schema.members, len(names))}
    anywhere = len(names) + len(boxed)
    # The nodes: combinators, then boxed types, each of which leads to its constructors, then what leads to everything.
    edges = [sorted(_targets(c, index, boxed, anywhere)) for c in schema.combinators]
    edges += [[index[_key(c)] for c in members] for members in schema.members.values()]
    edges.append(list(range(len(names))))
    found = set()
    for component in _components(edges):
        if len(component) > 1 or component[0] in edges[component[0]]:
            found |= {names[i] for i in component if i < len(names)}
    return frozenset(found)


def _targets(c: Combinator, index: dict[str, int], boxed: dict[str, int], anywhere: int) -> set[int]:
    """The nodes to which a combinator leads. A boxed type without constructors leads nowhere."""
    targets = set()
    for kind in _leaves(c):
        match kind:
            case Boxed(name) if name in boxed:
                targets.add(boxed[name])
            case Bare(name):
                targets.add(index[name])
            case AnyType() | TypeVariable():
                targets.add(anywhere)
            case _:
                pass
    return targets


def is_cyclic(c: Combinator, cyclic_names: frozenset[str]) -> bool:
    """Whether values of `c` may contain others of it; `cyclic_names` is the result of `cyclic`."""
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
