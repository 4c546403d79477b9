"""Competitors that a customer names: who they went to or came from, and who is said to do better.

A name counts only where capitals tell that it is one: in the middle of a sentence, or inside the word. Where a text is
all in small letters, all in capitals, or has a capital on every word, capitals tell nothing, and no name is found.
"""

import re
from collections.abc import Iterator

from .lexicon import BLAME, FAILURE, FILLER, PRAISE, STOP, word_set

__all__ = ["MOST_LETTERS", "folded", "named"]

MOST_LETTERS = 60
"""Longer names are left out."""

_WORD = r"(?:[A-Z][\w+-]*[\w+]|\d+[A-Z]\w+|[a-z]{1,4}[A-Z]\w+)(?:\.(?:com|io|app|net|org|ai|co))?"
_NAME = rf"(?P<name>{_WORD}(?: (?:& )?{_WORD}){{0,2}})(?!\w)"
_MORE = "(?:way|so|much|far|still|a lot|lots|just|really|actually|always|simply|even|already|also|all)"
_BETTER = (
    "(?:better|superior|cheaper|faster|easier|simpler|nicer|more reliable|more intuitive|ahead|the best|miles ahead)"
)


def _either(listed: str) -> str:
    return "|".join(listed.split())


_SWITCHES = (
    "switch switched switching switches move moved moves moving change changed changing migrate migrated migrating defect"
    " defected defecting jump jumped jumping"
)
_GOES = "go going went gone come coming came"
_FAR = r"(?: (?:back|over|away|everything|all|completely|everyone|us|me|my \w+|our \w+)){0,3}"
_CUES = tuple(
    (word_set(tried_for), re.compile(pattern))
    for tried_for, pattern in (
        # who they went to, or came from
        (_SWITCHES, rf"\b(?i:(?:{_either(_SWITCHES)}){_FAR}(?: ship)? (?:to|from)) {_NAME}"),
        (_SWITCHES, rf"\b(?i:(?:{_either(_SWITCHES)}){_FAR} from) {_WORD}(?: {_WORD})? (?i:to) {_NAME}"),
        (_GOES, rf"\b(?i:(?:{_either(_GOES)}) (?:back|over) (?:to|from)) {_NAME}"),
        (
            "bought buy buying ordered order purchased rented",
            rf"\b(?i:bought|buy|buying|ordered|order|purchased|rented)\b[^.!?;:]{{0,40}}? (?:at|from) {_NAME}",
        ),
        ("found cheaper less same", rf"\b(?i:found|cheaper|less|same)\b[^.!?;:]{{0,40}}? at {_NAME}"),
        (
            _GOES,
            rf"\b(?i:{_either(_GOES)}) (?:\w+ ){{0,4}}?(?:to|at) {_NAME}(?:'s|’s)?(?=[,;]| (?:\w+ \w+, )?(?i:instead|and they|they|who|where|since|in the end|from now on|for (?:it|that|this))\b)",
        ),
        (
            "at",
            rf"(?:^|[.!?;:,(] ?|\b(?i:but|and|while|because) )(?i:at) {_NAME},? (?:\(\w+\) )?(?i:i|we|you|they|it|there|one|everything)\b",
        ),
        ("stick sticking stuck stay staying", rf"\b(?i:sticking|stick|stuck|staying|stay) (?i:with) {_NAME}"),
        (
            "instead",
            rf"\b(?i:us(?:e|ed|ing)|try|tried|trying|get|bought|buy|choose|chose|subscribed to|signed up (?:for|with)) {_NAME} (?i:instead)\b",
        ),
        # what it is held against
        (
            "unlike compared comparison versus vs alternative",
            rf"\b(?i:unlike|compared (?:to|with)|in comparison (?:to|with)|versus|vs\.?|an? (?:real |good |better )?alternative to) {_NAME}",
        ),
        (
            "than inferior superior",
            rf"\b(?i:(?:better|worse|slower|more expensive|cheaper|faster|easier|simpler|nicer|harder|clunkier) than|(?:inferior|superior) to) {_NAME}",
        ),
        ("as", rf"\b(?i:as (?:good|fast|easy|simple|cheap|reliable|smooth|intuitive|user friendly) as) {_NAME}"),
        # what the other one has
        (
            "like way what as",
            rf"\b(?i:like|the way|what|as) {_NAME} (?i:has|have|does|did|do|can|lets?|allows?|offers?|provides?|already has|used to)\b",
        ),
        ("is are was were", rf"{_NAME} (?i:(?:is|are|was|were)(?: {_MORE})* {_BETTER})\b"),
        (
            "better properly fine years box free",
            rf"{_NAME} (?i:(?:does|do|did|handles?|gets|manages|has|lets|offers|can do)\b[^.!?;]{{0,40}}? (?:better|properly|just fine|for years|out of the box|for free))\b",
        ),
    )
)

