"""The story of `docs/story.md`, see `played.py`.

`python -m tests.cli.story` plays it on a fresh demo and writes down what it answered: do so when inference, the sample
or the story changed, and read the difference.
"""

from __future__ import annotations

from .played import DOCS, Player, fresh, vector

STORY = DOCS / "story.md"


def main() -> None:
    with fresh() as served:
        STORY.write_text(Player(served, chained=True).written(STORY.read_text()))
    print(f"WRITTEN_WITH = {vector()}")


if __name__ == "__main__":
    main()
