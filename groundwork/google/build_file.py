"""Cloud Build files, checked against Google's own definition of a build, as a trigger takes them.

A trigger holds its build inline, so that a pushed commit cannot rewrite the build that it is put through. What Google would
refuse when a build starts is refused here, with the line, before anything is deployed.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from groundwork.errors import GroundworkError
from groundwork.google import build_rules
from groundwork.google.substitutions import fill as fill_text
from groundwork.google.substitutions import map_texts, require_whole, user_names
from groundwork.paths import from_here

if TYPE_CHECKING:  # the twin reads build files without an engine, and loading the SDK takes time
    import pulumi

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NESTED = re.compile(r"'(Trigger\w+ArgsDict)'")

_OF_GOOGLE = frozenset(
    {
        *(
            "approval",
            "build_trigger_id",
            "create_time",
            "exit_code",
            "failure_info",
            "finish_time",
            "id",
            "log_url",
            "project_id",
        ),
        *("pull_timing", "resolved_worker_release", "results", "source_provenance", "start_time", "status", "status_detail"),
        *("timing", "warnings"),
    }
)
"""What Google says of a build that it runs. Its message does not tell these fields from the others."""
_OF_THE_TRIGGER = frozenset({"service_account", "source"})
_INSTEAD = {
    "automap_substitutions": "list the variables of the step in its `env`: `REGION=$_REGION`",
    "default_logs_bucket_behavior": "set `options.logging`, or `logsBucket`",
    "pool": "there `workerPool` is its name, and the environment's file says which",
}


@dataclass(frozen=True, kw_only=True)
class BuildFile:
    """One build, read and found right."""

    path: Path
    """As people see it."""

    arguments: Mapping[str, Any]
    """The build under the names that `gcp.cloudbuild.Trigger` takes: Google's in snake case, lists in the plural."""
    uses: frozenset[str]
    """The substitutions that its text asks for and that it does not set itself: `_TARGET` and the like."""
    mentions: frozenset[str]
    """Those and all others whose value would change its text, `${_TARGET:-none}` among them."""
    in_scripts: frozenset[str]
    """Names in its scripts that look like substitutions: a script is not filled, and no variable brings them there."""

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
            if user_names(text) & set(computed):
                return pulumi.Output.all(**computed).apply(lambda known: fill_text(text, {**plain, **known}))
            return fill_text(text, plain)

        mentions, uses = self.mentions - set(values), self.uses - set(values)
        return replace(self, arguments=map_texts(self.arguments, change), uses=uses, mentions=mentions)


def read_build_file(path: Path) -> BuildFile:
    """Return a build, written in YAML or JSON; raises GroundworkError (`build-file-invalid`) with the line of every mistake."""
    mistakes = _Mistakes(path)
    root = _compose(path, mistakes)
    mistakes.stop_if_any()
    arguments = _root(root, mistakes)
    mistakes.stop_if_any()
    build = _build(root)
    for fault in build_rules.faults(build, triggered=True):
        mistakes.add(_line_of(root, fault.path), fault.what)
    mistakes.stop_if_any()
    return BuildFile(
        path=from_here(path),
        arguments=arguments,
        uses=build_rules.asked_for(build, triggered=True),
        mentions=build_rules.mentioned_in(build),
        in_scripts=build_rules.in_scripts(build),
    )


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
                "use the fields of https://cloud.google.com/build/docs/build-config-file-schema",
            )


