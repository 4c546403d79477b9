"""The language of a text, where it can be told."""

import importlib.util
import re
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
"""Undetermined (ISO 639-2): too short, of two languages, or of one that is not looked for."""

_LONGEST = 1_000  # characters that are looked at
_FEWEST_LETTERS = 4
_SURE = 0.6  # probability from which another language than English is believed
_SURE_ENGLISH = 0.4  # lower, since reading a text as English is what is done without an answer as well
# Those that many people write reviews and mails in. The model knows 139; the rest would mostly be mistaken for these.
_LOOKED_FOR = (
    "af ar az bg bn ca cs da de el en es et fa fi fr gu he hi hr hu hy id is it ja ka kk kn ko lt lv mk ml mn mr ms nl no pa"
    " pl pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
# Words of nearly every English text and of no other large language, so that most texts need no model.
_ENGLISH_TEXT = (
    "the and this that it you your my with not are have has but when they would could should there because please what"
    " which from just been were their don't can't i'm it's doesn't won't isn't i've"
    " how why where only than some about again after before cannot always never every very much many more too work works"
    " working need needs want wants wrong late slow broken days hours found find open opens keeps get gets got does did"
    " didn't use used using since until without i'd i'll you're our"
)
_ENGLISH = frozenset(_ENGLISH_TEXT.split())
_FEWEST_ENGLISH = 2
_ENGLISH_SHARE = 0.15
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LETTER = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(r"\S*(?:://|www\.|@)\S*")
_ENGLISH_NAMES = frozenset(["en", "eng", "english", UNKNOWN, ""])
_loading = threading.Lock()


def language(text: str) -> str:
    """The ISO 639-1 code of the text's language, or UNKNOWN where that is unsure. About 0.02 ms for plain English.

    Without the package py3langid, whatever is not plainly English is UNKNOWN.
    """
    start = _ADDRESS.sub(" ", text[:_LONGEST])
    words = [word.replace("’", "'") for word in _WORD.findall(start.lower())]
    found = [word for word in words if word in _ENGLISH]
    if len(set(found)) >= _FEWEST_ENGLISH and len(found) >= _ENGLISH_SHARE * len(words) and _plain(start):
        return "en"
    if len(_LETTER.findall(start[:200])) < _FEWEST_LETTERS:
        return UNKNOWN
    identifier = _identifier()
    if identifier is None:
        return UNKNOWN
    code, probability = identifier.classify(start)
    return code if probability >= (_SURE_ENGLISH if code == "en" else _SURE) else UNKNOWN


def is_english(code: str | None) -> bool:
    """Whether a text of that language is read by English rules: English (`en`, `en-GB`, `English`) or undetermined."""
    return code is None or re.split(r"[-_ ]", code.strip().lower(), maxsplit=1)[0] in _ENGLISH_NAMES


def _plain(text: str) -> bool:
    """Whether nearly all letters are those of English."""
    odd = sum(not letter.isascii() and letter.isalpha() for letter in text) if not text.isascii() else 0
    return odd * 50 <= len(text)


_loaded: list[Any] = []


def _identifier() -> "LanguageIdentifier | None":
    with _loading:
        if not _loaded:
            _loaded.append(None)
            if importlib.util.find_spec("py3langid") is not None:
                from py3langid.langid import MODEL_FILE, LanguageIdentifier

                identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
                identifier.set_languages(_LOOKED_FOR.split())
                _loaded[0] = identifier
        return _loaded[0]
