"""Find the texts of the repository that people read: documentation, help, messages of the product, docstrings and comments."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parents[1]
PRODUCT = ("groundwork/", "components/", "stacks/", "pipelines/")
FRONT_DOOR = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
CODE = "X"
"""Replaces inline code, which is one word of a sentence."""

Group = Literal["docs", "help", "messages", "code"]
_FENCE = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`+[^`]+`+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"#{1,6} +(?:\d+\. +)?")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.) +")
_SUPPRESSION = re.compile(r"(?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[^\]]*\])?|fmt: \w+)\s*")
_HASH = re.compile(r"(?:^|\s)##? +(\S.*)$", re.MULTILINE)
_PROSE = re.compile(r"[A-Za-z`'),] [a-z]")
_COMMENTED = (".yaml", ".yml", ".toml", ".sh", "Makefile")


@dataclass(frozen=True, kw_only=True)
class Text:
    """One paragraph, heading, list item, table cell, message, docstring or comment."""

    group: Group
    path: str
    """Relative to the root of the repository; for help, the command."""
    line: int
    text: str
    is_heading: bool = False

    @property
    def words(self) -> int:
        """The number of words."""
        return len(re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", self.text))  # noqa: RUF001  typographic apostrophes occur


def read(root: Path = ROOT) -> dict[str, str]:
    """Return the text files that git tracks or would add, by their path; each file is read once."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    files = {}
    for name in sorted(filter(None, names)):
        path = root / name
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if b"\0" not in content:
                files[name] = content.decode(errors="replace")
    return files


def texts(files: Mapping[str, str]) -> list[Text]:
    """Return the texts of the given files, without the help of the command."""
    return [text for path, content in files.items() for text in _of_file(path, content)]


def _of_file(path: str, content: str) -> Iterator[Text]:
    if path in FRONT_DOOR or (path.startswith("docs/") and path.endswith(".md")):
        yield from markdown(path, content)
    elif path.startswith(PRODUCT) and path.endswith(".py") and "/tests/" not in path:
        yield from python(path, content)
    elif path.endswith(_COMMENTED) and not path.startswith("tests/"):
        yield from _comments_of(path, content)


def markdown(path: str, content: str) -> Iterator[Text]:
    """Yield the paragraphs, headings, list items and table cells of a page; code blocks are no prose."""
    content = _FENCE.sub(lambda block: "\n" * block[0].count("\n"), content)
    paragraph: list[str] = []
    start = 1
    for number, line in enumerate([*content.split("\n"), ""], start=1):
        starts_anew = not line.strip() or _HEADING.match(line) or _LIST_ITEM.match(line) or line.startswith("|")
        if starts_anew and paragraph:
            yield Text(group="docs", path=path, line=start, text=_plain("\n".join(paragraph)))
            paragraph = []
        if heading := _HEADING.match(line):
            yield Text(group="docs", path=path, line=number, text=_plain(line[heading.end() :]), is_heading=True)
        elif line.startswith("|"):
            cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
            yield from (Text(group="docs", path=path, line=number, text=_plain(cell)) for cell in cells if re.search(r"\w", cell))
        elif line.strip():
            start = start if paragraph else number
            paragraph.append(_LIST_ITEM.sub("", line, count=1) if not paragraph else line)


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", _INLINE.sub(CODE, text)).replace("**", "").strip()


def python(path: str, content: str) -> Iterator[Text]:
    """Yield the messages, docstrings and comments of a module.

    A message is any string with at least two words that is not a docstring. That is more than the errors and hints: it needs
    no list of the ways in which an error may be built, and includes what commands print and what reports say.
    """
    tree = ast.parse(content)
    documented = set(_docstrings(tree))
    for node, text in _strings(tree, documented):
        if _PROSE.search(text):
            yield Text(group="messages", path=path, line=node.lineno, text=_INLINE.sub(CODE, text))
    for docstring in documented:
        for offset, paragraph in _paragraphs(str(docstring.value)):
            yield Text(group="code", path=path, line=docstring.lineno + offset, text=_INLINE.sub(CODE, paragraph))
    tokens = tokenize.generate_tokens(io.StringIO(content).readline) if "#" in content else ()
    for token in tokens:
        if token.type == tokenize.COMMENT and (text := _SUPPRESSION.sub("", token.string.lstrip("#! "))):
            yield Text(group="code", path=path, line=token.start[0], text=_INLINE.sub(CODE, text))


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield every string that is a statement: of a module, class, function, and below a field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def _strings(node: ast.AST, documented: Iterable[ast.Constant]) -> Iterator[tuple[ast.expr, str]]:
    """Yield whole strings: the parts of an f-string, of a sum and of implicit concatenation are one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented:
        yield node, node.value
    elif isinstance(node, ast.JoinedStr | ast.BinOp) and (text := _joined(node)) is not None:
        yield node, text
        for inner in ast.walk(node):
            if isinstance(inner, ast.FormattedValue):
                yield from _strings(inner.value, documented)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child, documented)


def _joined(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else CODE for part in parts if _is_text(part))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _joined(left), _joined(right)
            return None if first is None and second is None else f"{first or CODE}{second or CODE}"
    return None


def _is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.FormattedValue) or (isinstance(part, ast.Constant) and isinstance(part.value, str))


def _paragraphs(docstring: str) -> Iterator[tuple[int, str]]:
    """Yield each paragraph or list item with the number of lines before it."""
    start, lines = 0, list[str]()
    for number, line in enumerate([*docstring.split("\n"), ""]):
        if lines and (not line.strip() or _LIST_ITEM.match(line)):
            yield start, "\n".join(lines)
            lines = []
        if line.strip():
            start = start if lines else number
            lines.append(_LIST_ITEM.sub("", line, count=1).strip() if not lines else line.strip())


def _comments_of(path: str, content: str) -> Iterator[Text]:
    for match in _HASH.finditer(content):
        line = content.count("\n", 0, match.start(1)) + 1
        yield Text(group="code", path=path, line=line, text=_INLINE.sub(CODE, match[1]))


def help_texts(command: Any, called: str) -> Iterator[Text]:
    """Yield the help of a command, of its options and of all commands below it; `command` is one of click's."""
    said = [command.help, *(getattr(parameter, "help", None) for parameter in command.params)]
    for text in filter(None, said):
        for _, paragraph in _paragraphs(text):
            yield Text(group="help", path=called, line=0, text=_INLINE.sub(CODE, paragraph))
    if hasattr(command, "list_commands"):
        context = command.context_class(command, info_name=called)
        for name in command.list_commands(context):
            yield from help_texts(command.get_command(context, name), f"{called} {name}")