def _compose(path: Path, mistakes: _Mistakes) -> yaml.Node | None:
    try:
        root: yaml.Node | None = yaml.compose(_as_yaml(path.read_text(encoding="utf-8-sig"), path), Loader=yaml.SafeLoader)
    except OSError as error:
        mistakes.add(1, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        mistakes.add(1, f"is not UTF-8 text: {error.reason} at byte {error.start}")
    except json.JSONDecodeError as error:
        mistakes.add(error.lineno, f"is not JSON: {error.msg}")
    except yaml.MarkedYAMLError as error:
        mistakes.add(_line(error), f"is not YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError) as error:
        mistakes.add(1, f"is not YAML: {str(error).splitlines()[0]}")
    else:
        return root
    return None


def _as_yaml(text: str, path: Path) -> str:
    """Return JSON as YAML understands it, line by line: tabs between values, and strings with JSON's own escapes, it does not."""
    try:
        json.loads(text)
    except ValueError:
        if path.suffix == ".json":
            raise
        return text
    return _STRING.sub(lambda found: _quoted(json.loads(found[0])), text.replace("\t", " "))


def _quoted(text: str) -> str:
    return '"' + "".join(each if each.isalnum() or each in " _-./$" else f"\\U{ord(each):08x}" for each in text) + '"'


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
            mistakes.add(_line(key), f"{name!r} is not a field of a {descriptor.name}{_nearest(name, descriptor)}")
        elif known.name in seen:
            mistakes.add(_line(key), f"{name!r} is there twice")
        elif argument is None:
            mistakes.add(_line(key), f"{name!r} cannot be part of a trigger's build: {_whose(known)}")
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
        return {str(key.value): _scalar(_empty(value), known, mistakes, key=str(key.value)) for key, value in node.value}
    if known.is_repeated:
        return [_scalar(item, known, mistakes) for item in _items(node, known, mistakes)]
    return _scalar(node, known, mistakes)


def _empty(node: yaml.Node) -> yaml.Node:
    """Return what a value of a mapping is: one that says nothing is empty text."""
    nothing = node.tag == "tag:yaml.org,2002:null"
    return yaml.ScalarNode("tag:yaml.org,2002:str", "", node.start_mark, node.end_mark) if nothing else node


def _scalar(node: yaml.Node, known: Any, mistakes: _Mistakes, *, key: str = "") -> Any:
    from google.protobuf import json_format, message_factory  # noqa: PLC0415  as above

    name, field_name = f"{known.camelcase_name}.{key}" if key else known.camelcase_name, known.camelcase_name
    try:
        given = yaml.constructor.SafeConstructor().construct_document(node)
        wrapped = {key: given} if key else [given] if known.is_repeated else given
        parsed = json_format.ParseDict({field_name: wrapped}, message_factory.GetMessageClass(known.containing_type)())
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


def _build(root: yaml.Node | None) -> Any:
    """Return the message of a build in which no mistake was found."""
    given = {} if root is None else yaml.constructor.SafeConstructor().construct_document(root)
    return build_rules.parse_build(_without_nothing(given))


def _without_nothing(given: Any, *, within: str = "") -> Any:
    """Return a value without its nulls: Google takes a field that says nothing as not there, and such a substitution as empty."""
    if isinstance(given, Mapping):
        empty = within == "substitutions"
        return {str(key): _without_nothing(value, within=str(key)) for key, value in given.items() if value is not None} | {
            str(key): "" for key, value in given.items() if empty and value is None
        }
    return [_without_nothing(each) for each in given] if isinstance(given, list) else given


def _line_of(root: yaml.Node | None, path: build_rules.Path) -> int:
    """Return the line of the innermost thing on a path that the file has."""
    node, line = root, 1
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = _line(node)
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if _plain(str(key.value)) == _plain(str(part))]
            if not found:
                break
            line, node = _line(found[0][0]), found[0][1]
    return line


def _plain(name: str) -> str:
    """Return a name that is the same in camel case, in snake case, and with the underscore that Python's keywords get."""
    return name.replace("_", "").casefold()


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
    value = (
        known.message_type.fields_by_name["value"] if known.message_type and known.message_type.GetOptions().map_entry else known
    )
    if value.type == known.TYPE_BYTES:
        return "is base64, as `gcloud kms encrypt` and `base64` write it"
    if value.type == known.TYPE_STRING or value.message_type:
        return "is text: put it in quotes"
    return "is true or false" if known.type == known.TYPE_BOOL else "is a whole number"


def _whose(known: Any) -> str:
    """Return why a field of Google's cannot stand in a trigger's build."""
    name = known.name.rstrip("_")
    if name in _INSTEAD:
        return f"Google takes it, and Pulumi's trigger has no argument for it; {_INSTEAD[name]}"
    if name in _OF_THE_TRIGGER:
        return "the trigger sets it"
    return (
        "Google sets it" if name in _OF_GOOGLE else "Google takes it, and Pulumi's trigger has no argument for it; leave it out"
    )


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
