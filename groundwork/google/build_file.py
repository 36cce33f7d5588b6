"""Read Cloud Build files, validate them against Google's definition of a build, and convert them for a trigger.

A trigger contains its build inline, so that a pushed commit cannot change the build that evaluates it. Mistakes that Google would
refuse when a build starts are refused here, with their lines, before any resource is deployed.
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

if TYPE_CHECKING:  # the twin reads build files without an engine, and the SDK loads slowly
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
"""The fields that Google sets when it runs a build. Its message does not distinguish them from the others."""
_OF_THE_TRIGGER = frozenset({"service_account", "source"})
_INSTEAD = {
    "automap_substitutions": "list the variables of the step in its `env`: `REGION=$_REGION`",
    "default_logs_bucket_behavior": "set `options.logging`, or `logsBucket`",
    "pool": "Pulumi calls it `workerPool`, and the environment file selects it",
}


@dataclass(frozen=True, kw_only=True)
class BuildFile:
    """A valid build file."""

    path: Path
    """The path for messages, relative to the working directory."""

    arguments: Mapping[str, Any]
    """The build as arguments of `gcp.cloudbuild.Trigger`: Google's names in snake case, lists in the plural."""
    uses: frozenset[str]
    """The substitutions that its text needs and that it does not set itself, such as `_TARGET`."""
    mentions: frozenset[str]
    """All substitutions with values that would change its text, also optional ones such as `${_TARGET:-none}`."""
    in_scripts: frozenset[str]
    """Names in its scripts that look like substitutions, but that Cloud Build does not replace and no variable sets."""

    def on(self, pool: pulumi.Input[str] | None) -> BuildFile:
        """Return the build for a private pool, by the pool's full name; None for Google's own machines.

        The environment selects the pool: the build file is the same in all environments.
        """
        if pool is None:
            return self
        options = {**self.arguments.get("options", {}), "worker_pool": pool}
        return replace(self, arguments={**self.arguments, "options": options})

    def fill(self, **values: pulumi.Input[str]) -> BuildFile:
        """Return the build with values for some of its names. Unlike substitutions, a caller cannot change these values."""
        import pulumi  # noqa: PLC0415  as above

        require_whole(self.arguments, values)
        plain = {name: value for name, value in values.items() if isinstance(value, str)}
        computed = {name: value for name, value in values.items() if name not in plain}

        def change(text: str) -> pulumi.Input[str]:
            if user_names(text) & set(computed):
                return pulumi.Output.all(**computed).apply(lambda resolved: fill_text(text, {**plain, **resolved}))
            return fill_text(text, plain)

        mentions, uses = self.mentions - set(values), self.uses - set(values)
        return replace(self, arguments=map_texts(self.arguments, change), uses=uses, mentions=mentions)


