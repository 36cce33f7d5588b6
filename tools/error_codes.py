"""Find every error that the product can raise, with its code, message and hint, in the syntax trees of its modules.

Three forms count: a call of `GroundworkError` or of a class below it, a call of a class of findings (its fields are `code`, a
message and a hint), and `fail` in `tools/setup.sh`. A value that no tree holds becomes a placeholder, such as `<branch>`.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tools.syntax_trees import PASSED_ON, UNKNOWN, Function, Module, assigned, named, parameters

ROOT = Path(__file__).parents[1]
PRODUCT = ("groundwork", "components", "stacks", "pipelines")
SETUP = "tools/setup.sh"
BASE = ("groundwork.errors", "GroundworkError")
FIELDS = (("code",), ("message", "reason"), ("hint", "way_out"))
"""Names of the code, the message and the hint: of an error and of a finding."""


_FAIL = re.compile(r'\bfail "((?:[^"\\]|\\.)*) \(([\w-]+)\)" "((?:[^"\\]|\\.)*)"')
_SHELL_TEXT = re.compile(r'^(\w+)="([^"]*)"$', re.MULTILINE)
_SHELL_VARIABLE = re.compile(r"\$\{?(\w+)-?\}?")


@dataclass(frozen=True, kw_only=True, order=True)
class Raised:
    """An error at one place of the product."""

    code: str
    path: str
    line: int
    messages: tuple[str, ...]
    """One for each branch of the code that leads here."""
    hints: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where a name is looked up: in bound arguments, in a function, in a module."""

    module: Module
    function: Function | None = None
    bound: Mapping[str, Value] = field(default_factory=dict)
    use: ast.AST | None = None
    """The raising call: a name has the value that was assigned before this call."""
    owner: Owner | None = None
    """The class of the error, for `self.<name>`."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """An expression, and the scope of its names."""

    expression: ast.expr
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A class of errors or of findings."""

    module: Module
    node: ast.ClassDef

    @property
    def key(self) -> tuple[str, str]:
        """The names of the module and of the class."""
        return self.module.name, self.node.name

    @property
    def bases(self) -> list[str]:
        """The base classes, as the source names them."""
        return [ast.unparse(base) for base in self.node.bases]

    @property
    def init(self) -> Function | None:
        """The `__init__` of this class, without inherited ones."""
        return next((node for node in self.node.body if isinstance(node, Function) and node.name == "__init__"), None)

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names of code, message and hint, if they are fields of the class, as of a finding; else empty."""
        annotated = {ast.unparse(node.target) for node in self.node.body if isinstance(node, ast.AnnAssign)}
        names = tuple(name for choice in FIELDS for name in choice if name in annotated)
        return names if len(names) == len(FIELDS) else ()


def read(root: Path = ROOT) -> dict[str, str]:
    """Return the product's modules and `setup.sh`, by their path."""
    files = sorted(file for folder in PRODUCT for file in (root / folder).rglob("*.py"))
    paths = [path for file in files if "/tests/" not in (path := file.relative_to(root).as_posix())]
    return {path: (root / path).read_text() for path in [*paths, SETUP]}


def raised(files: Mapping[str, str]) -> list[Raised]:
    """Return every error of some files, in the order of codes and paths."""
    modules = {module.name: module for module in (Module(path, text) for path, text in files.items() if path.endswith(".py"))}
    shell = [each for path, text in files.items() if path.endswith(".sh") for each in _of_shell(path, text)]
    return sorted([*shell, *_Program(modules).errors()])


def _of_shell(path: str, content: str) -> Iterator[Raised]:
    texts = dict(_SHELL_TEXT.findall(content))
    for call in _FAIL.finditer(content):
        whole = [_SHELL_VARIABLE.sub(lambda name: texts.get(name[1], name[0]), text) for text in call.group(1, 3)]
        message, hint = (_SHELL_VARIABLE.sub(lambda name: f"<{name[1].lower().replace('_', ' ')}>", text) for text in whole)
        line = content.count("\n", 0, call.start()) + 1
        yield Raised(code=call[2], path=path, line=line, messages=(message,), hints=(hint,))


