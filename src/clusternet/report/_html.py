"""A report as one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from clusternet.bibliography import cite, references
from clusternet.report._parts import Formula, Formulas, Heading, Map, Part, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Template
    from markupsafe import Markup

__all__ = ["render_html"]


def _file(name: str) -> str:
    return files("clusternet").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    import jinja2

    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return made.from_string(_file("report.html"))


def json_for_html(data: Any) -> Markup:
    """Return JSON that no text inside can end: every sign that HTML reads is written as an escape."""
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  (escaped above)


def _image(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _size(svg: str) -> Markup:
    """Width and height in pixels, so that the page does not jump while it loads."""
    from markupsafe import Markup

    found = re.search(r'<svg[^>]*?\bheight="([\d.]+)pt"[^>]*?>', svg), re.search(r'<svg[^>]*?\bwidth="([\d.]+)pt"', svg)
    if found[0] is None or found[1] is None:
        return Markup()
    high, wide = (round(float(number[1]) * 4 / 3) for number in (found[0], found[1]))
    return Markup(' width="{}" height="{}"').format(wide, high)


def _formula(item: Formula) -> Markup:
    from markupsafe import Markup

    # The MathML of formulas is written in this package and holds nothing from records.
    return Markup(item.mathml)  # noqa: S704


def _labels(keys: Iterable[str]) -> str:
    known = references()
    return "; ".join(known[key].label for key in keys)


def _sections(parts: Iterable[Part]) -> list[list[Part]]:
    sections: list[list[Part]] = []
    for part in parts:
        if (isinstance(part, Heading) and part.level == 2) or not sections:
            sections.append([])
        sections[-1].append(part)
    return sections


def render_html(report: Report) -> str:
    """Return the report as one HTML page that loads nothing: style, script, pictures and data are inside.

    Parameters
    ----------
    report
        What `make_report` returned, or parts of your own; the first part is a heading of level 2.

    Returns
    -------
    str
        The page. The same report gives the same text.
    """
    from markupsafe import Markup

    has_map = any(isinstance(part, Map) for part in report.parts)
    script = _file("viewer.js") if has_map else ""
    keys = [key for part in report.parts if isinstance(part, Formulas) for item in part.items for key in item.cites]
    tables = {id(part): place for place, part in enumerate(p for p in report.parts if isinstance(p, Table))}
    headings = [part for part in report.parts if isinstance(part, Heading) and part.level == 2]
    cited = cite([*keys, *report.manifest.get("cites", ())])
    page = _template().render(
        report=report,
        lead=report.manifest.get("lead", ""),
        sections=_sections(report.parts),
        contents=[*headings, *([Heading(text="References", anchor="references")] if cited else [])],
        references=cited,
        style=Markup(_file("report.css")),  # noqa: S704  (our own file)
        script=Markup(script),  # noqa: S704  (our own file)
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        kind_of=lambda part: type(part).__name__,
        number_of=lambda part: tables[id(part)],
        image=_image,
        size=_size,
        formula=_formula,
        labels=_labels,
        data_of=lambda part: json_for_html(part.data),
    )
    return str(page)
