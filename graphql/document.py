"""inventionDocument and inventionDiff: the document of an invention as Markdown or HTML, and what differs between versions.

Every text in it was typed by somebody, customers included, so none may act: in HTML each is escaped and there are no
attributes made of them; in Markdown each character that could begin markup is escaped as CommonMark has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import Annotated

import strawberry

from ..models.document import Audience, Part, QuoteBasis
from ..models.queries import documents
from ..models.queries.documents import Document
from .context import Context
from .ids import key_in

__all__ = ["DocumentQuery", "html", "markdown"]


@strawberry.enum(description="How a document is written.")
class DocumentFormat(Enum):
    MARKDOWN = strawberry.enum_value("MARKDOWN", description="CommonMark.")
    HTML = strawberry.enum_value("HTML", description="A whole HTML page without scripts, styles or links.")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the document. `cites` are numbers of footnotes."""

    kind: str
    """title, heading, question, lead, text, quote or note."""
    text: str
    cites: Sequence[int] = ()


SECTIONS: Sequence[tuple[str, str, Part | None]] = (
    ("summary", "Summary", Part.SUMMARY),
    ("problem", "The problem", Part.PROBLEM),
    ("solution", "The solution", Part.SOLUTION),
    ("leader_quote", "Why we made it", None),
    ("how_it_works", "How it works", Part.HOW_IT_WORKS),
    ("customer_quote", "What customers say", Part.CUSTOMER_QUOTE),
    ("call_to_action", "How to get it", None),
    ("not_elsewhere", "What you cannot get elsewhere", Part.NOT_ELSEWHERE),
)
AUDIENCES = ((Audience.EXTERNAL, "Questions of customers"), (Audience.INTERNAL, "Questions of our own"))


def blocks(document: Document) -> Iterator[Block]:
    """The document in its order. Parts that are not written are left out."""
    texts = document.texts
    numbers = {id: number for number, id in enumerate(dict.fromkeys(one.evidence_id for one in document.citations), 1)}
    yield Block("title", texts.get("headline", texts["title"]))
    if "subheading" in texts:
        yield Block("lead", texts["subheading"])
    yield Block("note", f"{texts['title']}: {document.status}, version {document.version}")
    for name, heading, part in SECTIONS:
        if name not in texts:
            continue
        cites = [numbers[one.evidence_id] for one in document.citations if one.part is part]
        yield Block("heading", heading)
        yield Block("quote" if name.endswith("_quote") else "text", texts[name], cites)
        if name == "leader_quote" and "leader_name" in texts:
            yield Block("note", texts["leader_name"])
        if name == "customer_quote" and document.quote_basis is QuoteBasis.IMAGINED:
            yield Block("note", "An imagined customer")
    for audience, heading in AUDIENCES:
        answers = [one for one in document.answers if one.audience is audience]
        if answers:
            yield Block("heading", heading)
        for one in answers:
            yield Block("question", one.question)
            yield Block("text", one.answer)
    if numbers:
        yield Block("heading", "In the customers' own words")
    told = {one.evidence_id: one for one in document.citations}
    for id, number in numbers.items():
        yield Block("quote", told[id].quote)
        yield Block("note", f"{number}, evidence_{id}, {told[id].channel}")


# --- HTML -------------------------------------------------------------------------------------------------------------

TAGS = {
    "title": "h1",
    "heading": "h2",
    "question": "h3",
    "lead": "p",
    "text": "p",
    "quote": "p",
    "note": "p",
}


def html(document: Document) -> str:
    """A whole page."""
    parts = []
    for block in blocks(document):
        tag = TAGS[block.kind]
        marks = "".join(f"<sup>{number}</sup>" for number in block.cites)
        inner = [escape(text).replace("\n", "<br>\n") for text in paragraphs(block)]
        inner[-1] += marks
        if block.kind == "note":
            inner = [f"<small>{text}</small>" for text in inner]
        body = "\n".join(f"<{tag}>{text}</{tag}>" for text in inner)
        parts.append(f"<blockquote>\n{body}\n</blockquote>" if block.kind == "quote" else body)
    title = escape(document.texts["title"])
    body = "\n".join(parts)
    return f'<!doctype html>\n<html>\n<head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n{body}\n</body>\n</html>\n'


