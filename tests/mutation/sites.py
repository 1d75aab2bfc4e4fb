"""Every place of the hand-written source that can be changed, and the change."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.repository.scan import is_generated

SOURCE = Path(__file__).resolve().parents[2] / "src"
_NOT_RUN_BY_TESTS = ("build_engine.py",)
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of one file."""

    file: str
    """Relative to src."""
    line: int
    start: int
    """Where the replaced text begins, in bytes of the file; `end` is after its last byte."""
    end: int
    old: str
    new: str
    on_import: bool = False
    """Outside every function: which test ran it says only which test imported the module first."""

    def apply(self, text: bytes) -> bytes:
        """The changed file."""
        return text[: self.start] + self.new.encode() + text[self.end :]

    @property
    def change(self) -> str:
        """What is replaced by what, in one line: names the mutation as long as its text stays."""
        return f"{' '.join(self.old.split())} -> {' '.join(self.new.split())}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.change}"


def files() -> list[str]:
    """The hand-written modules, relative to src."""
    found = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.rglob("*.py"))}
    return [file for file, text in found.items() if not is_generated(text) and file not in _NOT_RUN_BY_TESTS]


def mutations(file: str) -> list[Mutation]:
    """All mutations of a file, in the order of its text."""
    return list(_mutations(file, (SOURCE / file).read_bytes()))


@cache
def _mutations(file: str, text: bytes) -> tuple[Mutation, ...]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, new, on_import in _changes(ast.parse(text)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        found.append(Mutation(file, node.lineno, start, end, text[start:end].decode(), new, on_import))
    return tuple(sorted(found, key=lambda mutation: (mutation.start, mutation.end, mutation.new)))


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, bool]]:
    """Each node that can be replaced, with its replacement, and whether it runs on import."""
    todo: list[tuple[ast.AST, bool]] = [(tree, True)]
    while todo:
        node, on_import = todo.pop()
        if _is_left_alone(node):
            continue
        if isinstance(node, ast.expr):
            yield from ((node, f"({ast.unparse(other)})", on_import) for other in _other_values(node))
        elif isinstance(node, ast.stmt):
            yield from ((node, other, on_import) for other in _other_statements(node))
            yield from ((test, other, on_import) for test, other in _negated_condition(node))
        todo.extend(_children(node, on_import))


def _children(node: ast.AST, on_import: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Declarations and annotations are left out: they say what a name is, and mypy holds them."""
    skipped = {"annotation", "returns", "decorator_list", "type_params", "bases"}
    if isinstance(node, ast.ClassDef):
        skipped.add("keywords")
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for name, value in ast.iter_fields(node):
        if name in skipped:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, on_import and not (is_function and name == "body")


def _is_left_alone(node: ast.AST) -> bool:
    """Whether nothing in it can matter to a test."""
    match node:
        case ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
            return True
        case ast.FunctionDef(name="__repr__" | "__rich_repr__"):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError")):
            return True
        case ast.Delete(targets=[ast.Name(), *_]):  # of an argument that is not used, for ruff
            return True
        case ast.keyword(arg="strict" | "stacklevel" | "usedforsecurity"):
            return True
        case _:
            return False


def _other_values(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=[first, *_]) if type(first) in _COMPARISONS:
            other = copy.deepcopy(node)
            other.ops[0] = _COMPARISONS[type(first)]()
            yield other
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.BinOp(op=operation) if type(operation) in _OPERATORS and not _is_text(node.left):
            yield ast.BinOp(node.left, _OPERATORS[type(operation)](), node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case _:
            return


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _other_statements(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr() | ast.AugAssign() | ast.Delete() | ast.Continue() | ast.Break() | ast.Raise():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield "pass"
        case ast.AnnAssign(target=ast.Attribute(), value=ast.expr()):
            yield "pass"
        case ast.Return(value=ast.Constant(value=None | False)):
            return  # who asks for the truth of it sees no difference between the two
        case ast.Return(value=ast.expr()):
            yield "return None"
        case ast.Return():
            yield "pass"
        case _:
            return


def _negated_condition(node: ast.stmt) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.Constant):
        yield node.test, f"(not ({ast.unparse(node.test)}))"
