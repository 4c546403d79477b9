"""Postal addresses in a text: a street with its number, a post box, a place with its code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from .finding import Find, Kind, words_of

__all__ = ["addresses"]

BEFORE = 48
UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĨĪİĹĻĽŁŃŅŇŌŎŐŔŖŘŚŜŞŠŢŤŨŪŬŮŰŲŴŶŹŻŽ"
WORD = rf"[{UPPER}][\w'’.-]{{0,24}}"
LINK = r"(?:de la|de los|de las|de l['’]|d['’]|l['’]|de|du|des|del|della|delle|dei|degli|dello|da|do|dos|das|of|the|la|le|les|van|von|den|der|am|an der|im)"
NUMBER = r"\d{1,5}(?:[ ]?[a-zA-Z](?![\w]))?(?:[-/]\d{1,4})?"
STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|"
    "SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
UK_CODE = r"(?:[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]? \d[ABD-HJLNP-UW-Z]{2})"
PROVINCE = r"(?:AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|NSW|VIC|QLD|TAS|ACT)"
PLACE = rf"(?:St\. )?[{UPPER}][\w'’]{{0,24}}(?:[ -][{UPPER}][\w'’]{{0,24}}){{0,3}}"
UNIT = r"(?:,?[ \n](?:apt|apartment|unit|suite|ste|flat|floor|room|#)\.?[ ]?#?[\w-]{1,6})?"
TAIL = (
    rf"(?:,?[ \n]{{1,2}}{PLACE}(?:,[ \n]{PLACE})?)?(?:,?[ \n]{{1,2}}(?:(?:{STATES})[ ]\d{{5}}(?:-\d{{4}})?|{UK_CODE}"
    rf"|{PROVINCE}[ ](?:[A-Z]\d[A-Z][ ]?\d[A-Z]\d|\d{{4}})|\d{{5}}(?:-\d{{4}})?))"
)
SURE = r"(?:street|avenue|road|lane|boulevard|crescent|parkway|terrace|highway|rd|ave|blvd|pkwy|hwy|st|ln|cres|mews)"
UNSURE = r"(?:drive|dr|court|ct|place|pl|square|sq|way|close|circle|cir|gardens|grove|hill|row|walk|trail|loop|rise|view|park)"
THINGS = re.compile(
    r"(?i)\b(?:hard|flash|thumb|usb|ssd|gb|tb|google|one|pen|disk|external|test|four|wheel|solid|state|wall|sesame|easy|star|stars|"
    r"minute|minutes|day|days|hour|hours|year|years|month|months|week|weeks|times?|percent|inch|high|main menu|no|the|my|your)\b"
)
MEASURES = re.compile(
    r"(?i)\b(?:hard|flash|thumb|usb|ssd|gb|tb|sesame|minutes?|days?|hours?|years?|months?|weeks?|times?|percent|inch|main menu|no|the|my|your)\b"
)
"""What is no street's name even where a sure word ends it: there are State Streets, Star Lanes and Four Mile Roads, and a High Street everywhere."""

