"""Cloud Build files, checked against Google's own definition of a build, as a trigger takes them.

A trigger holds its build inline, so that a pushed commit cannot rewrite the build that it is put through. What Google would
refuse when a build starts is refused here, with the line, before anything is deployed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from components.paths import from_here
from groundwork.errors import GroundworkError
from groundwork.filling import asked, everywhere, filled, require_whole

if TYPE_CHECKING:  # the twin reads build files without an engine, and loading the SDK takes time
    import pulumi

_NESTED = re.compile(r"'(Trigger\w+ArgsDict)'")


@dataclass(frozen=True, kw_only=True)
class BuildFile:
    """One build, read and found right."""

    path: Path
    """As people see it."""

    arguments: Mapping[str, Any]
    """The build under the names that `gcp.cloudbuild.Trigger` takes: Google's in snake case, lists in the plural."""
    uses: frozenset[str]
    """The substitutions that its text asks for and that it does not set itself: `_TARGET` and the like."""

    def on(self, pool: pulumi.Input[str] | None) -> BuildFile:
        """Return it for a private pool, by the pool's full name; None: Google's own machines.

        Where a build runs is the environment's to say: the file is the same in all of them.
        """
        if pool is None:
            return self
        options = {**self.arguments.get("options", {}), "worker_pool": pool}
        return replace(self, arguments={**self.arguments, "options": options})

    def fill(self, **values: pulumi.Input[str]) -> BuildFile:
        """Return it with these of its names filled in, for good: no caller can give them another value, as with substitutions."""
        import pulumi  # noqa: PLC0415  as above

        require_whole(self.arguments, values)
        plain = {name: value for name, value in values.items() if isinstance(value, str)}
        computed = {name: value for name, value in values.items() if name not in plain}

        def change(text: str) -> pulumi.Input[str]:
            if asked(text) & set(computed):
                return pulumi.Output.all(**computed).apply(lambda known: filled(text, {**plain, **known}))
            return filled(text, plain)

        return replace(self, arguments=everywhere(self.arguments, change), uses=self.uses - set(values))


def read_build_file(path: Path) -> BuildFile:
    """Return a build; raises GroundworkError (`build-file-invalid`) with the line of every mistake."""
    mistakes = _Mistakes(path)
    root = _compose(path, mistakes)
    mistakes.stop_if_any()
    arguments = _root(root, mistakes)
    mistakes.stop_if_any()
    _check_steps(root, arguments, mistakes)
    mistakes.stop_if_any()
    return BuildFile(path=from_here(path), arguments=arguments, uses=asked(arguments) - set(arguments.get("substitutions", {})))


@dataclass
class _Mistakes:
    path: Path
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        self.found.append((line, what))

    def stop_if_any(self) -> None:
        if self.found:
            raise GroundworkError(
                "build-file-invalid",
                "\n".join(f"{from_here(self.path)}:{line}: {what}" for line, what in sorted(self.found)),
                "fields are those of https://cloud.google.com/build/docs/build-config-file-schema",
            )


