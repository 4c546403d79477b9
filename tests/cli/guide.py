"""What `README.md` and `docs/guide.md` show, see `played.py`.

`python -m tests.cli.guide` plays both on one fresh demo, and writes down the ids and answers of today: do so when
inference, the sample or a page changed, and read the difference.
"""

from __future__ import annotations

from .played import DOCS, Player, fresh

PAGES = [DOCS.parent / "README.md", DOCS / "guide.md"]


def main() -> None:
    with fresh() as served:
        for page in PAGES:
            page.write_text(Player(served, chained=False).written(page.read_text()))


if __name__ == "__main__":
    main()
