"""The story of `docs/story.md`: played step by step against a served demo, and held against what stands there.

`python -m tests.cli.story` plays it on a fresh demo and writes down what it answered: do so when inference, the sample
or the story changed, and read the difference.
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
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nobodyasked.inference import MiniLM

from .conftest import start

STORY = Path(__file__).resolve().parents[2] / "docs" / "story.md"
MODELS = Path(tempfile.gettempdir()) / f"nobodyasked-models-{os.getuid()}"
"""Where the tests of inference keep the files of the default model."""
WRITTEN_WITH = [0.028, -0.027, 0.052, -0.032, 0.059, 0.008, 0.024, 0.02]
"""The first numbers of a vector where the story was written: other processors round otherwise, and group otherwise."""
REVIEWER = "# As the reviewer"
STEP = re.compile(r"^```graphql\n(?P<query>.*?)^```\n\n```json\n(?P<answer>.*?)^```\n", re.MULTILINE | re.DOTALL)
ID = re.compile(r"\b[a-z]+_\d+\b")
WIDTH = 160
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
        secret = self.reviewer if query.startswith(REVIEWER) else self.token
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url, json.dumps({"query": query}).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

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


@dataclass
class Told:
    """How an answer differs from what is printed; ids may be others, if they are so throughout."""

    ids: dict[str, str] = field(default_factory=dict)
    """Printed -> answered."""

    def query(self, printed: str) -> str:
        return ID.sub(lambda match: self.ids.get(match[0], match[0]), printed)

    def differences(self, printed: Any, got: Any, *, exact: bool, at: str = "") -> Iterator[str]:
        if isinstance(printed, dict) and isinstance(got, dict) and list(printed) == list(got):
            for name, value in printed.items():
                yield from self.differences(value, got[name], exact=exact, at=f"{at}.{name}")
        elif isinstance(printed, list) and isinstance(got, list) and len(printed) == len(got):
            for index, (one, other) in enumerate(zip(printed, got, strict=True)):
                yield from self.differences(one, other, exact=exact, at=f"{at}.{index}")
        elif isinstance(printed, str) and isinstance(got, str) and ID.fullmatch(printed) and ID.fullmatch(got):
            if self.ids.setdefault(printed, got) != got:
                yield f"{at}: {got}, not {printed}"
        elif type(printed) is not type(got) or isinstance(printed, dict | list):
            yield f"{at}: {got}, not {printed}"
        elif isinstance(printed, float | int) and isinstance(got, float | int):
            near = math.isclose(printed, got, rel_tol=CLOSE, abs_tol=CLOSE / 10 if isinstance(printed, float) else 0)
            # small whole numbers are versions and the like
            if exact and not (near if isinstance(printed, float) or printed > FEW else printed == got):
                yield f"{at}: {got}, not {printed}"
        elif exact and printed != got:
            yield f"{at}: {got}, not {printed}"


def play(served: Served, *, exact: bool) -> list[str]:
    """What is otherwise than printed, step by step. What is placed a moment after it came is waited for."""
    told, wrong = Told(), []
    for step in STEP.finditer(STORY.read_text()):
        printed = json.loads(step["answer"])["data"]
        query = told.query(step["query"])
        until = time.monotonic() + PATIENCE
        while True:
            ids = dict(told.ids)
            answer = served.ask(query)
            differences = list(told.differences(printed, answer.get("data"), exact=exact))
            if not differences or "mutation" in query.split("{")[0] or time.monotonic() > until:
                break
            told.ids = ids
            time.sleep(0.5)
        title = re.split(r"\W+", query.replace(REVIEWER, "").strip(), maxsplit=2)[1]
        wrong += [f"{title}{difference}" for difference in differences]
        wrong += [f"{title}: {error['message']}" for error in answer.get("errors", ())]
        if wrong:
            # whatever comes after rests on it
            break
    return wrong


def vector() -> list[float]:
    """The first numbers of one text's vector, here."""
    return [round(float(number), 3) for number in MiniLM(MODELS).embed(["Where is my parcel?"])[0][:8]]


def write(served: Served) -> None:
    """Put down what each step answers, and the ids that later steps need."""
    told = Told()

    def answered(step: re.Match[str]) -> str:
        query = told.query(step["query"])
        answer = served.ask(query)
        assert "errors" not in answer, (query, answer)
        if "complaint" in query and "mutation" in query.split("{")[0]:
            time.sleep(10)  # until what came in was placed
        if step["answer"].strip():
            list(told.differences(json.loads(step["answer"])["data"], answer["data"], exact=False))
        return f"```graphql\n{query}```\n\n```json\n{shown(answer)}\n```\n"

    STORY.write_text(STEP.sub(answered, STORY.read_text()))


def shown(value: Any, indent: int = 0) -> str:
    """JSON, with what fits on one line on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and value:
        flat = "{ " + ", ".join(f"{json.dumps(name)}: {shown(one, 10**6)}" for name, one in value.items()) + " }"
    elif isinstance(value, list) and value:
        flat = "[" + ", ".join(shown(one, 10**6) for one in value) + "]"
    if indent + len(flat) <= WIDTH or indent >= 10**6 or not isinstance(value, dict | list):
        return flat
    space = " " * (indent + 2)
    if isinstance(value, dict):
        inner = [f"{json.dumps(name)}: {shown(one, indent + 2)}" for name, one in value.items()]
        return "{\n" + ",\n".join(space + one for one in inner) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(space + shown(one, indent + 2) for one in value) + "\n" + " " * indent + "]"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        MODELS.mkdir(exist_ok=True)
        (data / "models").symlink_to(MODELS)
        served = serve(data)
        try:
            write(served)
        finally:
            print(served.stop())
    print(f"WRITTEN_WITH = {vector()}")


if __name__ == "__main__":
    main()