ENGLISH = re.compile(
    rf"(?<![\w.,$€£#-])(?:(?i:flat|unit|apt|suite) \w{{1,4}},? )?{NUMBER},?[ ](?:[NSEW]{{1,2}}\.?[ ])?"
    rf"(?P<street>(?:(?:{WORD}|\d{{1,3}}(?:st|nd|rd|th))[ ]){{1,4}})(?:(?P<sure>(?i:{SURE}))|(?P<unsure>(?i:{UNSURE})))\b\.?"
    rf"(?:[ ][NSEW]{{1,2}}\b)?(?i:{UNIT})(?P<tail>{TAIL})?"
)
SMALL = re.compile(
    r"(?<![\w.,$€£#-])\d{1,5}[a-z]?,?[ ](?:[a-z][a-z'.-]{1,20}[ ]){1,3}(?:street|avenue|road|lane|drive|boulevard|court|crescent|close|st|ave|rd)\b\.?"
    rf"(?i:{UNIT})(?:,?[ ][a-z]{{3,20}}(?:,?[ ][a-z]{{2}})?[ ]\d{{5}})?"
)
# streets whose name has no kind, or is nothing but a kind: told by what stands before or behind
NAMED = re.compile(
    rf"(?<![\w.,$€£#-]){NUMBER},?[ ](?:(?:The|West|East|North|South|[NSEW]\.?)[ ])?"
    rf"(?:Broadway|Kingsway|Queensway|Strand|Mall|Green|Parade)\b(?![ ](?i:shows?|plays?|musicals?|tickets?|{SURE}|{UNSURE})\b)(?i:{UNIT})(?P<tail>{TAIL})?"
)
ADDRESS_WORD = re.compile(
    r"(?i)\b(?:address(?:es)?|live|lives|living|deliver(?:ed|y|ies)?|ship(?:ped|ping)?|sent|send|reside|resident|home|house|located|moved|at|to|"
    r"from|is|wohne|adresse|adresse|direcci[oó]n|indirizzo|adres)\b[^\n]{0,16}\Z"
)
HOME_WORD = re.compile(
    r"(?i)\b(?:address|live|lives|living|deliver\w*|ship(?:ped|ping)?|reside|home|house|moved|sent)\b[^\n]{0,24}\Z"
)
GERMAN_HOME = re.compile(
    r"(?i)\b(?:live|lives|living|address|adresse|anschrift|wohn\w*|deliver\w*|sent|geliefert|liefern|geschickt|adres|woon|bezorg\w*)\b[^\n]{0,16}\Z"
)
TOWN = rf"(?:,?[ \n]{{1,2}}(?:\d{{4}}[ ]?[A-Z]{{2}}|(?:[A-Z]{{1,2}}-)?\d{{4,5}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{5}}-\d{{3}})[ ]{PLACE})?"
# German, Dutch and Scandinavian: the kind of street is part of its name
JOINED = re.compile(
    r"\b(?:(?:Am|De|Oude|Nieuwe|Prins|Prinses|Koning|Koningin|Burgemeester|Sint|St\.|Dr\.)[ ])?"
    rf"[{UPPER}][\w'.-]{{1,30}}?(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|chaussee|straat|laan|plein|gracht|kade|"
    rf"dreef|singel|gatan|vägen|veien|gata|gade|vej)[ ]\d{{1,4}}(?:[ ]?[a-z])?(?![\w%€$])(?:-\d{{1,3}}|/\d{{1,3}})?{TOWN}"
)
# German and Dutch streets whose name has no kind: where somebody says that a street follows, or a town does
KINDLESS = re.compile(
    rf"\b(?:(?:Am|Im|Zum|Zur|An der|In der|In den|Auf der|Auf dem|Unter den|Hinter der|Vor dem)[ ](?!(?:\w+tag|Januar|Februar|März|April|Mai|Juni|Juli"
    rf"|August|\w+ber)\b)[{UPPER}][\w'-]{{2,30}}|Markt)[ ]\d{{1,4}}(?:[ ]?[a-z])?(?![\w%€$:.-]*\d|[\w%€$:])(?![ ]Uhr)(?P<town>{TOWN})"
)
APART = (
    (
        words_of("straße strasse str weg platz allee gasse ring damm chaussee ufer"),
        re.compile(
            rf"\b[{UPPER}][\w'.-]{{1,30}}(?:er|e)[ ](?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Chaussee|Ufer)[ ]"
            rf"\d{{1,4}}(?:[ ]?[a-z])?(?![\w]){TOWN}"
        ),
    ),
    (
        words_of("rue avenue boulevard bd chemin impasse allée quai cours route place"),
        re.compile(
            rf"(?<![\w,.])\d{{1,4}}(?:[ ]?(?:bis|ter))?,?[ ](?:(?:Grande|Petite|grande|petite)[ ]Rue\b{TOWN}|"
            rf"(?i:rue|avenue|boulevard|bd|chemin|impasse|allée|quai|cours|route|place)[ ](?:du[ ]\d{{1,2}}[ ][{UPPER}a-z]\w{{2,9}}(?:[ ](?:19|20)\d\d)?{TOWN}|"
            rf"(?:{LINK}[ ]?){{0,2}}{WORD}(?:[ -](?:{LINK}[ ]?)?{WORD}){{0,3}}{TOWN}))"
        ),
    ),
    (
        words_of(
            "calle c avenida avda av plaza paseo carrera rua travessa praça via viale piazza corso largo ul ulica al"
        ),
        re.compile(
            rf"\b(?:Calle|C/|Avenida|Avda\.?|Av\.|Plaza|Paseo|Carrera|Rua|Travessa|Praça|Via|Viale|Piazza|Corso|Largo|ul\.|Ulica|al\.)[ ]?"
            rf"(?:{LINK}[ ]){{0,2}}{WORD}(?:[ ](?:{LINK}[ ])?{WORD}){{0,3}},?[ ](?:n[.º°][ ]?)?\d{{1,4}}(?:[ ]?[a-zA-Z](?![\w]))?"
            rf"(?:/\d{{1,3}})?(?![\w%€$]|[.,]\d)(?:,[ ]\d{{1,2}}[º°ª][ ]?\w?)?{TOWN}"
        ),
    ),
    (
        words_of("box postfach"),
        re.compile(rf"(?i:\bP\.?[ ]?O\.?[ ]?Box[ ]\d{{1,6}}|\bPostfach[ ]\d{{2,6}})(?:{TAIL})?"),
    ),
)
"""Patterns, each with words of which a text must hold one."""
CODES = (
    re.compile(rf"\b{WORD}(?:[ ]{WORD})?,?[ ](?:{STATES})[ ]\d{{5}}(?:-\d{{4}})?\b"),
    re.compile(rf"(?<![\w-]){UK_CODE}(?![\w-])"),
    re.compile(r"(?<![\w-])[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d(?![\w-])"),
)
# what an address is made of, where somebody says that it is one: names, numbers and codes, and what stands between
STEP = (
    rf"(?:[{UPPER}][\w'’]{{0,3}}\.(?=,?[ ]\w)|[{UPPER}][\w'’-]{{0,24}}|\d{{1,8}}[A-Za-z]{{0,2}}(?:[-/]\d{{1,6}})?|{LINK}|[/-]"
    r"|ulica|plac|aleja|ul\.|pl\.|al\.|os\.|avenue|boulevard|rue|chemin|place|impasse|allée|quai)"
)
STEPS = rf"(?P<place>{STEP}(?:(?:[ ]?,[ ]?\n?|[ ]|[ ]?\n){STEP}){{1,16}}(?:[ ]\([A-Z]{{2}}\))?)"
ANNOUNCED = re.compile(
    r"\b(?:(?i:i(?:['’]m| am)? liv(?:e|ing) at|we live at|(?:my|our|home|delivery|shipping|postal|billing) address(?: is)?|wohne (?:in der|im|am|an der)|"
    r"adresse(?: ist| est)?|habite(?: au| à)?|vivo en|direcci[oó]n(?: es)?|abito in|indirizzo(?: è)?|woon (?:aan de|aan het|op de|aan|op)|bor på|moro na|moro no|"
    r"mieszkam (?:przy|na))(?P<sure>)|(?i:(?:send|deliver|ship)(?: (?:it|them|this|that))? to|live in|sent to))[ ]?:?[ \n]{1,2}"
    + STEPS
)
ANNOUNCERS = words_of(
    "live living address wohne adresse habite vivo dirección direccion abito indirizzo woon bor moro mieszkam send deliver ship sent"
)
CODE = re.compile(rf"\d{{4,}}|\d\d-\d{{3}}|{UK_CODE}")
NUMBER_FIRST = re.compile(r"\d[A-Za-z]?,? [A-Z0-9]")
"""The sign of an English address."""
STREETS = words_of(
    """
    street avenue road lane boulevard crescent parkway terrace highway rd ave blvd pkwy hwy st ln cres mews drive dr court ct place pl square sq way close
    circle cir gardens grove hill row walk trail loop rise view park broadway kingsway queensway strand mall green parade
    """
)
KINDS = (
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "damm", "chaussee", "straat", "laan", "plein", "gracht", "kade", "dreef", "singel",
    "gatan", "vägen", "veien", "gata", "gade", "vej",
)  # fmt: skip
"""What the name of a street ends in, where the kind is part of it."""
NUMBERED = re.compile(r"(?<=[A-Za-z.]) \d")
"""Where a number follows what a kind may end in: texts that are all numbers have no such place."""
KINDLESS_WORDS = words_of("am im zum zur der den dem markt")
HOMES = words_of(
    "address live lives living deliver delivered delivery delivers ship shipped shipping reside home house moved sent"
)
CODE_SIGN = re.compile(r"[A-Z]\d[\dA-Z]? \d[A-Z]|[A-Z]\d[A-Z] \d|[A-Z]{2} \d{5}")