def paragraphs(block: Block) -> list[str]:
    """Its paragraphs, which blank lines part; at least one."""
    found = [part.strip() for part in re.split(r"\n[ \t]*\n", block.text)]
    return [part for part in found if part] or [""]


# --- Markdown ---------------------------------------------------------------------------------------------------------

# what begins markup anywhere; then what does at the start of a line; then what GitHub makes links of
_ANYWHERE = re.compile(r"[\\`*_{}\[\]<>()#!|~&@$^]")
_AT_START = re.compile(r"^([-+=:])|^(\d{1,9})([.)])")
_ADDRESS = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*)(:)(?=\S)|(\bwww)(\.)")
PREFIXES = {"title": "# ", "heading": "## ", "question": "### ", "quote": "> "}


def markdown(document: Document) -> str:
    """CommonMark, in which every text is only text."""
    parts = []
    for block in blocks(document):
        prefix = PREFIXES.get(block.kind, "")
        texts = ["  \n".join(inert(line.strip()) for line in part.split("\n")) for part in paragraphs(block)]
        texts[-1] += "".join(f" \\[{number}\\]" for number in block.cites)
        if block.kind == "note":
            texts = [f"*{text}*" for text in texts]
        if block.kind == "quote":
            parts.append("\n>\n".join(prefix + text.replace("\n", "\n> ") for text in texts))
        else:
            parts.append("\n\n".join(prefix + text for text in texts))
    return "\n\n".join(parts) + "\n"


def inert(line: str) -> str:
    """One line of text as CommonMark that shows it and does nothing else."""
    line = _ANYWHERE.sub(r"\\\g<0>", line)
    line = _AT_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)
    return _ADDRESS.sub(lambda found: f"{found[1]}\\:" if found[2] else f"{found[3]}\\.", line)


WRITERS: dict[DocumentFormat, Callable[[Document], str]] = {
    DocumentFormat.MARKDOWN: markdown,
    DocumentFormat.HTML: html,
}


@strawberry.type(description="A field of an invention's document at two versions.")
class FieldDiff:
    field: str = strawberry.field(description='The field, as revisions name it: "headline", "needs.need_3.relief".')
    before: str | None = strawberry.field(
        description="What it was in the version `from`; null where there was nothing."
    )
    after: str | None = strawberry.field(description="What it is in the version `to`; null where there is nothing.")


@strawberry.type
class DocumentQuery:
    @strawberry.field(
        description="The document of an invention: its press release, questions and answers, and the words that it cites."
        " Null where there is no such invention. All texts in it are inert."
    )
    async def invention_document(
        self,
        info: strawberry.Info,
        invention_id: Annotated[strawberry.ID, strawberry.argument(description="The invention's id.")],
        format: Annotated[DocumentFormat, strawberry.argument(description="How it is to be written.")],
    ) -> str | None:
        context: Context = info.context.context
        found = await documents.document(context.database, key_in("Invention", invention_id, ("inventionId",)))
        return None if found is None else WRITERS[format](found)

    @strawberry.field(
        description="What differs between any two versions of an invention's document, field by field. Null where there is no such"
        " invention."
    )
    async def invention_diff(
        self,
        info: strawberry.Info,
        invention_id: Annotated[strawberry.ID, strawberry.argument(description="The invention's id.")],
        from_: Annotated[int, strawberry.argument(name="from", description="A version; 0 is before it was proposed.")],
        to: Annotated[int, strawberry.argument(description="Another version, earlier or later.")],
    ) -> list[FieldDiff] | None:
        context: Context = info.context.context
        key = key_in("Invention", invention_id, ("inventionId",))
        found = await documents.diff(context.database, key, from_, to)
        return (
            None if found is None else [FieldDiff(field=one.field, before=one.before, after=one.after) for one in found]
        )
