"""Pages whose operations are played, in order, against a served demo, and held against the answers that stand there.

The answer of an operation is the next block of JSON that begins with `data` or `errors`, or is empty; `...` in it stands for
what is left out. An operation that begins with `# As the reviewer` takes that token. Comments in a page are played too:

- `<!-- played: { ... } -->` is an operation that the text tells of and does not show.
- `<!-- need_7: { needs(...) { nodes { id } } } -->` says what `need_7` is from there on: the first id of its kind that this answers
  with. So the page keeps speaking of the same thing, whatever id it has.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType, parse

from nobodyasked.graphql.schema import core_schema
from nobodyasked.inference import MiniLM

from .conftest import start
from .elided import ID, Gone, fitted, read, rewritten, shown

DOCS = Path(__file__).resolve().parents[2] / "docs"
MODELS = Path(tempfile.gettempdir()) / f"nobodyasked-models-{os.getuid()}"
"""Where the tests of inference keep the files of the default model."""
WRITTEN_WITH = [0.028, -0.027, 0.052, -0.032, 0.059, 0.008, 0.024, 0.02]
"""The first numbers of a vector where the pages were written: other processors round otherwise, and group otherwise."""
REVIEWER = "# As the reviewer"
PART = re.compile(
    r"^```graphql\n(?P<operations>.*?)^```$"
    r"|^<!-- (?P<names>played|[a-z]+_\d+(?:, [a-z]+_\d+)*): (?P<hidden>.*?) -->$"
    r'|^```json\n(?P<answer>(?:\{\s*"(?:data|errors)".*?)?)^```$',
    re.MULTILINE | re.DOTALL,
)
VERSION = re.compile(r'(?P<before>"(?P<id>[a-z]+_\d+)",?\s+version: )(?P<version>\d+)')
REFUSED = re.compile(r'"userErrors": (\[\s*\{.*?\}\s*\])', re.DOTALL)
NOWHERE = re.compile(r"[a-z]+_9+")
"""An id that nothing has, and is meant to have."""
PATIENCE = 20.0
CLOSE = 0.1
"""Counts and figures of what was inferred may be so much off: they move with every improvement of inference."""
FEW = 10


@dataclass
class Served:
    """A demo that is being served, and the tokens of its two members."""

    process: subprocess.Popen[str]
    url: str
    token: str
    reviewer: str
    said: str

    def ask(self, query: str) -> Any:
        secret = self.reviewer if query.lstrip().startswith(REVIEWER) else self.token
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url, json.dumps({"query": query}).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)

    def stop(self) -> str:
        """Press Ctrl-C; what it said on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        return err


def serve(folder: Path) -> Served:
    """Start the demo in a folder, up to its three queries."""
    process = start("demo", "--port", "0", "--data-dir", folder)
    assert process.stdout is not None
    said = ""
    while said.count("curl ") < 3:
        line = process.stdout.readline()
        assert line, f"ended early: {process.communicate()[1]}"
        said += line
    found = [
        re.search(pattern, said, re.M) for pattern in (r"at (http://\S+)", r"^Token: (\S+)", r"Reviewer's token: (\S+)")
    ]
    url, token, reviewer = (match[1] for match in found if match)
    return Served(process, url, token, reviewer, said)


@contextmanager
def fresh() -> Iterator[Served]:
    """A demo that nobody has touched, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        MODELS.mkdir(exist_ok=True)
        (Path(folder) / "models").symlink_to(MODELS)
        served = serve(Path(folder))
        try:
            yield served
        finally:
            print(served.stop())


def vector() -> list[float]:
    """The first numbers of one text's vector, here."""
    return [round(float(number), 3) for number in MiniLM(MODELS).embed(["Where is my parcel?"])[0][:8]]