def read_build_file(path: Path) -> BuildFile:
    """Return the build in a YAML or JSON file; raises GroundworkError (`build-file-invalid`) with the line of every mistake."""
    mistakes = _Mistakes(path)
    root = _compose(path, mistakes)
    mistakes.stop_if_any()
    arguments = _root(root, mistakes)
    mistakes.stop_if_any()
    build = _build(root)
    for fault in build_rules.faults(build, triggered=True):
        mistakes.add(_line_of(root, fault.path), fault.message)
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
    listed: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        self.listed.append((line, message))

    def stop_if_any(self) -> None:
        if self.listed:
            raise GroundworkError(
                "build-file-invalid",
                "\n".join(f"{from_here(self.path)}:{line}: {message}" for line, message in sorted(self.listed)),
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
    """Return JSON as equivalent YAML with the same lines: YAML does not accept tabs between values, nor all escapes of JSON."""
    try:
        json.loads(text)
    except ValueError:
        if path.suffix == ".json":
            raise
        return text
    return _STRING.sub(lambda match: _quoted(json.loads(match[0])), text.replace("\t", " "))


def _quoted(text: str) -> str:
    return '"' + "".join(char if char.isalnum() or char in " _-./$" else f"\\U{ord(char):08x}" for char in text) + '"'


def _root(root: yaml.Node | None, mistakes: _Mistakes) -> Mapping[str, Any]:
    # Google's and Pulumi's modules load slowly, so they are imported only when a build file is read
    from google.cloud.devtools.cloudbuild_v1.types import Build  # noqa: PLC0415
    from pulumi_gcp import cloudbuild  # noqa: PLC0415

    if root is None:
        mistakes.add(1, "is empty: a build needs `steps`")
        return {}
    return _message(root, Build.pb().DESCRIPTOR, cloudbuild.TriggerBuildArgsDict, mistakes)


def _message(node: yaml.Node, descriptor: Any, arguments: type, mistakes: _Mistakes) -> dict[str, Any]:
    """Return Pulumi's arguments for a mapping; adds a mistake for each field that Google's message does not have."""
    if not isinstance(node, yaml.MappingNode):
        mistakes.add(_line(node), f"{descriptor.name} is a mapping of fields to values, not {_shown(node)}")
        return {}
    built: dict[str, Any] = {}
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        proto_field = descriptor.fields_by_camelcase_name.get(name) or descriptor.fields_by_name.get(name)
        argument = _argument(proto_field, arguments) if proto_field else None
        if proto_field is None:
            mistakes.add(_line(key), f"{name!r} is not a field of a {descriptor.name}{_nearest(name, descriptor)}")
        elif proto_field.name in seen:
            mistakes.add(_line(key), f"{name!r} occurs twice")
        elif argument is None:
            mistakes.add(_line(key), f"{name!r} cannot be part of a trigger's build: {_refusal(proto_field)}")
        elif value.tag != "tag:yaml.org,2002:null":
            built[argument] = _value(value, proto_field, _nested(argument, arguments), mistakes)
        if proto_field is not None:
            seen.add(proto_field.name)
    return built


def _value(node: yaml.Node, proto_field: Any, nested: type | None, mistakes: _Mistakes) -> Any:
    if nested is None:
        return _leaf(node, proto_field, mistakes)
    if not proto_field.is_repeated:
        return _message(node, proto_field.message_type, nested, mistakes)
    return [_message(item, proto_field.message_type, nested, mistakes) for item in _items(node, proto_field, mistakes)]


def _leaf(node: yaml.Node, proto_field: Any, mistakes: _Mistakes) -> Any:
    """Return a value without fields (text, numbers, booleans, lists and mappings of them), as Google's parser reads it."""
    if proto_field.message_type and proto_field.message_type.GetOptions().map_entry:
        if not isinstance(node, yaml.MappingNode):
            mistakes.add(_line(node), f"{proto_field.camelcase_name!r} is a mapping, not {_shown(node)}")
            return {}
        return {str(key.value): _scalar(_empty(value), proto_field, mistakes, key=str(key.value)) for key, value in node.value}
    if proto_field.is_repeated:
        return [_scalar(item, proto_field, mistakes) for item in _items(node, proto_field, mistakes)]
    return _scalar(node, proto_field, mistakes)


def _empty(node: yaml.Node) -> yaml.Node:
    """Return the value of a mapping; a null becomes empty text, as with Google's parser."""
    is_null = node.tag == "tag:yaml.org,2002:null"
    return yaml.ScalarNode("tag:yaml.org,2002:str", "", node.start_mark, node.end_mark) if is_null else node


def _scalar(node: yaml.Node, proto_field: Any, mistakes: _Mistakes, *, key: str = "") -> Any:
    from google.protobuf import json_format, message_factory  # noqa: PLC0415  as above

    name, field_name = f"{proto_field.camelcase_name}.{key}" if key else proto_field.camelcase_name, proto_field.camelcase_name
    try:
        content = yaml.constructor.SafeConstructor().construct_document(node)
        wrapped = {key: content} if key else [content] if proto_field.is_repeated else content
        parsed = json_format.ParseDict({field_name: wrapped}, message_factory.GetMessageClass(proto_field.containing_type)())
    except yaml.MarkedYAMLError as error:
        mistakes.add(_line(error), f"{name!r}: {error.problem}")
        return None
    except (json_format.ParseError, RecursionError, TypeError, ValueError):
        mistakes.add(_line(node), f"{name!r} {_expected(proto_field)}, not {_shown(node)}")
        return None
    if proto_field.enum_type and not isinstance(content, str):
        mistakes.add(_line(node), f"{name!r} {_expected(proto_field)}, not {_shown(node)}")
    value = getattr(parsed, proto_field.name)
    if proto_field.enum_type or (proto_field.message_type and not key):
        return content
    return value[key] if key else value[0] if proto_field.is_repeated else value


def _items(node: yaml.Node, proto_field: Any, mistakes: _Mistakes) -> Sequence[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    mistakes.add(_line(node), f"{proto_field.camelcase_name!r} is a list, not {_shown(node)}")
    return []


def _build(root: yaml.Node | None) -> Any:
    """Return the message of a build without mistakes."""
    content = {} if root is None else yaml.constructor.SafeConstructor().construct_document(root)
    return build_rules.parse_build(_without_nulls(content))


def _without_nulls(content: Any, *, within: str = "") -> Any:
    """Return a value without nulls: for Google, a field that is null is not set, and a substitution that is null is empty."""
    if isinstance(content, Mapping):
        empty = within == "substitutions"
        return {str(key): _without_nulls(value, within=str(key)) for key, value in content.items() if value is not None} | {
            str(key): "" for key, value in content.items() if empty and value is None
        }
    return [_without_nulls(item) for item in content] if isinstance(content, list) else content


def _line_of(root: yaml.Node | None, path: build_rules.Path) -> int:
    """Return the line of the innermost node on a path that is in the file."""
    node, line = root, 1
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = _line(node)
        elif isinstance(node, yaml.MappingNode):
            matches = [(key, value) for key, value in node.value if _plain(str(key.value)) == _plain(str(part))]
            if not matches:
                break
            line, node = _line(matches[0][0]), matches[0][1]
    return line


def _plain(name: str) -> str:
    """Return a name that is the same in camel case, in snake case, and with the underscore that Python's keywords get."""
    return name.replace("_", "").casefold()


def _argument(proto_field: Any, arguments: type) -> str | None:
    """Return Pulumi's name of a field of Google's; None for a field that a trigger does not have."""
    name = proto_field.name.rstrip("_")
    plurals = (f"{name}s", f"{name}es") if proto_field.is_repeated else ()
    return next((argument for argument in (name, *plurals) if argument in arguments.__annotations__ and name != "timing"), None)


def _nested(argument: str, arguments: type) -> type | None:
    """Return the type of the arguments inside of an argument of Pulumi's, by the name in its annotation."""
    from pulumi_gcp import cloudbuild  # noqa: PLC0415  as above

    named = _NESTED.search(str(arguments.__annotations__[argument]))
    return getattr(cloudbuild, named[1]) if named else None


def _expected(proto_field: Any) -> str:
    if proto_field.enum_type:
        return f"is one of {', '.join(sorted(proto_field.enum_type.values_by_name))}"
    if proto_field.message_type and proto_field.message_type.name == "Duration":
        return "is a number of seconds in quotes, as in '600s'"
    value = (
        proto_field.message_type.fields_by_name["value"]
        if proto_field.message_type and proto_field.message_type.GetOptions().map_entry
        else proto_field
    )
    if value.type == proto_field.TYPE_BYTES:
        return "is base64, as `gcloud kms encrypt` and `base64` write it"
    if value.type == proto_field.TYPE_STRING or value.message_type:
        return "is text: put it in quotes"
    return "is true or false" if proto_field.type == proto_field.TYPE_BOOL else "is a whole number"


def _refusal(proto_field: Any) -> str:
    """Return the reason why a field of Google's cannot be part of a trigger's build."""
    name = proto_field.name.rstrip("_")
    if name in _INSTEAD:
        return f"Google accepts it, but Pulumi's trigger has no argument for it; {_INSTEAD[name]}"
    if name in _OF_THE_TRIGGER:
        return "the trigger sets it"
    return "Google sets it" if name in _OF_GOOGLE else "Google accepts it, but Pulumi's trigger has no argument for it; remove it"


def _nearest(name: str, descriptor: Any) -> str:
    near = difflib.get_close_matches(name, descriptor.fields_by_camelcase_name, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value if len(node.value) <= 40 else f"{node.value[:40]}…")  # noqa: PLR2004  a line's worth
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def _line(marked: yaml.Node | yaml.MarkedYAMLError) -> int:
    mark = marked.start_mark if isinstance(marked, yaml.Node) else marked.problem_mark or marked.context_mark
    return mark.line + 1 if mark else 1
