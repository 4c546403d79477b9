"""Phone numbers, payment cards, IBANs and national ids in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from functools import lru_cache
from importlib import import_module

from .finding import Find, Kind, words_of

__all__ = ["numbers"]

BEFORE = 48
"""Characters before a number in which words may say what it is."""

BARE = re.compile(r"[\d\s.,;:()+/-]*\Z")
"""Where nothing but numbers stands before one, no word does: lists are gone through in a fifth of the time."""

LONG = re.compile(r"\d(?:[ ().\-/\u2010-\u2013\xa0]{0,3}\d){5}")
"""The sign of a number that may be any of these: six digits close together."""

GAP = r"[ \xa0\-\u2010\u2011.]?"
CARD = re.compile(
    r"(?<![\w.,+/=-])(?:"
    r"\d{4}([ \xa0.\-\u2010\u2011])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?"
    r"|3[47]\d{2}[ \xa0-]\d{6}[ \xa0-]\d{5}|3[0689]\d{2}[ \xa0-]\d{6}[ \xa0-]\d{4}"
    r"|\d{12,19})(?![\w-]|[.,]\d)"
)
# Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay, Maestro
ISSUER = re.compile(
    r"(?:4\d{12}(?:\d{3}(?:\d{3})?)?|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[689]\d)\d{11}|62\d{14,17}"
    r"|(?:50|5[6-9]|6\d)\d{11,17})\Z"
)
CARD_WORD = re.compile(
    r"(?i)\b(?:card|visa|master ?card|amex|american express|maestro|debit|credit|karte|carte|tarjeta|carta)\b"
)

IBAN = re.compile(r"(?i)(?<![\w-])[a-z]{2}\d{2}(?:[ \xa0-]?[a-z0-9]{4}){2,7}(?:[ \xa0-]?[a-z0-9]{1,3})?(?![\w])")

OTHER_NUMBER = re.compile(
    r"(?i)\b(?:orders?|ord|invoice|inv|track(?:ing)?|parcel|package|shipment|consignment|awb|ticket|case|ref(?:erence)?|booking|"
    r"reservation|confirmation|transaction|txn|serial|s/n|sn|imei|model|sku|item|article|part|product|version|build|ver|"
    r"batch|lot|isbn|ean|upc|asin|barcode|error|code|policy|claim|receipt|rma|po|coupon|voucher|bestellung|bestellnummer|"
    r"commande|pedido|ordine|rechnung|sendungsnummer|firmware|revision|flight|train|upgrade|kb)\b"
    r"(?:[ ]?(?:number|numbers|numero|nummer|num|no|nr|code|id|was|is|of|for|my))*[ .:#=\-\u2013'\"(]*\Z"
)
HASH = re.compile(r"#\s?\Z")

PHONE_WORD = re.compile(
    r"(?i)(?:\b(?:phone|telephone|tel|telefon|t\u00e9l\u00e9phone|t\u00e9l|tel\u00e9fono|telefono|telefone|mobile|mob|cell|cellphone|handy|landline|fax|"
    r"whats ?app|call|calls|called|calling|ring|rang|text|texted|sms|reach|dial|dialled|dialed|contact|callback|anrufen|rufen|appel\w*|chiam\w*|ligue|bel|bellen|zadzwo\w*|dzwo\w*|ring\w*|"
    r"ll\u00e1m\w*|number(?: is|'s|:)?)\b|\u260e|\U0001f4de)[^\n]{0,36}\Z"
)
PHONE = re.compile(
    r"(?<![\w.,#/$\u20ac\u00a3@=+-])(?<!\d:)(?:\+|\(\+|\()?\d(?:[ \xa0.\-/()\u2010\u2011]{0,2}\d){6,14}(?:(?=x\d{1,6}\b)|(?![\w%@]|[.,:/-]\d))"
)
EXTENSION = re.compile(r" ?(?:x|ext\.? ?)\d{1,6}\b", re.I)
# a shape that is hardly ever anything but a phone number, valid or not
AMERICAN = re.compile(r"(?:\+?1[ .-])?(?:\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}([-.])\d{3}\1\d{4})\Z")
GROUPED = re.compile(r"\(?\d{2,5}\)?(?:[ \xa0.\-/]\(?\d{2,8}\)?)+\Z")
DATE = re.compile(
    r"(?:(?:19|20)\d{2}[ .\-/](?:0?[1-9]|1[0-2])[ .\-/](?:0?[1-9]|[12]\d|3[01])(?:[ ]\d{1,2})?"
    r"|(?:0?[1-9]|[12]\d|3[01])[ .\-/](?:0?[1-9]|[12]\d|3[01])[ .\-/](?:(?:19|20)\d{2}(?:[ ]\d{1,2})?|\d{2}))\Z"
)
DAY = re.compile(r"(?<!\d)(?:19|20)\d{2}[.\-/]?(?:0[1-9]|1[0-2])[.\-/]?(?:0[1-9]|[12]\d|3[01])(?!\d)")
YEARS = re.compile(r"(?:19|20)\d{2}\s?[-/\u2013]\s?(?:19|20)\d{2}\Z")
STAMP = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
LOOKS_MOST = 2_000
"""How often the libraries are asked about one text, some 40 microseconds each: one that makes more of it is a list of numbers."""
REGIONS_WITH_ZERO = (
    "GB",
    "DE",
    "FR",
    "IT",
    "NL",
    "AU",
    "ES",
    "SE",
    "BE",
    "AT",
    "CH",
    "IE",
    "ZA",
    "NZ",
    "IN",
    "JP",
    "BR",
)
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "AU", "BR", "PL", "PT", "SE", "NO", "DK", "MX")

ID_WORD = re.compile(
    r"(?i)\b(?:ssn|social security|social insurance|s\.?i\.?n|national insurance|nino?|ni number|nhs|national id|identity|"
    r"id[ -]?card|personal id|passport|passeport|pasaporte|reisepass|driv(?:er'?s?|ing) licen[cs]e|licen[cs]e number|tax(?:payer)? id|"
    r"tin|steuer-?id\w*|steueridentifikations\w*|steuernummer|personalausweis\w*|ausweis\w*|dni|nie|nif|cpf|rut|curp|aadhaa?r|pan card|pan number|pan|pesel|bsn|"
    r"burgerservicenummer|sofinummer|codice fiscale|cpr|personnummer|fnr|f\u00f8dselsnummer|hetu|henkil\u00f6tunnus|"
    r"num\u00e9ro de s\u00e9curit\u00e9 sociale|s\u00e9curit\u00e9 sociale|rijksregister\w*|medicare|id number|nir)\b[^\n]{0,24}\Z"
)
ID_VALUE = re.compile(
    r"(?<![\w])(?=(?:[ .\-/]?[A-Za-z0-9]){6,20}(?![A-Za-z0-9]))(?:[A-Z]{1,5}[ .\-/]?|[a-z]{1,3})?\d(?:[ .\-/]?[A-Za-z]?\d){3,15}(?:[ .\-/]?[A-Za-z]\d{0,3}[A-Za-z]?)?(?![\w])"
)

ID_WORD_SIGN = re.compile(ID_WORD.pattern.removesuffix(r"[^\n]{0,24}\Z"))
ID_WORDS = words_of(
    """
    ssn social sin insurance nin nino ni nhs national identity id personal passport passeport pasaporte reisepass driver drivers driving license
    licence tax taxpayer tin steuer steuerid steueridentifikationsnummer steuernummer personalausweis personalausweisnummer ausweis ausweisnummer
    dni nie nif cpf rut curp aadhaar aadhar pan pesel bsn burgerservicenummer sofinummer codice cpr personnummer fnr fødselsnummer hetu
    henkilötunnus sécurité rijksregister rijksregisternummer medicare nir
    """
)
LETTERS = re.compile(r"[A-Z]{5}\d{2}")
"""The sign of an id of more letters than digits."""

Check = Callable[[str], bool]


class Looks:
    """The answers of the libraries about the numbers of one text, as long as they may be asked.

    After that, and where one breaks at what it is asked, a number is what it looks like: it goes, unlooked at.
    """

    def __init__(self, most: int = LOOKS_MOST) -> None:
        self.left = most

    def good(self, module: str, number: str) -> bool:
        """Whether `stdnum` finds a number of this kind valid."""
        return self._ask(check(module), number)

    def dialled(self, number: str, region: str = "") -> bool:
        """Whether it is a phone number, of a region unless it says which."""
        return self._ask(dialled, number, region)

    def _ask(self, question: Callable[..., bool], *about: str) -> bool:
        if self.left <= 0:
            return True
        self.left -= 1
        try:
            return question(*about)
        except Exception:  # of what is valid in one country, a library may make anything
            return True


@lru_cache(maxsize=64)
def check(module: str) -> Check:
    """Whether `stdnum` finds a number of this kind valid; loaded where first asked for."""
    return import_module(f"stdnum.{module}").is_valid


IDS: tuple[tuple[re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(rf"(?<![\w.,#-])(?:{pattern})(?![\w-]|[.,]\d)", re.I), module, strong)
    for pattern, module, strong in (
        (r"\d{3}-\d{2}-\d{4}", "us.ssn", True),
        (r"[a-z]{6}\d{2}[a-ehlmprst]\d{2}[a-z]\d{3}[a-z]", "it.codicefiscale", True),
        (r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3} ?\d{2}", "fr.nir", True),
        (r"\d{8}[ -]?[a-hj-np-tv-z]", "es.dni", True),
        (r"[xyz][ -]?\d{7}[ -]?[a-hj-np-tv-z]", "es.nie", True),
        (r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf", True),
        (r"(?:19\d{6}|20[01]\d{5}|\d{6})[-+]\d{4}", "se.personnummer", True),
        (r"\d{6}[-+a-fu-y]\d{3}[0-9a-y]", "fi.hetu", True),
        (r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[ -]?\d{5}", "no.fodselsnummer", True),
        (r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "be.nn", True),
        (r"[a-z]{4}\d{6}[hm][a-z]{5}[a-z0-9]\d", "mx.curp", True),
        (r"[2-9]\d{3} \d{4} \d{4}", "in_.aadhaar", True),
        (r"[a-z]{3}[pchfatbljg][a-z]\d{4}[a-z]", "in_.pan", True),
        (r"\d{6}(?:19|20)\d{9}[\dx]", "cn.ric", True),
        (r"\d{1,2}\.\d{3}\.\d{3}-[\dk]", "cl.rut", True),
        (r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}-\d{4}", "dk.cpr", True),
        (r"\d{3}[ -]\d{3}[ -]\d{3}", "ca.sin", False),
        (r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", False),
        (r"\d{11}", "pl.pesel", False),
        (r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "de.idnr", False),
        (r"\d{9}", "nl.bsn", False),
    )
)
# no check digit, but no other number looks like it
INSURANCE = re.compile(
    r"(?i)(?<![\w-])(?!bg|gb|nk|kn|tn|nt|zz)[a-ceghj-prstw-z][a-ceghj-nprstw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d](?![\w-])"
)
PLACEHOLDER_SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\Z")


def numbers(text: str, words: Set[str]) -> Iterator[Find]:
    """Every number in a text that belongs to a person; `words` are those of the text, in small letters."""
    long = LONG.search(text) is not None
    looks = Looks()
    if long:
        for match in CARD.finditer(text):
            if is_card(text, match, looks):
                yield Find(match.start(), match.end(), Kind.CARD)
        for match in IBAN.finditer(text):
            end = iban_end(match[0], looks)
            if end:
                yield Find(match.start(), match.start() + end, Kind.IBAN)
    # of two that find the same, the first is right
    spoken = not ID_WORDS.isdisjoint(words) and ID_WORD_SIGN.search(text) is not None
    if long or spoken or LETTERS.search(text):
        yield from ids(text, spoken, looks)
    if long:
        yield from phones(text, looks)


def led(text: str, start: int, *signs: re.Pattern[str], within: int = BEFORE) -> bool:
    """Whether one of the signs stands before a number."""
    words = text[max(0, start - within) : start]
    return not BARE.match(words) and any(sign.search(words) for sign in signs)


def is_other(text: str, start: int) -> bool:
    """Whether the words before say that it is the number of a thing."""
    return led(text, start, OTHER_NUMBER, HASH)


def is_card(text: str, match: re.Match[str], looks: Looks) -> bool:
    digits = re.sub(r"\D", "", match[0])
    if not ISSUER.match(digits) or len(digits) < 13:
        # of an issuer that is not known here
        return led(text, match.start(), CARD_WORD) and looks.good("luhn", digits)
    if not looks.good("luhn", digits):
        # a slip of the finger where the card is named
        return len(digits) in (15, 16) and led(text, match.start(), CARD_WORD)
    return len(digits) != len(match[0]) or not is_other(text, match.start())


def iban_end(found: str, looks: Looks) -> int:
    """Where the IBAN ends that `found` begins with; 0 where it begins with none. Words may follow that look like more of it."""
    if not looks.good("iban", found[:4] + re.sub(r"[^A-Za-z0-9]", "", found[4:])):
        for end in range(len(found) - 1, 14, -1):
            if found[end] in " \xa0-" and looks.good("iban", re.sub(r"[^A-Za-z0-9]", "", found[:end])):
                return end
        return 0
    return len(found)


def phones(text: str, looks: Looks) -> Iterator[Find]:
    for match in PHONE.finditer(text):
        found = match[0]
        digits = re.sub(r"\D", "", found)
        if not 7 <= len(digits) <= 15 or (found.count("(") != found.count(")") and not found.endswith(")")):
            continue
        start, end = match.start(), match.end()
        if is_phone(text, start, found, digits, looks):
            more = EXTENSION.match(text, end)
            yield Find(start, more.end() if more else end, Kind.PHONE)


def is_phone(text: str, start: int, found: str, digits: str, looks: Looks) -> bool:
    abroad = found.lstrip("(").startswith("+") or (digits.startswith("00") and len(digits) > 9)
    if abroad:
        return looks.dialled("+" + digits.removeprefix("00").removeprefix("0")) or (
            len(digits) >= 8 and led(text, start, PHONE_WORD)
        )
    if DATE.match(found) or DAY.search(found) or YEARS.match(found) or is_other(text, start):
        return False
    if found.count("/") > 1 or (found.count(".") == 3 and not found.startswith("0")):
        return False
    if AMERICAN.match(found):
        return True
    words = led(text, start, PHONE_WORD)
    bare = found.isdigit()
    if words and bare and len(digits) < 9:
        # so short, it may be anything: the word must stand right before it
        words = led(text, start, PHONE_WORD, within=18)
    if words and 7 <= len(digits) <= 12 and not (bare and STAMP.match(digits)):
        return True
    if digits.startswith("0") and 9 <= len(digits) <= 12:
        # the 0 of a call within the country: hardly any other number begins with one
        return (not bare or len(digits) in (10, 11)) and any(
            looks.dialled(digits, region) for region in REGIONS_WITH_ZERO
        )
    if bare or not GROUPED.match(found) or ("." in found and not AMERICAN.match(found) and found.count(".") < 4):
        return False
    if len(digits) not in (9, 10, 11, 12) or len(re.split(r"\D+", found)) < 3:
        return False
    if len(set(re.sub(r"[\d()]", "", found))) > 1:
        return False
    return any(looks.dialled(digits, region) for region in REGIONS)


def dialled(number: str, region: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region or None))
    except phonenumbers.NumberParseException:
        return False


def ids(text: str, spoken: bool, looks: Looks) -> Iterator[Find]:
    """National ids: those that only they can be, and others where words say so, of which there are some if `spoken`."""
    for pattern, module, strong in IDS:
        if not strong and not spoken:
            continue
        for match in pattern.finditer(text):
            start = match.start()
            if strong:
                good = looks.good(module, match[0]) or (module == "us.ssn" and PLACEHOLDER_SSN.match(match[0]))
                if good and not is_other(text, start):
                    yield Find(start, match.end(), Kind.ID)
            elif led(text, start, ID_WORD):
                yield Find(start, match.end(), Kind.ID)
    for match in INSURANCE.finditer(text):
        if " " in match[0] or match[0].isupper():
            yield Find(match.start(), match.end(), Kind.ID)
    if spoken:
        for match in ID_VALUE.finditer(text):
            if led(text, match.start(), ID_WORD) and not DATE.match(match[0]):
                yield Find(match.start(), match.end(), Kind.ID)