@dataclass
class Step:
    """One operation of a page."""

    query: str
    span: tuple[int, int]
    line: int
    names: list[str]
    """Ids that its answer tells."""
    answer: str | None = None
    answer_span: tuple[int, int] = (0, 0)

    @property
    def title(self) -> str:
        words = re.split(r"\W+", self.query.replace(REVIEWER, "").strip())
        return f"line {self.line}, {next(word for word in words if word not in ('', 'query', 'mutation'))}"

    @property
    def changes(self) -> bool:
        return "mutation" in self.query.split("{")[0]


def steps(page: str) -> list[Step]:
    found: list[Step] = []
    for part in PART.finditer(page):
        if part["answer"] is not None:
            assert found
            assert found[-1].answer is None, f"an answer to nothing: {part[0]}"
            found[-1].answer, found[-1].answer_span = part["answer"], part.span("answer")
            continue
        group = "operations" if part["operations"] is not None else "hidden"
        begun, names = part.start(group), (part["names"] or "played").split(", ")
        for definition in parse(part[group]).definitions:
            assert definition.loc
            span = begun, part.start(group) + definition.loc.end
            line = page.count("\n", 0, part.start(group) + definition.loc.start) + 1
            found.append(Step(page[slice(*span)], span, line, [] if names == ["played"] else names))
            begun = span[1]
    return found


@cache
def versions() -> str:
    """What asks any thing for its version."""
    kinds = core_schema().type_map.values()
    edited = [
        kind.name for kind in kinds if isinstance(kind, GraphQLObjectType) and {"id", "version"} <= set(kind.fields)
    ]
    return " ".join(f"... on {name} {{ version }}" for name in edited)


