"""Names of people in a text, where the words around them say that they are names.

A name in the middle of a sentence is not looked for: brands and products are called like people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from .finding import Find, Kind, words_of
from .forenames import FORENAMES

__all__ = ["names", "names_beside"]

UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĨĪİĹĻĽŁŃŅŇŌŎŐŔŖŘŚŜŞŠŢŤŨŪŬŮŰŲŴŶŹŻŽΑ-ΩА-Я"
CAPITAL = rf"(?:(?:O|D|L)['’])?[{UPPER}][^\W\d_]{{1,20}}(?:['’-][{UPPER}]?[^\W\d_]{{2,20}})?"
INITIAL = rf"[{UPPER}]\.?"
LINK = r"(?:van der|van den|van de|von der|de la|de los|dos|das|van|von|der|den|de|da|do|di|del|du|le|la|ter|ten|bin|al|el|y)"
FULL = rf"(?:(?:{INITIAL}[ ]){{1,2}}(?:{LINK}[ ])?{CAPITAL}|{CAPITAL}(?:[ ](?:{INITIAL}[ ])?(?:{LINK}[ ])?{CAPITAL}){{0,3}}(?:[ ][{UPPER}]\.?(?!\w))?)"
SMALL = r"[^\W\d_]{2,20}(?:[ -][^\W\d_]{2,20}){0,2}"
TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Mister|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Sra?|Signora?|Sig\.ra|Sig|Senhora?)\.?"
DOCTOR = r"(?:Dr|Prof|Professor|Doctor)\.?"

INTRODUCED = re.compile(
    r"(?i:\bmy (?:full |first |last |sur|maiden |legal |real )?name(?: is|'s|’s| was|:)|\bname(?: is| on (?:the )?(?:account|order|card|booking)(?: is|:)?)"
    r"|\bmi nombre es|\bme llamo|\bje m['’]appelle|\bmon nom est|\bich hei(?:ß|ss)e|\bmein name ist|\bmi chiamo|\bil mio nome è|\bmijn naam is"
    r"|\bik heet|\bmeu nome é|\bme chamo|\bnazywam się|\bmam na imię|\bjag heter|\bjeg hedder|\bjeg heter|\bon behalf of|\bsigned(?:,|:| by))"
    rf"[ ]+(?:(?:{TITLE}|{DOCTOR})[ ])?(?P<name>{FULL}|{SMALL})"
)
LABELLED = re.compile(
    r"(?im:(?:^[ \t>*-]*(?:full |first |last |customer |contact |account |cardholder |billing |recipient |guest |passenger )?"
    r"|(?<=[.!?;,] )(?:full|first|last|customer|contact|account|cardholder|billing|recipient|guest|passenger)[ ])"
    rf"(?:name|nombre|nom|nome|naam|recipient|passenger|cardholder|attn|attention)[ ]?:[ \t]*)(?:{TITLE}[ ])?(?P<name>{FULL})"
    r"(?=[ \t]*(?:\n|$|,|;|[.!?](?:\s|$)))"
)
FAREWELL = (
    r"(?:(?:kind|kindest|best|warm|warmest|with best|with kind|with warm)?[ ]?regards|(?:yours )?sincerely(?: yours)?|yours truly|yours faithfully|"
    r"faithfully|respectfully|(?:kind |all the )?best(?: wishes)?|cheers|many thanks|thanks(?: (?:again|so much|in advance|a lot|and regards))?|"
    r"thank you(?: (?:again|so much|very much|in advance))?|thx|rgds|take care|love|greetings|mit freundlichen gr(?:ü|ue)(?:ß|ss)en|"
    r"(?:viele|liebe|beste|freundliche) gr(?:ü|ue)(?:ß|ss)e|mfg|lg|cordialement|bien à vous|sincères salutations|salutations|(?:un )?saludos?(?: cordiales)?|"
    r"atentamente|gracias|cordiali saluti|distinti saluti|saluti|grazie|met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|groet(?:en|jes)?|mvg|"
    r"atenciosamente|obrigad[oa]|cumprimentos|pozdrawiam|z poważaniem|hälsningar|vänliga hälsningar|hilsen|med vennlig hilsen)"
)
SIGNED = re.compile(
    rf"(?im:(?:^|[ \t.!?;]){FAREWELL}[ \t]*(?:[,.!\-–—]+[ \t]*)?\n\s{{0,8}}[-–—~]?[ ]?)(?P<name>{FULL}|{SMALL})(?=[ \t]*(?:[.,][ \t]*)?(?:\n|$|\())"
)
ENDED = re.compile(
    rf"(?:(?i:(?:^|[ \t.!?;,\n]){FAREWELL})[ ]*[,.!\-–—~]*[ ]+|[-–—~/]{{1,2}}[ ]?|\n[ \t]*)(?P<name>{FULL}|{SMALL})[ \t]*[.!]?\s*\Z"
)
# spaces are taken in one place between two signs, or else a text of many would be gone over once for each of them
# what follows a farewell on its line, as exports write mails that had lines: the name, and then a title, an address, a number
INLINE = re.compile(
    rf"(?P<before>^|[.!?;,)\]\n][ \t]*|(?<=[ \t]))(?P<bye>(?i:yours|{FAREWELL}))(?P<mark>(?:[ ]*[,.!\-–—~:]+)?)[ \t]*(?:\n\s{{0,8}})?(?<=[\s,.!\-–—~:])[-–—~]?[ ]?"
    rf"(?P<name>{CAPITAL}(?:[ ](?:{INITIAL}[ ])?(?:{LINK}[ ])?{CAPITAL})?)(?![\w'’-])(?P<more>[ \t]*(?:[,;|(/–—-]|\n)|\s*(?:[.!]\s*)?\Z)?"
)
CASUAL = re.compile(
    r"(?i)yours|love|best|take care|cheers|greetings|lg|(?:many |kind )?(?:thanks?|thx)\b.*|gracias|grazie|obrigad[oa]|saludos?"
)
"""Farewells that are words of any sentence as well: only where one begins with them and a sign parts them from the name."""
GOES_ON = re.compile(rf"[ \t]+(?![{UPPER}])\w")
REACHED = re.compile(
    rf"(?:\+?\d[\d\s()./-]{{5,18}}\d|@[\w-]{{1,60}}(?:\.[\w-]{{1,20}}){{1,3}}|\[(?:phone|e-mail)\])[ ]?[,;–—-]{{1,2}}[ ]?"
    rf"(?P<name>{CAPITAL}(?:[ ](?:{INITIAL}[ ])?(?:{LINK}[ ])?{CAPITAL})?)(?=\s*(?:[.!]\s*)?\Z|[ \t]*(?:[.!]\s|\n|,[ ]))"
)
"""Who is to be reached by a number or an address: the name behind it, where it ends what is said."""
GREETED = re.compile(
    r"(?im:^[ \t>]*(?:dear|hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|hallo|liebe[r]?|sehr geehrte[r]?|guten tag|bonjour|salut|"
    r"ch(?:er|ère)|hola|estimad[oa]|querid[oa]|ciao|gentile|cara|caro|egregio|beste|geachte|olá|prezad[oa]|dzień dobry|hej|kära|kære)"
    rf"(?: there)?[ ,]+)(?:(?P<title>{TITLE}|{DOCTOR})[ ])?(?P<name>{FULL})"
)
TITLED = re.compile(
    rf"(?<![\w'’-])(?P<title>Mr|Mrs|Ms|Miss|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Signora?)\.?[ ](?P<name>{FULL})"
)
SELF = re.compile(
    rf"(?i:\b(?:i am|i['’]m|this is|it['’]s|ich bin|je suis|soy|sono|ik ben))[ ](?P<name>{FULL})(?=[ ]?(?:[,.!;:\n]|$|\b(?:and|from|here|speaking|again|with|who|calling|writing|aus|und|de|y|et)\b))"
)
MET = re.compile(
    r"(?i:\b(?:spoke (?:to|with)|speaking (?:to|with)|talked (?:to|with)|talking (?:to|with)|chatted with|chat with|dealt with|helped by|served by|assisted by|"
    r"(?:agent|rep|representative|adviser|advisor|manager|supervisor|assistant|driver|courier|technician|operator|colleague|employee|clerk|gentleman|lady|guy|woman|man|person|"
    r"somebody|someone|wife|husband|son|daughter|mother|father|partner|friend|neighbou?r)(?:,| named| called| by the name of| whose name (?:is|was))?|named|called)"
    rf"(?:,? (?:an? |the |your )?(?:agent|rep|representative|adviser|advisor|manager|supervisor|named|called))?)[ ](?P<name>{FULL})"
)
HEADER = re.compile(
    r"(?im:^[ \t>*]*(?:from|to|cc|bcc|sent by|reply-to|von|an|de|à|para|da|van|aan)[ ]?:\*?[ \t]*)"
    rf"[\"'“]?(?P<name>{FULL}|[{UPPER}][\w'’-]{{1,20}},[ ]{FULL})[\"'”]?[ \t]*(?P<mail>[<\[(])?(?=[^\n]{{0,120}}(?P<more>\n[ \t>*]*(?:from|sent|date|to|cc|subject|von|gesendet|an|betreff|envoyé|objet|para|asunto|enviado|datum)[ ]?:)?)",
    re.I | re.M,
)
WROTE = re.compile(
    rf"(?P<name>{FULL})[ ]?(?:[<\[(][^\n>]{{0,100}}[>\])])?[ ]?(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał\(?a?\)?|skrev)[ ]?(?:\([^\n]{{0,40}}\)|[^\n:]{{0,40}})?:"
)

INTRODUCERS = words_of(
    """
    name llamo nombre appelle nom heiße heisse heiß name chiamo nome heet naam chamo nazywam imię heter hedder behalf signed recipient passenger
    cardholder attn attention
    """
)
FAREWELLS = words_of(
    """
    yours regards sincerely truly faithfully respectfully best cheers thanks thank thx rgds care love greetings grüßen grüße grüssen grüsse gruessen
    gruesse mfg lg cordialement vous salutations saludo saludos atentamente gracias saluti grazie groet groeten groetjes mvg atenciosamente
    obrigado obrigada cumprimentos pozdrawiam poważaniem hälsningar hilsen
    """
)
TITLES = words_of(
    "mr mrs ms miss herr herrn frau monsieur madame mme señor señora signor signora dr prof professor doctor mister mx sr sra"
)
HEADERS = words_of("from to cc bcc by reply von an de à para da van aan")
WRITERS = words_of("wrote schrieb écrit escribió scritto schreef escreveu napisał napisała skrev")
"""Words, one of which each rule needs: most texts have none, and cost no more than looking."""

# what begins a line after a farewell, or stands where a name might, and is none
NO_NAME = words_of(
    """
    a an the this that these those your our my his her their its it we you they he she i me us and or but so if not no yes one all any some more most much
    very too also just only even still never always sent get from to for of on in at by with without please thanks thank regards best sir madam team support
    customer customers service sales account accounts everyone everybody anyone all folks guys there friends again well good bad great happy unhappy sad
    angry disappointed frustrated upset annoyed satisfied dissatisfied fed loyal former ex long new old sorry hope hoping looking waiting awaiting will would
    is are was were be been being do does did have has had can could should may might must shall when where why what who how which
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
    english german french spanish italian dutch american british indian european ios android windows mac linux iphone ipad samsung google amazon apple
    microsoft facebook app apps admin administrator manager developer developers dev devs concerned valued god lord ps nb edit update note
    horrible terrible awful amazing awesome hate worst nothing something anything everything broken missing wrong useless spelled misspelled
    incorrect correct required listed displayed showing shown different invalid unknown blank empty attached below above here cheers everybody
    hello hi hey hiya dear greetings hallo hola bonjour salut ciao olá
    such using regular inbox gmail it siri alexa cortana bixby chase wells
    """
)
WORDS_TOO = frozenset(
    (
        "will",
        "grace",
        "hope",
        "joy",
        "rose",
        "bill",
        "art",
        "max",
        "iris",
        "jade",
        "ruby",
        "penny",
        "rich",
        "drew",
        "hazel",
    )
)
"""Names that are words as well: no sign that there is a name, but one where a name stands with others."""
SENTENCES = WORDS_TOO | words_of(
    "amber august christian crystal dean frank heather ivy jack lily mark miles pat ray rob robin sandy sue victor"
)
"""Forenames that a sentence may begin with as well: after thanks they are names where it does not go on."""
BRANDS = re.compile(
    r"(?i)(?:clean|kipling|coffee|muscle|bean|potato|robot|beast|money|men|porter|meyer'?s?|meyers|butterworth'?s|fields|pepper|doubtfire|darcy|selfridges|universe|world|america|marvel|teams|office|word|excel|outlook|paint|reader|work)\b"
)


# where a name stands in a label: before a possessive, behind a word or mark that leads to whose it is, or as the whole of it
OWNED = re.compile(
    rf"(?:(?:(?P<whose>(?i:(?<!\w)(?:of|c/o|owner|contact|agent|account|customer|client|user)[:.]?[ ])|[(\[])"
    rf"|(?P<led>(?i:(?<!\w)(?:for|from|by|für|von|pour|para|per|di|da|van|voor)[ ])|[:/|][ ]?))|(?<![\w'’-]))"
    rf"(?P<name>{CAPITAL}(?:[ ](?:{INITIAL}[ ])?(?:{LINK}[ ])?{CAPITAL}){{1,2}})(?P<owns>['’]s?(?!\w))?"
)
BRANDED = re.compile(
    r"(?i)(?:allen bradley|ben sherman|betty crocker|bobbi brown|calvin klein|charlotte tilbury|christian dior|donna karan|elizabeth arden|fred perry|"
    r"giorgio armani|harry potter|hugo boss|jack daniel|jamie oliver|jim beam|jimmy choo|john deere|john lewis|johnnie walker|karen millen|karl lagerfeld|"
    r"kate spade|kenneth cole|laura ashley|marc jacobs|marie claire|martha stewart|mary kay|max mara|michael kors|morphy richards|oscar mayer|paul mitchell|"
    r"paul smith|pierre cardin|ralph lauren|russell hobbs|sara lee|stella mccartney|steve madden|ted baker|thomas cook|tim horton|tom ford|tom tailor|"
    r"tommy hilfiger|tory burch|vera wang|victoria beckham)"
)
"""Brands that are a forename and a name."""
PLACES = words_of(
    "austin carolina charlotte chelsea diego florence georgia israel jackson jordan kent lincoln madison orlando paris savannah sydney victoria virginia"
)


def names(text: str, words: Set[str]) -> Iterator[Find]:
    """Every name in a text that the words around it tell; `words` are those of the text, in small letters."""
    if not INTRODUCERS.isdisjoint(words):
        for match in INTRODUCED.finditer(text):
            if introduces(match["name"]):
                yield found(match, spoken(match["name"]))
        if ":" in text:
            yield from (found(match) for match in LABELLED.finditer(text) if plausible(match["name"]))
    if "\n" in text and not FAREWELLS.isdisjoint(words):
        for match in SIGNED.finditer(text):
            name = match["name"]
            if plausible(name) and (name[0].isupper() or known(name)):
                yield found(match)
    if not FAREWELLS.isdisjoint(words):
        yield from signed_inline(text)
    if not TITLES.isdisjoint(words):
        for match in GREETED.finditer(text):
            if match["title"] and plausible(match["name"]):
                yield found(match)
        for match in TITLED.finditer(text):
            if plausible(match["name"]) and not BRANDS.match(match["name"]):
                yield found(match)
    if ":" in text:
        if not HEADERS.isdisjoint(words):
            for match in HEADER.finditer(text):
                if (match["mail"] or match["more"]) and plausible(match["name"]) and match["name"][0].isupper():
                    yield found(match)
        if not WRITERS.isdisjoint(words):
            for match in WROTE.finditer(text):
                if plausible(match["name"]) and (known(match["name"]) or " " in match["name"]):
                    yield found(match)
    if not FORENAMES.isdisjoint(words):
        yield from familiar(text)


def signed_inline(text: str) -> Iterator[Find]:
    """Names behind a farewell on its own line, whatever follows them."""
    for match in INLINE.finditer(text):
        name = match["name"]
        casual = CASUAL.fullmatch(match["bye"]) is not None
        if (casual and not (match["mark"].strip() and (match["before"] or not match.start()))) or BRANDED.match(name):
            continue
        if casual and name.lower() in SENTENCES and GOES_ON.match(text, match.end("name")):
            continue
        if match["bye"].lower() == "best" and "." in match["mark"]:
            continue
        if plausible(name) and (known(name) or (match["more"] and " " in name and not casual)):
            yield found(match)
        elif known(name) and plausible(first_word := name.split(" ")[0]):
            # what comes after a lone forename begins the next sentence
            yield found(match, len(first_word))


def names_beside(label: str, *, whole: bool) -> Iterator[Find]:
    """Names in what is said beside a text, on one line, where something tells that they are a person's.

    A forename with a name behind it may as well be a thing ("Emma Mattress"): it goes where something is called hers, or what
    leads to it says so, and as the `whole` of a label that things are not called by.
    """
    for match in OWNED.finditer(label):
        name = match["name"]
        told = match["whose"] or match["owns"] or (whole and (match["led"] or is_whole(name, label)))
        if told and first(name) in FORENAMES and plausible(name) and not BRANDED.match(name):
            yield found(match)


def is_whole(name: str, label: str) -> bool:
    return name == label and first(name) not in PLACES


def familiar(text: str) -> Iterator[Find]:
    """Names that are known, where a name may stand."""
    end = ENDED.search(text, max(0, len(text) - 120))
    if end is not None and known(end["name"]) and plausible(end["name"]):
        yield found(end)
    for match in REACHED.finditer(text):
        if known(match["name"]) and plausible(match["name"]) and not BRANDED.match(match["name"]):
            yield found(match)
    for pattern in (GREETED, SELF, MET):
        for match in pattern.finditer(text):
            if known(match["name"]) and plausible(match["name"]):
                yield found(match)


def found(match: re.Match[str], length: int | None = None) -> Find:
    start, end = match.span("name")
    return Find(start, end if length is None else start + length, Kind.NAME)


def first(name: str) -> str:
    return re.split(r"[\s,'’.-]", name, maxsplit=1)[0].lower()


def known(name: str) -> bool:
    """Whether it begins like the name of a person."""
    return first(name) in FORENAMES or first(name) in WORDS_TOO


def plausible(name: str) -> bool:
    """Whether no word of it is one that names do not have."""
    return NO_NAME.isdisjoint(re.findall(r"[^\W\d_]+", name.lower()))


def introduces(name: str) -> bool:
    return plausible(name) if name[0].isupper() else known(name)


def spoken(name: str) -> int:
    """How much of what follows 'my name is' is the name: small letters may go on with the sentence."""
    if name[0].isupper():
        return len(name)
    words = name.split(" ")
    taken = [words[0]]
    if len(words) > 1 and words[1].lower() not in NO_NAME:
        taken.append(words[1])
    return len(" ".join(taken))
