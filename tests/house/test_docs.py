"""The writing: what it names exists, and what it shows is true of the schema."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer.main
from graphql import parse, validate

from nobodyasked.graphql.schema import core_schema
from nobodyasked.server.cli.demo import QUERIES
from nobodyasked.server.cli.main import app
from nobodyasked.server.settings import CONFIG_VARIABLE, PREFIX, Settings

from .test_rooms import ROOT

PAGES = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "server/sample/README.md")
    ),
    *sorted((ROOT / "docs").rglob("*.md")),
]
EXAMPLES = sorted((ROOT / "server/pages/examples").glob("*.graphql"))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
ELSEWHERE = re.compile(
    # addresses of package registries and of content networks, and folders that are only on somebody's machine
    r"pypi\.|pythonhosted|npmjs|registry\.|unpkg|jsdelivr|proxy\.golang|huggingface"
    r"|(?<![\w.$~-])/(?:work|home|root|Users|tmp|mnt|opt|var)/"
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(path.read_text()) if language in languages]


def spoken(path: Path) -> list[str]:
    """Lines of shell and what stands in `backticks` outside of blocks: where commands are named."""
    text = path.read_text()
    shell = "\n".join(blocks(path, "sh", "console")).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").strip() for line in shell] + INLINE.findall(FENCE.sub("", text))


def anchors(path: Path) -> set[str]:
    """What `#...` may name in a page, by the rule of the usual renderers."""
    headings = HEADING.findall(FENCE.sub("", path.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@cache
def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    defined = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    return defined & set(phony[1].split())


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"https?://", link):
            continue
        address, _, anchor = unquote(link).partition("#")
        target = (page.parent / address).resolve() if address else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_named_is_there(page: Path) -> None:
    said = {match[1] for line in spoken(page) for match in re.finditer(r"(?:^|[&|;] *)make ([a-z]+)\b", line)}
    assert said <= targets()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_and_option_named_is_there(page: Path) -> None:
    root: Any = typer.main.get_command(app)
    wrong = []
    for line in spoken(page):
        match = re.match(r"(?:\.venv/bin/)?nobodyasked +(.+)", line)
        if match is None:
            continue
        command = root
        words = match[1].partition("#")[0].split()
        # a command without commands of its own has no such attribute
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        options = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        if (command is root and not options) or not options <= known | {"--help"}:
            wrong.append(line)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_graphql_block_is_valid(page: Path) -> None:
    for body in blocks(page, "graphql"):
        errors = validate(core_schema(), parse(body))
        assert [error.message for error in errors] == [], body


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_operation_in_a_shell_line_is_valid(page: Path) -> None:
    for body in blocks(page, "sh", "js"):
        for escaped in re.findall(r'"?query"?: "((?:[^"\\]|\\.)*)"', body):
            errors = validate(core_schema(), parse(escaped.replace('\\"', '"')))
            assert [error.message for error in errors] == [], escaped


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_of_the_page_is_valid(example: Path) -> None:
    assert validate(core_schema(), parse(example.read_text())) == []


@pytest.mark.parametrize("query", [query for _, query in QUERIES], ids=[title for title, _ in QUERIES])
def test_every_query_that_the_demo_prints_is_valid(query: str) -> None:
    assert [error.message for error in validate(core_schema(), parse(query))] == []


def test_the_guide_shows_every_mutation_and_subscription() -> None:
    guide = (ROOT / "docs/guide.md").read_text()
    kinds = core_schema().mutation_type, core_schema().subscription_type
    names = {name for kind in kinds if kind for name in kind.fields}
    assert {name for name in names if not re.search(rf"\b{name}\b", guide)} == set()


def test_settings_are_documented_and_none_is_made_up() -> None:
    there = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG_VARIABLE}
    operations = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", (ROOT / "docs/operations.md").read_text()))
    assert there - operations == set()
    for page in PAGES:
        said = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", page.read_text()))
        assert said - there == set(), named(page)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_leads_to_a_registry_or_to_somebodys_machine(page: Path) -> None:
    assert [line for line in page.read_text().splitlines() if ELSEWHERE.search(line)] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    files = sorted(path.name for path in folder.glob("0*.md"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    for name in files:
        assert f"]({name})" in index
        text = (folder / name).read_text()
        assert text.startswith(f"# {name[:4]} ")
        assert all(part in text for part in ("**Context.**", "**Decision.**", "**Consequences.**")), name