def _compose(path: Path, mistakes: _Mistakes) -> yaml.Node | None:
    try:
        root: yaml.Node | None = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        mistakes.add(1, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        mistakes.add(1, f"is not UTF-8 text: {error.reason} at byte {error.start}")
    except yaml.MarkedYAMLError as error:
        mistakes.add(_line(error), f"is not YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError) as error:
        mistakes.add(1, f"is not YAML: {str(error).splitlines()[0]}")
    else:
        return root
    return None


def _root(root: yaml.Node | None, mistakes: _Mistakes) -> Mapping[str, Any]:
    # Google's and Pulumi's modules take a second or two to import: only those who read a build file pay for them
    from google.cloud.devtools.cloudbuild_v1.types import Build  # noqa: PLC0415
    from pulumi_gcp import cloudbuild  # noqa: PLC0415

    if root is None:
        mistakes.add(1, "is empty: a build needs `steps`")
        return {}
    return _message(root, Build.pb().DESCRIPTOR, cloudbuild.TriggerBuildArgsDict, mistakes)


def _message(node: yaml.Node, descriptor: Any, arguments: type, mistakes: _Mistakes) -> dict[str, Any]:
    """Return a mapping as Pulumi's arguments for it, noting what Google's message does not have."""
    if not isinstance(node, yaml.MappingNode):
        mistakes.add(_line(node), f"a {descriptor.name} is a mapping of fields to values, not {_shown(node)}")
        return {}
    built: dict[str, Any] = {}
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        known = descriptor.fields_by_camelcase_name.get(name) or descriptor.fields_by_name.get(name)
        argument = _argument(known, arguments) if known else None
        if known is None:
            mistakes.add(_line(key), f"{name!r} is no field of a {descriptor.name}{_nearest(name, descriptor)}")
        elif known.name in seen:
            mistakes.add(_line(key), f"{name!r} is there twice")
        elif argument is None:
            mistakes.add(_line(key), f"{name!r} cannot be part of a trigger's build: Google sets it, or the trigger does")
        elif value.tag != "tag:yaml.org,2002:null":
            built[argument] = _value(value, known, _nested(argument, arguments), mistakes)
        if known is not None:
            seen.add(known.name)
    return built


def _value(node: yaml.Node, known: Any, nested: type | None, mistakes: _Mistakes) -> Any:
    if nested is None:
        return _leaf(node, known, mistakes)
    if not known.is_repeated:
        return _message(node, known.message_type, nested, mistakes)
    return [_message(item, known.message_type, nested, mistakes) for item in _items(node, known, mistakes)]


def _leaf(node: yaml.Node, known: Any, mistakes: _Mistakes) -> Any:
    """Return text, numbers, flags, or lists and mappings of them, as Google's parser understands them."""
    if known.message_type and known.message_type.GetOptions().map_entry:
        if not isinstance(node, yaml.MappingNode):
            mistakes.add(_line(node), f"{known.camelcase_name!r} is a mapping, not {_shown(node)}")
            return {}
        return {str(key.value): _scalar(value, known, mistakes, key=str(key.value)) for key, value in node.value}
    if known.is_repeated:
        return [_scalar(item, known, mistakes) for item in _items(node, known, mistakes)]
    return _scalar(node, known, mistakes)


def _scalar(node: yaml.Node, known: Any, mistakes: _Mistakes, *, key: str = "") -> Any:
    from google.protobuf import json_format, message_factory  # noqa: PLC0415  as above

    name = known.camelcase_name
    try:
        given = yaml.constructor.SafeConstructor().construct_document(node)
        wrapped = {key: given} if key else [given] if known.is_repeated else given
        parsed = json_format.ParseDict({name: wrapped}, message_factory.GetMessageClass(known.containing_type)())
    except yaml.MarkedYAMLError as error:
        mistakes.add(_line(error), f"{name!r}: {error.problem}")
        return None
    except (json_format.ParseError, RecursionError, TypeError, ValueError):
        mistakes.add(_line(node), f"{name!r} {_why(known)}, not {_shown(node)}")
        return None
    if known.enum_type and not isinstance(given, str):
        mistakes.add(_line(node), f"{name!r} {_why(known)}, not {_shown(node)}")
    value = getattr(parsed, known.name)
    if known.enum_type or (known.message_type and not key):
        return given
    return value[key] if key else value[0] if known.is_repeated else value


def _items(node: yaml.Node, known: Any, mistakes: _Mistakes) -> Sequence[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    mistakes.add(_line(node), f"{known.camelcase_name!r} is a list, not {_shown(node)}")
    return []


def _check_steps(root: yaml.Node | None, arguments: Mapping[str, Any], mistakes: _Mistakes) -> None:
    """Note what each field allows and Google refuses all the same."""
    steps = arguments.get("steps", [])
    if root is None or not steps:
        mistakes.add(1, "a build needs at least one entry in `steps`")
        return
    nodes = next(value for key, value in root.value if key.value == "steps").value
    known = {"-"}
    for step, node in zip(steps, nodes, strict=True):
        line = _line(node)
        if not step.get("name"):
            mistakes.add(line, "a step needs a `name`: the image that it runs in")
        if step.get("id") in known:
            mistakes.add(line, f"there are two steps with the id {step['id']!r}")
        if "script" in step and ("args" in step or "entrypoint" in step):
            mistakes.add(line, "a step has a `script`, or `entrypoint` and `args`, not both")
        for other in set(step.get("wait_fors", ())) - known:
            mistakes.add(line, f"no step before this one has the id {other!r}, which it waits for")
        known |= {step["id"]} if step.get("id") else set()


def _argument(known: Any, arguments: type) -> str | None:
    """Return Pulumi's name for one of Google's fields; None where a trigger has none."""
    name = known.name.rstrip("_")
    plurals = (f"{name}s", f"{name}es") if known.is_repeated else ()
    return next((given for given in (name, *plurals) if given in arguments.__annotations__ and name != "timing"), None)


def _nested(argument: str, arguments: type) -> type | None:
    """Return the arguments that one of Pulumi's arguments is made of, by the name in its annotation."""
    from pulumi_gcp import cloudbuild  # noqa: PLC0415  as above

    named = _NESTED.search(str(arguments.__annotations__[argument]))
    return getattr(cloudbuild, named[1]) if named else None


def _why(known: Any) -> str:
    if known.enum_type:
        return f"is one of {', '.join(sorted(known.enum_type.values_by_name))}"
    if known.message_type and known.message_type.name == "Duration":
        return "is a number of seconds in quotes, as in '600s'"
    if known.type == known.TYPE_STRING or known.message_type:
        return "is text: put it in quotes"
    return "is true or false" if known.type == known.TYPE_BOOL else "is a whole number"


def _nearest(name: str, descriptor: Any) -> str:
    near = difflib.get_close_matches(name, descriptor.fields_by_camelcase_name, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value if len(node.value) <= 40 else f"{node.value[:40]}…")  # noqa: PLR2004  a line's worth
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def _line(where: yaml.Node | yaml.MarkedYAMLError) -> int:
    mark = where.start_mark if isinstance(where, yaml.Node) else where.problem_mark or where.context_mark
    return mark.line + 1 if mark else 1
