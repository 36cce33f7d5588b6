"""Renders the templates; every value that is not already safe is cleaned and escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from groundwork.factory.report.text import plain

_TEMPLATES = Path(__file__).parent / "templates"


def piece(template: str, macro: str, *arguments: object) -> Markup:
    """Return the markup of one macro of a template."""
    written: Markup = getattr(_environment().get_template(template).module, macro)(*arguments)
    return written


def page(template: str, **values: object) -> str:
    """Return the text of a whole template."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _cleaned(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