class _Program:
    """All modules together."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._callers: dict[tuple[str, str], list[tuple[Module, ast.Call]]] = {}
        for module in modules.values():
            for call in module.calls:
                self._callers.setdefault(self._called(module, call), []).append((module, call))

    def errors(self) -> Iterator[Raised]:
        for key in list(self._callers):
            if owner := self._class(*key):
                for module, call in self._callers[key]:
                    yield from self._at(module, call, owner)

    def _at(self, module: Module, call: ast.Call, owner: Owner) -> Iterator[Raised]:
        """Yield the errors of one call; it stands for several where its function hands arguments on."""
        scope = Scope(module=module, function=module.function_of(call), use=call, owner=owner)
        values = self._fields(scope, call, owner)
        if values:
            for fields, where, line in self._handed(values, module, call.lineno):
                codes, messages, hints = (tuple(dict.fromkeys(self._texts(value))) for value in fields)
                for code in codes:
                    if code != PASSED_ON["code"]:
                        yield Raised(code=code, path=where.path, line=line, messages=messages, hints=hints)

    def _handed(self, values: list[Value], module: Module, line: int) -> Iterator[tuple[list[Value], Module, int]]:
        """Yield the fields with the arguments of each call of the function, where a field is one of its parameters."""
        function = values[0].scope.function
        names = {value.expression.id for value in values if isinstance(value.expression, ast.Name)}
        names |= {node.id for node in ast.walk(values[0].expression) if isinstance(node, ast.Name)}
        callers = self._callers.get((module.name, function.name), []) if function else []
        own = function is not None and all(value.scope.function in {function, None} for value in values)
        if not function or not own or not names & {each.arg for each in parameters(function)} or not callers:
            yield values, module, line
            return
        for where, call in callers:
            scope = Scope(module=where, function=where.function_of(call), use=call)
            bound = bind(function, call, scope)
            handed = [replace(value, scope=replace(value.scope, bound={**value.scope.bound, **bound})) for value in values]
            yield handed, where, call.lineno

    def _fields(self, scope: Scope, call: ast.Call, owner: Owner) -> list[Value]:
        """Return code, message and hint of a call of a class."""
        if names := owner.fields:
            handed = {each.arg: each.value for each in call.keywords}
            return [Value(expression=handed[name], scope=scope) for name in names]
        bound_in = scope
        while owner.key != BASE:
            if init := owner.init:
                bound_in = replace(scope, module=owner.module, function=init, use=None, bound=bind(init, call, bound_in))
                call = next(node for node in ast.walk(init) if isinstance(node, ast.Call) and _is_super(node))
            owner = self._base(owner)
        bound = bind(owner.init, call, bound_in) if owner.init else {}
        return [bound[name] for name in ("code", "message", "hint")]

    def _class(self, module: str, name: str) -> Owner | None:
        """Return the class of that name, if it is one of errors or findings."""
        node = self._modules[module].classes.get(name) if module in self._modules else None
        if node is None:
            return None
        owner = Owner(module=self._modules[module], node=node)
        is_error = owner.key == BASE or any(self._class(*owner.module.target(base)) for base in owner.bases)
        return owner if is_error or owner.fields else None

    def _base(self, owner: Owner) -> Owner:
        return next(class_ for base in owner.bases if (class_ := self._class(*owner.module.target(base))))

    def _called(self, module: Module, call: ast.Call) -> tuple[str, str]:
        match call.func:
            case ast.Name(id=name):
                return self._definition(*module.target(name))
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return module.name, name
            case ast.Attribute(value=ast.Name(id=outer), attr=name) if outer in module.imported:
                return self._definition(".".join(module.imported[outer]), name)
        return "", ""

    def _definition(self, module: str, name: str) -> tuple[str, str]:
        """Return the module that defines a name which others pass on, as `groundwork.sdk.platform` does, and the name there."""
        passed_on = module in self._modules and name in self._modules[module].imported
        return self._definition(*self._modules[module].imported[name]) if passed_on else (module, name)

    def _texts(self, value: Value) -> Iterator[str]:
        """Yield the texts that an expression may have."""
        expression, scope = value.expression, value.scope
        match expression:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(self._part(part, scope) for part in parts)
            case ast.IfExp(body=body, orelse=other):
                yield from self._texts(Value(expression=body, scope=scope))
                yield from self._texts(Value(expression=other, scope=scope))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = [list(self._texts(Value(expression=side, scope=scope))) for side in (left, right)]
                yield from map("".join, itertools.product(*sides))
            case ast.Name(id=name):
                sources = list(self._sources(name, scope))
                yield from (text for source in sources for text in self._texts(source)) if sources else iter([named(expression)])
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if attribute := self._attribute(name, scope.owner):
                yield from self._texts(attribute)
            case _:
                yield named(expression)

    def _part(self, part: ast.expr, scope: Scope) -> str:
        if not isinstance(part, ast.FormattedValue):
            return str(part.value) if isinstance(part, ast.Constant) else UNKNOWN
        match part.value:
            case ast.IfExp(body=ast.Constant(value=str(yes)), orelse=ast.Constant(value=str(no))):
                return f"({'|'.join(filter(None, (yes, no)))})"
            case ast.Name(id=name) if name.isupper():
                constants = [each.expression for each in self._sources(name, scope)]
                if constants and isinstance(constants[0], ast.Constant):
                    return f"{constants[0].value:g}" if isinstance(constants[0].value, float) else str(constants[0].value)
        return named(part.value)

    def _sources(self, name: str, scope: Scope) -> Iterator[Value]:
        """Yield the expressions that a name may stand for."""
        if name in scope.bound:
            yield scope.bound[name]
        elif scope.function and (values := list(assigned(scope.function, name))):
            reaching = scope.module.reaching(values, scope.use) if scope.use else values
            yield from (Value(expression=each, scope=scope) for each in reaching)
        elif not scope.function or name not in {each.arg for each in parameters(scope.function)}:
            module, there = scope.module.target(name)
            if module in self._modules:
                body = ast.Module(body=self._modules[module].tree.body, type_ignores=[])
                inside = Scope(module=self._modules[module])
                yield from (Value(expression=each, scope=inside) for each in assigned(body, there, deep=False))

    def _attribute(self, name: str, owner: Owner | None) -> Value | None:
        """Return the value that a class of errors, or the nearest class above it, gives to a name."""
        while owner:
            if value := next(assigned(owner.node, name, deep=False), None):
                return Value(expression=value, scope=Scope(module=owner.module))
            owner = None if owner.key == BASE or owner.fields else self._base(owner)
        return None


def _is_super(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "super().__init__"


def bind(function: Function, call: ast.Call, scope: Scope) -> dict[str, Value]:
    """Return the arguments of a call by the names of the parameters, and defaults for the others."""
    arguments = function.args
    named = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    defaults = dict(zip(reversed(named), reversed(arguments.defaults), strict=False))
    defaults |= {each.arg: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value}
    names = named[1:] if named[:1] in (["self"], ["cls"]) else named
    passed = dict(zip(names, call.args, strict=False)) | {each.arg: each.value for each in call.keywords if each.arg}
    return {name: Value(expression=value, scope=scope) for name, value in {**defaults, **passed}.items()}
