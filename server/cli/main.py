"""The commands, gathered."""

from __future__ import annotations

import sys

import typer

from . import (
    auditing,
    backing,
    demo,
    doctor,
    erasing,
    exporting,
    importing,
    infer,
    migrate,
    schema,
    sealing,
    serve,
    surveying,
    tokens,
)

app = typer.Typer(
    name="nobodyasked",
    help="Complaints in, unmet needs out, inventions linked: a GraphQL backend.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
    epilog="Settings come from NOBODYASKED_... variables and from nobodyasked.toml. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.",
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("nobodyasked"))
        raise typer.Exit


app.command("demo", rich_help_panel="Start")(demo.demo)
app.command("serve", rich_help_panel="Start")(serve.serve)
app.command("doctor", rich_help_panel="Start")(doctor.doctor)
app.command("import", rich_help_panel="Data")(importing.import_files)
app.command("survey", rich_help_panel="Data")(surveying.survey)
app.command("infer", rich_help_panel="Data")(infer.infer)
app.command("export", rich_help_panel="Data")(exporting.export)
app.command("erase", rich_help_panel="Operate")(erasing.erase)
app.command("migrate", rich_help_panel="Operate")(migrate.migrate)
app.command("backup", rich_help_panel="Operate")(backing.backup)
app.command("restore", rich_help_panel="Operate")(backing.restore)
app.command("schema", rich_help_panel="Operate")(schema.schema)
app.add_typer(auditing.app, name="audit", rich_help_panel="Operate")
app.add_typer(sealing.app, name="seal", rich_help_panel="Operate")
app.add_typer(tokens.app, name="token", rich_help_panel="Operate")


def main() -> None:
    """The entry point of the `nobodyasked` program."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