def addresses(text: str, words: Set[str]) -> Iterator[Find]:
    """Every postal address in a text that holds a digit; `words` are those of the text, in small letters."""
    if not STREETS.isdisjoint(words):
        if NUMBER_FIRST.search(text):
            yield from english(text)
        if not HOMES.isdisjoint(words):
            for match in SMALL.finditer(text):
                if HOME_WORD.search(before(text, match)) and not THINGS.search(match[0]):
                    yield found(match)
    if any(text[max(0, at - 10) : at].lower().endswith(KINDS) for at in map(re.Match.start, NUMBERED.finditer(text))):
        yield from map(found, JOINED.finditer(text))
    if not KINDLESS_WORDS.isdisjoint(words):
        for match in KINDLESS.finditer(text):
            if match["town"] or GERMAN_HOME.search(before(text, match)):
                yield found(match)
    for needed, pattern in APART:
        if not needed.isdisjoint(words):
            yield from map(found, pattern.finditer(text))
    if not ANNOUNCERS.isdisjoint(words):
        for match in ANNOUNCED.finditer(text):
            place = match["place"]
            told = any(map(str.isdigit, place)) if match["sure"] is not None else CODE.search(place) and "," in place
            if told and not THINGS.search(place):
                yield Find(match.start("place"), match.end("place"), Kind.ADDRESS)
    if CODE_SIGN.search(text):
        for pattern in CODES:
            yield from map(found, pattern.finditer(text))


def english(text: str) -> Iterator[Find]:
    for match in ENGLISH.finditer(text):
        sure, street = match["sure"], match["street"]
        if street.rstrip() == "The":
            # The Avenue, The Close
            if match["tail"] or (ADDRESS_WORD if sure else HOME_WORD).search(before(text, match)):
                yield found(match)
            continue
        told = sure or match["tail"] or ADDRESS_WORD.search(before(text, match))
        if told and not (MEASURES if sure else THINGS).search(street):
            yield found(match)
    for match in NAMED.finditer(text):
        if match["tail"] or HOME_WORD.search(before(text, match)):
            yield found(match)


def before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - BEFORE) : match.start()]


def found(match: re.Match[str]) -> Find:
    return Find(match.start(), match.end(), Kind.ADDRESS)
