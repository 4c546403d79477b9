"""Takes the picture of GraphiQL that the README shows, from a running server.

`python tests/browser/picture.py http://127.0.0.1:8000 TOKEN docs/graphiql.png`
"""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import GraphiQL, Outside, chromium, find_chromium


def main() -> None:
    parser = argparse.ArgumentParser(description="Take a picture of GraphiQL with an example and its answer.")
    parser.add_argument("url", help="the server's address, without /graphql")
    parser.add_argument("token", help="an API token that may read")
    parser.add_argument("picture", type=Path, help="where to write the PNG")
    parser.add_argument("--example", default="Work backwards", help="the title of the example to run")
    parser.add_argument("--dark", action="store_true", help="in the dark theme")
    options = parser.parse_args()
    program = find_chromium()
    if program is None:
        parser.error("no Chromium is installed")
    with Outside() as outside, chromium(program, outside) as browser:
        context = browser.new_context(
            viewport={"width": 1440, "height": 860}, color_scheme="dark" if options.dark else "light"
        )
        visitor = GraphiQL(context, options.url)
        visitor.visit(options.token)
        visitor.open_example(options.example)
        visitor.page.wait_for_timeout(300)
        visitor.run()
        visitor.expect_answer('"data"')
        visitor.picture(options.picture)
        context.close()
    print(f"{options.picture}: {options.picture.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
