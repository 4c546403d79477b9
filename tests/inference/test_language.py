import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.inference import language as module
from nobodyasked.inference.language import UNKNOWN, is_english, language


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "I can't find the invoice of my last order anywhere."),
        ("en", "crashes on launch"),
        ("en", "THE PARCEL CAME BROKEN AND NOBODY ANSWERS"),
        ("de", "Die App stürzt ständig ab, bitte beheben"),
        ("de", "Wo finde ich meine Rechnung?"),
        ("es", "No puedo iniciar sesión desde ayer"),
        ("fr", "Impossible de me connecter depuis la mise à jour"),
        ("pt", "Não consigo entrar na minha conta"),
        ("it", "Non riesco ad accedere al mio account"),
        ("nl", "De app crasht steeds als ik hem open"),
        ("pl", "Aplikacja ciągle się zawiesza"),
        ("tr", "Uygulama sürekli çöküyor"),
        ("ru", "Приложение не работает"),
        ("zh", "应用总是崩溃,请修复"),
        ("ja", "アプリが落ちる"),
        ("ko", "앱이 계속 꺼져요"),
        ("ar", "التطبيق لا يعمل"),
    ],
)
def test_a_language_is_told_from_a_short_sentence(code: str, text: str) -> None:
    assert language(text) == code
    assert language(f"  {text} 😭 https://shop.example/the/and/that/you") == code


@pytest.mark.parametrize("text", ["", "ok", "no", "👍👍", "12345", "https://shop.example/the/and/this/you", "Super"])
def test_what_is_too_short_to_tell_is_undetermined(text: str) -> None:
    assert language(text) == UNKNOWN


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    code = language(text)
    assert code == UNKNOWN or (len(code) == 2 and code.islower())


def test_without_the_model_only_plain_english_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_loaded", [None])
    assert language("The zip broke and they would not take it back") == "en"
    assert language("Die App stürzt ständig ab, bitte beheben") == UNKNOWN


def test_english_goes_by_many_names() -> None:
    assert all(map(is_english, ["en", "EN", "en-GB", "en_US", "English", UNKNOWN, "", None]))
    assert not any(map(is_english, ["de", "enm", "es-MX", "deutsch"]))