_NO_NAMES = STOP | PRAISE | BLAME | FAILURE | FILLER
_CALENDAR = word_set(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays",
    "january february march april may june july august september october november december christmas easter thanksgiving",
    "ramadan halloween spring summer autumn winter xmas am pm gmt utc est pst bst cet",
)
_PLACES = word_set(
    "africa america asia europe australia austria belgium brazil britain canada chile china colombia croatia denmark egypt england",
    "finland france germany ghana greece hungary india indonesia iran iraq ireland israel italy japan kenya korea malaysia mexico",
    "morocco netherlands nigeria norway pakistan peru philippines poland portugal romania russia scotland singapore spain sweden",
    "switzerland taiwan thailand turkey ukraine uk us usa eu vietnam wales london paris berlin madrid rome vienna amsterdam brussels",
    "dublin manchester birmingham glasgow edinburgh liverpool chicago boston seattle houston dallas austin denver miami atlanta",
    "toronto vancouver montreal sydney melbourne tokyo beijing shanghai delhi mumbai dubai moscow istanbul barcelona lisbon munich",
    "hamburg zurich geneva stockholm oslo copenhagen prague warsaw california texas florida new york nyc washington ohio hawaii",
    "english french german spanish italian portuguese dutch russian chinese japanese korean arabic hindi turkish polish swedish",
    "danish norwegian finnish greek hebrew american british european asian african indian canadian australian irish scottish welsh",
    "latin mexican brazilian manhattan brooklyn heathrow",
)
_PERSONS = word_set(
    "james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony mark steven paul andrew",
    "joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin",
    "scott brandon benjamin samuel gregory alexander patrick frank raymond jack dennis jerry peter adam henry nathan zachary kyle",
    "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily",
    "donna michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen amy angela shirley anna brenda pamela",
    "emma nicole helen samantha katherine christine debra rachel carolyn janet maria heather diane ruth julie olivia joyce virginia",
    "victoria kelly lauren christina joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa ann anne bob bill",
    "joe tom jim mike dave steve chris dan matt tony alex sam ben nick tim jane kate sue lucy sophie claire alice ali ahmed mohammed",
    "omar fatima carlos jose luis juan pedro ana pierre hans klaus anders lars ivan olga priya raj mr mrs ms dr miss sir madam mum mom dad",
)
# what customers switch to and from that is no other company: devices, plans, forms, titles
_THINGS = word_set(
    "android androids ios ipad ipads iphone iphones ipod mac macos macbook macbooks windows linux pc pcs chromebook chromebooks tablet kindle wifi wi-fi usb pdf csv html",
    "api apis sms url gps nfc vpn sso qr ssd hd uhd sd cpu gpu ram lte lan bluetooth dvd cd tv tvs atm pin otp id ids ui ux faq",
    "premium pro plus basic free standard gold silver platinum bronze enterprise business lite beta alpha trial family student team",
    "dark light black white red blue green internet web email e-mail mail cloud god lord jesus hell ceo cto manager support desk",
    "section page settings setting menu home inbox chat help room floor building street road avenue terminal gate school university",
    "cash credit debit card visa mastercard euro euros dollar dollars pound pounds usd eur gbp vat covid brexit",
)
_LAST_OF_NO_NAME = word_set(
    "mode plan tier view version edition account street road avenue airport station city beach park university school day",
)
_NOT = _NO_NAMES | _CALENDAR | _PLACES | _PERSONS | _THINGS
_CAPITALISED = re.compile(r"\b[A-Z]\w*")
_ANY_WORD = re.compile(r"\b[A-Za-z]\w*")
_SENTENCE_ENDS = re.compile(r"(?:^|[.!?:;\n\"“”(•*-])[\s\"'“”(]*$")
_MOST_CAPITALS = 0.5


def named(text: str, product: str | None = None) -> list[str]:
    """The competitors that an English text names, each once, in the order in which it does; none of it is `product`,
    the one that the text is about."""
    if not _tells_by_capitals(text):
        return []
    found: dict[str, str] = {}
    own = set() if product is None else {folded(product), *(folded(word) for word in product.split())}
    for start, name in sorted(_candidates(text)):
        name = _trimmed(name)
        if name and folded(name) not in own and folded(name.split()[0]) not in own and _is_name(text, start, name):
            found.setdefault(folded(name), name)
    return list(found.values())


def folded(name: str) -> str:
    """What two spellings of one name have in common."""
    return "".join(letter for letter in name.casefold().removesuffix(".com") if letter.isalnum())


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    here = {word.strip(".,;:!?()\"'").lower() for word in text.split()}
    for tried_for, cue in _CUES:
        if not tried_for.isdisjoint(here):
            for match in cue.finditer(text):
                yield match.start("name"), match["name"]


def _trimmed(name: str) -> str:
    """Without words at its end that no name has ("Basecamp And")."""
    words = name.split()
    while words and (words[-1] == "&" or words[-1].lower() in STOP):
        words.pop()
    return " ".join(words)


def _is_name(text: str, start: int, name: str) -> bool:
    words = [word.lower() for word in name.split()]
    if words[0] in _NOT or words[-1] in _LAST_OF_NO_NAME or all(word in _NOT for word in words):
        return False
    if len(folded(name)) < 2 or len(name) > MOST_LETTERS:
        return False
    if any(letter.isupper() for letter in name.split()[0][1:]) or "." in name:
        return True
    # where a sentence begins every word has a capital: the name must stand within one as well
    places = [match.start() for match in re.finditer(rf"\b{re.escape(name)}\b", text)]
    return any(not _SENTENCE_ENDS.search(text[:place]) for place in places)


def _tells_by_capitals(text: str) -> bool:
    words = _ANY_WORD.findall(text)
    return len(_CAPITALISED.findall(text)) <= _MOST_CAPITALS * len(words)