@dataclass
class Player:
    """Plays a page. Ids may be others than printed, if they are so throughout.

    `chained` pages name what earlier answers showed; in others, comments say what an id is, and whatever an operation
    names must be told by one or have been made by a mutation.
    """

    served: Served
    chained: bool
    ids: dict[str, str] = field(default_factory=dict)
    """Printed -> answered."""

    def query(self, step: Step) -> str:
        """What to ask, with the ids of today.

        Raises:
            Gone: It names what nothing tells of.
        """
        asked = re.findall(rf'"({ID.pattern})"', step.query)
        unknown = {name for name in asked if name not in self.ids and not NOWHERE.fullmatch(name)}
        if unknown and not self.chained:
            raise Gone(f": nothing before tells what {', '.join(sorted(unknown))} is")
        query = ID.sub(lambda match: self.ids.get(match[0], match[0]), step.query)
        if "STALE_VERSION" in (step.answer or ""):
            return query
        next_versions: dict[str, int] = {}

        def current(match: re.Match[str]) -> str:
            thing = match["id"]
            now = next_versions[thing] if thing in next_versions else self.version(thing)
            next_versions[thing] = now + 1  # as it will be for the field after this one
            return f"{match['before']}{now}"

        return VERSION.sub(current, query)

    def version(self, thing: str) -> int:
        node = self.served.ask(f'{{ node(id: "{thing}") {{ {versions()} }} }}')["data"]["node"]
        if not node:
            raise Gone(f": there is no {thing}")
        return node["version"]

    def tell(self, step: Step, answer: Any) -> None:
        """Learn what the ids of a comment are.

        Raises:
            Gone: The answer has none.
        """
        found = ID.findall(json.dumps(answer.get("data")))
        for printed in step.names:
            kind = printed.split("_")[0]
            mine = next((name for name in found if name.split("_")[0] == kind), None)
            if mine is None:
                raise Gone(f": what {printed} is said to be is not there any more")
            found = [name for name in found if name != mine]
            self.ids[printed] = mine

    def faults(self, step: Step, answer: Any) -> Iterator[str]:
        """Errors that are not printed."""
        printed = step.answer or ""
        if "errors" in answer and not printed.lstrip().startswith('{ "errors"'):
            yield from (f": {error['message']}" for error in answer["errors"])
        if step.answer is None or (printed and not REFUSED.search(printed)):
            yield from (f": {errors}" for errors in REFUSED.findall(json.dumps(answer)))

    def differences(self, step: Step, answer: Any, *, exact: bool) -> Iterator[str]:
        teaches = self.chained or step.changes
        try:
            for at, leaf, got in fitted(read(step.answer or "{...}"), answer, strict=exact or self.chained):
                if not self.same(leaf.value, got, exact=exact, teaches=teaches):
                    yield f"{at.removeprefix('.data')}: {got}, not {leaf.value}"
        except Gone as gone:
            yield str(gone).removeprefix(".data")

    def same(self, printed: Any, got: Any, *, exact: bool, teaches: bool) -> bool:
        if isinstance(printed, str) and isinstance(got, str) and ID.fullmatch(printed) and ID.fullmatch(got):
            known = self.ids.setdefault(printed, got) if teaches else self.ids.get(printed, printed)
            return known == got or not (exact or self.chained)
        if type(printed) is not type(got):
            return not exact and not self.chained
        if not exact:
            return True
        if isinstance(printed, float | int) and isinstance(got, float | int):
            near = math.isclose(printed, got, rel_tol=CLOSE, abs_tol=CLOSE / 10 if isinstance(printed, float) else 0)
            # small whole numbers are versions and the like
            return near if isinstance(printed, float) or printed > FEW else printed == got
        return printed == got

    def strays(self, step: Step, answer: Any) -> Iterator[str]:
        """Where a change came to other things than the text speaks of."""
        with suppress(Gone):
            for at, leaf, got in fitted(read(step.answer or "{...}"), answer, strict=False):
                if isinstance(leaf.value, str) and self.ids.get(leaf.value, got) != got:
                    yield f"{at}: {got}, where the text speaks of {self.ids[leaf.value]}"

    def play(self, page: str, *, exact: bool, without: str = "") -> list[str]:
        """What is otherwise than printed, step by step. What is placed a moment after it came is waited for.

        Args:
            without: A field whose operation is passed over.
        """
        for step in steps(page):
            if without and without in step.query:
                continue
            try:
                query = self.query(step)
                wrong = [f": asks {query}"] if exact and query != step.query else []
                until = time.monotonic() + PATIENCE
                while True:
                    ids = dict(self.ids)
                    answer = self.served.ask(query)
                    differences = list(self.differences(step, answer, exact=exact))
                    if not differences or step.changes or time.monotonic() > until:
                        break
                    self.ids = ids
                    time.sleep(0.5)
                wrong += [*differences, *self.faults(step, answer)]
                self.tell(step, answer)
            except Gone as gone:
                wrong = [str(gone)]
            if wrong:
                # whatever comes after rests on it
                return [f"{step.title}{difference}" for difference in wrong]
        return []

    def written(self, page: str) -> str:
        """The page with what each step asks and answers today."""
        edits: list[tuple[tuple[int, int], str]] = []
        for step in steps(page):
            try:
                query = self.query(step)
                answer = self.served.ask(query)
                faults = list(self.faults(step, answer))
                assert not faults, (step.title, *faults)
                if step.changes and re.search("complaint(Submit|sImport)", query):
                    time.sleep(10)  # until what came in was placed
                self.tell(step, answer)
                for stray in self.strays(step, answer) if step.changes and not self.chained else ():
                    raise Gone(stray)
                if step.answer:
                    list(self.differences(step, answer, exact=False))
                if step.answer is not None:
                    # a story shows all there is, laid out by rule
                    afresh = self.chained or not step.answer
                    edits.append((step.answer_span, shown(answer) + "\n" if afresh else rewritten(step.answer, answer)))
            except Gone as gone:
                raise SystemExit(
                    f"{step.title}{gone}. Write that step anew, or empty its answer, and play again."
                ) from gone
            edits.append((step.span, query))
            if step.names:
                names = page.rindex(", ".join(step.names), 0, step.span[0]), step.span[0] - len(": ")
                edits.append((names, ", ".join(self.ids[name] for name in step.names)))
        for (begin, end), text in sorted(edits, reverse=True):
            page = page[:begin] + text + page[end:]
        return page
