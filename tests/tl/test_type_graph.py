"""What the shape of the types reports: which values can nest without end, and how small they can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.tl.parser import parse
from sansio_tl.tl.type_graph import cyclic


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a x:int = A; b x:A = B;", set()),
        ("a flags:# x:flags.0?A = A; end = A;", {"a"}),
        ("a x:B = A; b x:Vector<C> = B; c x:A = C; d x:A = D;", {"a", "b", "c"}),
        ("a x:Vector<vector<a2>> = A; a2 x:A = A2;", {"a", "a2"}),
        ("a x:Object = A; b = B;", {"a"}),
        ("a x:Object = A; b x:A = B;", {"a", "b"}),
        ("a = A; ---functions--- f {X:Type} query:!X = X; g x:A = A;", {"!f"}),
        ("a = A; ---functions--- f {X:Type} query:!X = X; g x:A = A; ---types--- h x:Object = H;", {"!f", "h"}),
    ],
)
def test_TL4_types_that_can_contain_themselves_are_found(text: str, names: set[str]) -> None:
    assert cyclic(parse(text)) == names


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_TL4_cyclic_types_are_those_reachable_from_themselves(edges: list[tuple[int, int]]) -> None:
    fields = {n: "".join(f" x{i}:Vector<T{b}>" for i, (a, b) in enumerate(edges) if a == n) for n in range(8)}
    schema = parse("".join(f"c{n}{fields[n]} = T{n};" for n in range(8)))
    reachable = {n: {b for a, b in edges if a == n} for n in range(8)}
    for _ in range(8):
        for n in range(8):
            reachable[n] |= {far for near in reachable[n] for far in reachable[near]}
    assert cyclic(schema) == {f"c{n}" for n in range(8) if n in reachable[n]}


def test_TL1_minimum_size_of_each_type_is_known() -> None:
    schema = parse(
        "pair a:int b:long flags:# c:flags.0?int = Pair;"
        "all a:int b:double c:int128 d:int256 e:string f:bytes g:Bool h:Object "
        "i:Pair j:Vector<int> k:vector<int> l:pair = All;"
    )
    _, all_ = schema.combinators
    assert [schema.sizes.of(f.type) for f in all_.fields] == [4, 8, 16, 32, 4, 4, 4, 4, 4, 8, 4, 16]
