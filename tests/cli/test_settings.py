"""Settings: where they come from, and that their errors help and keep secrets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nobodyasked.server.settings import PREFIX, Settings, SettingsError, hide_password, load_settings, settings_table

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture(autouse=True)
def nothing_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOBODYASKED_EMBEDDER")


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().port == 8000
    (home / "nobodyasked.toml").write_text(
        'port = 8001\nlog_format = "json"\nallowed_origins = ["https://a.example"]\n'
    )
    assert (load_settings().port, load_settings().log_format) == (8001, "json")
    assert load_settings().allowed_origins == ("https://a.example",)
    monkeypatch.setenv("NOBODYASKED_PORT", "8002")
    assert (load_settings().port, load_settings().log_format) == (8002, "json")
    assert load_settings(port=8003).port == 8003
    (home / "other.toml").write_text("page_limit = 7\n")
    monkeypatch.setenv("NOBODYASKED_CONFIG", "other.toml")
    assert (load_settings().page_limit, load_settings().log_format) == (7, "text")


def test_the_database_is_in_the_data_folder_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().database_url == "sqlite:///.data/nobodyasked.db"
    assert load_settings(data_dir=Path("/srv/x")).database_url == "sqlite:////srv/x/nobodyasked.db"
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", "postgresql://u:p@h/d")
    assert load_settings(data_dir=Path("/srv/x")).database_url == "postgresql://u:p@h/d"


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_ALLOWED_ORIGINS", " https://a.example, http://localhost:3000/ ,")
    assert load_settings().allowed_origins == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "eighty", "is wrong: it takes a whole number\\.$"),
        ("PORT", "70000", "is wrong: it should be .* 65535\\.$"),
        ("AUTO_MIGRATE", "maybe", "true or false"),
        ("EMBEDDER", "large", "minilm"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "postgresql://user:password@host"),
        ("DATABASE_URL", "sqlite:///", "sqlite:///relative/path.db"),
        ("ALLOWED_ORIGINS", "example.com", "https://host"),
        ("ALLOWED_ORIGINS", "https://example.com/path", "https://host"),
        ("ANONYMOUS_ROLE", "ADMIN", "READER"),
        ("PSEUDONYM_KEY", "short", "16"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_what_would_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert PREFIX + name in str(caught.value)
    assert re.search(told, str(caught.value))
    assert "hunter2" not in str(caught.value)
    assert "short" not in str(caught.value)


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_PORT", "x")
    monkeypatch.setenv("NOBODYASKED_PAGE_LIMIT", "0")
    with pytest.raises(SettingsError, match=r"(?s)PORT.*PAGE_LIMIT"):
        load_settings()


def test_a_slip_of_the_pen_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "nobodyasked.toml").write_text("prot = 1\n")
    with pytest.raises(SettingsError, match=r"'prot' in nobodyasked\.toml is not a setting.*port"):
        load_settings()
    monkeypatch.setenv("NOBODYASKED_PROT", "1")
    with pytest.raises(SettingsError, match=r"NOBODYASKED_PROT is not a setting .did you mean NOBODYASKED_PORT"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "told"), [("port = \n", "line 1"), ("\xff", "cannot be read"), (None, "not there")]
)
def test_a_file_that_cannot_be_read_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, told: str
) -> None:
    if content is not None:
        (home / "mine.toml").write_bytes(content.encode("latin-1"))
    monkeypatch.setenv("NOBODYASKED_CONFIG", "mine.toml")
    with pytest.raises(SettingsError, match=told):
        load_settings()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:hunter2@db.example:5432/x", "postgresql://ann:***@db.example:5432/x"),
        ("postgresql://ann:hun%40ter2@db/x?password=hunter2", "postgresql://ann:***@db/x?***"),
        ("postgresql:///x?host=/run&password=hunter2", "postgresql://***"),
        ("postgresql://ann:hunter2@[::1/x", "postgresql://***"),
        ("postgresql://db/x", "postgresql://db/x"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
    ],
)
def test_passwords_are_never_shown(url: str, shown: str) -> None:
    assert hide_password(url) == shown
    settings = Settings(database_url=url, pseudonym_key="a secret of some length")  # type: ignore[arg-type]
    assert settings.database_label == shown
    for text in (repr(settings), str(settings)):
        assert "hunter2" not in text
        assert "secret" not in text


def test_the_operations_page_holds_the_table_of_all_settings() -> None:
    table = settings_table()
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [PREFIX + name.upper() for name in Settings.model_fields]
    assert all(field.description and field.description[-1] in ".?" for field in Settings.model_fields.values())
    assert table in OPERATIONS.read_text()
