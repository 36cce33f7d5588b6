"""Read syntax trees of Python: where a name comes from, which values it can have, and how to print an unknown value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

Function = ast.FunctionDef | ast.AsyncFunctionDef
UNKNOWN = "…"
PASSED_ON = {
    "code": "<code of the cause>",
    "message": "<message of the cause>",
    "hint": "<hint of the cause>",
    "way_out": "<hint of the cause>",
}
"""Placeholders for the fields of another error or finding."""


class Module:
    """One file's syntax tree."""

    def __init__(self, path: str, content: str) -> None:
        self.path = path
        self.name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.tree = ast.parse(content)
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def imported(self) -> dict[str, tuple[str, str]]:
        """For each imported name, its module and its name in that module."""
        froms = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        return {each.asname or each.name: (str(node.module), each.name) for node in froms for each in node.names}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes by their names."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @cached_property
    def calls(self) -> list[ast.Call]:
        """All calls."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]

    def function_of(self, node: ast.AST) -> Function | None:
        """Return the function around a node."""
        parent = self._parents.get(node)
        while parent is not None and not isinstance(parent, Function):
            parent = self._parents.get(parent)
        return parent

    def reaching(self, assigned: list[ast.expr], use: ast.AST) -> list[ast.expr]:
        """Return the possible values of a name at its use, without overwritten values and values of other branches."""
        branches, values = self._branches(use), list[ast.expr]()
        for value in sorted(assigned, key=lambda each: (-each.lineno, -each.col_offset)):
            own = self._branches(value)
            excluded = any(branches.get(node, branch) != branch for node, branch in own.items())
            if not excluded and value.lineno <= getattr(use, "lineno", 0):
                values.append(value)
                if own.items() <= branches.items():
                    break
        return values[::-1]

    def _branches(self, node: ast.AST) -> dict[ast.AST, object]:
        """Return the branch of each statement around a node that has several: a field's name, or a case."""
        branches: dict[ast.AST, object] = {}
        while (parent := self._parents.get(node)) and not isinstance(parent, Function):
            if isinstance(parent, ast.Match):
                branches[parent] = node
            elif isinstance(parent, ast.If | ast.For | ast.While | ast.Try):
                fields = {"body": parent.body, "orelse": parent.orelse}
                if branch := next((name for name, inside in fields.items() if node in inside), ""):
                    branches[parent] = branch
                elif isinstance(node, ast.ExceptHandler):
                    branches[parent] = node
            node = parent
        return branches

    def target(self, name: str) -> tuple[str, str]:
        """Return the module that defines a name, and the name in that module."""
        return self.imported.get(name, (self.name, name))


def parameters(function: Function) -> list[ast.arg]:
    """Return the parameters that have a name of their own: neither `*args` nor `**kwargs`."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def assigned(within: ast.AST, name: str, *, deep: bool = True) -> Iterator[ast.expr]:
    """Yield the values that are assigned to a name."""
    for node in ast.walk(within) if deep else ast.iter_child_nodes(within):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                yield value
            case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                yield from (each for target, each in zip(targets, values, strict=True) if ast.unparse(target) == name)


def named(expression: ast.expr) -> str:
    """Return a placeholder for an expression: its last name."""
    match expression:
        case ast.Attribute(attr=name) if name in PASSED_ON:
            return PASSED_ON[name]
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return f"<{name.strip('_').replace('_', ' ').lower()}>"
        case (
            ast.Subscript(value=inner)
            | ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[inner, *_])
            | ast.Call(func=ast.Name(id="map"), args=[_, inner])
            | ast.Call(func=ast.Name(), args=[inner])
            | ast.Call(func=ast.Attribute(value=inner))
            | ast.GeneratorExp(generators=[ast.comprehension(iter=inner)])
            | ast.ListComp(generators=[ast.comprehension(iter=inner)])
        ):
            return named(inner)
    return f"<{UNKNOWN}>"
