"""What a span does: names a solution, tells of a pain, wishes, praises, or says nothing.

Rules over hand-written word lists; each score is the strength of the rules that fired, not a probability.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .lexicon import BLAME, FAILURE, INTENSE, NEGATION, PRAISE, SEVERE, SUPERFLUOUS


class Kind(StrEnum):
    """What a span does."""

    ASK = "ASK"
    PAIN = "PAIN"
    WISH = "WISH"
    PRAISE = "PRAISE"
    NOISE = "NOISE"


@dataclass(frozen=True)
class Signal:
    """The kind of a span and how strongly it shows, 0..1."""

    kind: Kind
    score: float


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_MAKE = (
    r"(?:add|make|allow|let|give|bring|provide|include|enable|support|implement|create|put|offer|introduce|integrate|build|extend"
    r"|expand|increase|reduce|lower|remove|restore|return|change|replace|move|show|display|open|release|publish|ship|send"
    r"|improve|simplify|separate|split|combine|merge|expose|use|have|turn|set|get rid|do away|drop|hide|stop|start|keep|unlock"
    r"|port|sync|state|deliver|list|refund|notify|warn|tell|email|group|sort|redesign|rename|switch|customi[sz]e|update|upgrade)"
)
_MAKER = r"(?:you|you guys|u|they|the (?:dev\w*|team|company|shop|store|app|site|website|hotel|management|staff)|devs?|developers|someone|we)"
_NICE = r"(?:nice|great|good|better|best|awesome|cool|helpful|useful|perfect|amazing|fantastic|wonderful|ideal|handy|lovely|excellent|neat|easier|appreciated|beneficial|super|even better|5 stars|five stars|so much|a godsend|godsend)"

# Someone names what to build. Strength of each family: how seldom it says anything else, judged by reading.
_ASK_STRONG = _any(
    rf"\b(?:please|pls|plz|kindly)(?: \w+){{0,2}}? {_MAKE}\b",
    r"^(?:and |so |also |just |now |then |at least )*(?:please |just )?(?:add|allow|enable|provide|implement|integrate|introduce|bring back|include|make (?:it|the|a|an|this|sure)|give (?:us|me|users|the|people|an?)|let (?:us|me|users|people)|get rid of|offer)\b",
    r"\b(?:should|could|must|ought to|needs? to|has to|have to|gotta|can) (?:\w+ ){0,2}?(?:be able to|have an?|have the|have more|add|allow|offer|include|provide|support|let|give|enable|implement|integrate|introduce|bring|be possible|be an? (?:option|way|setting|feature|button|choice)|be (?:more|added|allowed|available|provided|included|made|an easier|some|configurable|optional|customi[sz]able|supported|enabled|integrated|improved|extended|given))\b",
    rf"\b(?:would|'d|will|could|might|may|wud)(?: \w+){{0,2}}? be (?:\w+ ){{0,3}}?{_NICE}\b.{{0,60}}?\b(?:if|to|for|when|having|with)\b",
    rf"\b{_NICE} (?:\w+ )?(?:addition|feature|idea|improvement|enhancement)(?: would be| is| to)\b",
    r"\bif (?:only )?(?:\w+ ){1,4}(?:could|would|can|had)\b.{0,60}\b(?:would|'d|will) be\b",
    r"\b(?:would|'d) (?:really |also |just |like |much )*(?:like|love|prefer|want|appreciate)(?: it)?(?: if)?(?: to)? (?:\w+ ){0,2}?(?:see|have|an?|the|more|some|option|ability|feature|support|added|if|be able)\b",
    rf"\b(?:can|could|would|will|why don'?t|why can'?t|why not|why won'?t|how about|what about) {_MAKER}(?: \w+){{0,2}}? {_MAKE}\b",
    r"\b(?:i|we|my|one|another|a|some|any|few|here are|feature) (?:would |do |have |'d |\w+ )?(?:suggestions?|suggest|propose|request|recommendation|feature request)\b",
    r"\b(?:suggest(?:ion)?s?|feature request|requests?)\s*:",
    rf"\bi (?:wish|hope|want|would like|'d like|need) (?:that )?{_MAKER} (?:\w+ )?(?:would|could|will|can|to|had|have|did|add|make)\b",
    r"\bwish (?:it|this|the app|this app|that it|they) (?:had|has|would have|came with|supported|included|offered|allowed)\b",
    r"\b(?:we|i|users|you|it|they|app|people|definitely|really|just|also|still|would|do) need (?:an?|the|some|more|another|full|better|to have) \w+",
    r"\bneeds? (?:an? |the |some |more |better )?(?:option|ability|setting|button|feature|support|dark|widget|toggle|filter|shortcut|integration|way|possibility)\w*\b",
    r"^(?:needs|would like|would love)\b",
    r"\b(?:hope|hoping|waiting|looking forward)(?: \w+){0,4}? (?:to see|add|adds|adding|bring|brings|support|implement|introduce|include|for (?:an?|the|some|more))\b",
    r"\bconsider (?:\w+ )?(?:\w+ing|an?|the)\b",
    r"\b(?:option|ability|possibility|way|button|setting|feature) (?:to|for|that)\b.{0,80}\b(?:would|should|needed|necessary|missing|please|must)\b",
    r"\bit (?:would|'d|should) be (?:possible|able|an? )",
    r"\binstead of\b.{0,60}\b(?:should|would|could)\b|\b(?:should|would|could)\b.{0,60}\binstead\b",
    r"\badd (?:an?|the|more|some|support|back|option|ability|feature)\b",
    r"(?<!i )(?<!'ll )(?<!to )(?<!will )\bbring (?:it |them |that |this |the \w+ |\w+ )?back\b",
    r"\bthere (?:should|must|needs to|ought to|has to) be\b",
)
_ASK_WEAK = _any(
    rf"\b{_MAKER} (?:really |also |just |definitely |at least |probably )*(?:should|need to|must|could|ought to|have to)\b",
    r"\bshould(?:n't| not)? (?:\w+ )?(?:be|have|not|also|only|at least|allow)\b",
    r"\b(?:i|we)(?: would|'d) (?:highly |strongly |definitely |really )*(?:recommend|suggest|advise|urge)\b",
    r"\b(?:better|easier|nicer|good|great|nice|cool) (?:if|to have|to see)\b",
    rf"\b(?:can|could|would|will) {_MAKER} (?:please|pls|plz|at least)\b",
    r"\bwhy (?:not|don'?t you|can'?t you|doesn'?t)\b",
    r"\b(?:how|what) about\b",
    r"\ballow(?:ing)? (?:us|me|users?|people|developers|customers|for)\b",
    r"\bmake (?:it|the|this|an?|them) (?:\w+ ){0,3}?(?:easier|possible|better|more|available|so|option\w*|bigger|larger|simple\w*|faster)\b",
    r"\b(?:want|need|require|looking for|would like) (?:an?|the|more|some|to be able)\b",
    r"(?<!\w)\w{1,40} (?:please|pls|plz)\W{0,40}$",
    r"\bmake sure\b|\bbe sure\b|\bbe (?:aware|careful|prepared|warned)\b|\bbeware\b",
    r"\bif you(?:'re| are| want| need| have| can| do| like| get| plan| go| stay)\b.{3,120}\b(?:then|try|ask|go|take|get|stay|look|book|avoid|you (?:should|can|could|will|may|might|must))\b",
    r"^(?:also |and |so |just |then |definitely |do |please |ps |p\.s\. |tip:? |but |or |however,? )*(?:don'?t|do not|avoid|ask|bring|take(?! care)|try|book|go|walk|check|request|get|choose|consider|look|skip|expect|save|visit|remember|head|be|pay|use|turn|keep|think|look)\b(?! (?:is|are|was|were|it'?s)\b)",
    r"\b(?:tips?|advice|word to the wise|word of warning)\b",
    r"\byou (?:should|must|need to|might want|may want|'?d better|had better|can also|could also|will want|'ll want|are better off|would be better)\b",
    r"\b(?:well )?worth (?:the|a|it|every|visiting|paying|asking|trying|checking)\b|\bworth \w+ing\b",
)
_TELLS = _any(  # what looks like an ask and is none
    r"\b(?:should|could) (?:have|of|'?ve) (?:been|\w+ed)\b",
    r"\bas (?:it|they|you|i) should\b",
    r"\b(?:does|did|do|doing|works?|worked) (?:\w+ )?(?:what|everything|all|exactly|just|as)\b.{0,20}\bshould\b",
    r"\bhave to (?:say|admit|agree)\b|\bmust (?:say|admit|be|have been)\b",
    r"\bshould (?:know|mention|note|add)\b",
    r"\b(?:would|could)n'?t (?:be )?(?:happier|better|ask)\b",
    r"\bashamed\b|\bshould have (?:told|known|said)\b|\blet me (?:tell|say|know)\b",
    r"\bno need\b|\bdon'?t need\b",
    r"\ball (?:i|you|we) need\b|\beverything (?:i|you|we) (?:\w+ )?need\b|\bwhat(?:ever)? (?:i|you|we) need\b",
)
_MEND = _any(  # asks for repair, not for something new
    r"\b(?:please|pls|plz|kindly|need to|needs to|should|can you|could you|must|hope\w*)(?: \w+){0,4}? (?:fix|fixed|resolve|resolved|solve|repair|sort (?:this|it) out|look into|address|correct|help)\b",
    r"^(?:fix|help|resolve|solve)\b",
)
_WISH = _any(
    r"\b(?:i )?wish(?:ed|es|ing)? (?:\w+ ){0,3}?(?:i|we|there|you|it|this|that|could|was|were|wasn't|didn't|would)\b",
    r"\bif only\b",
    r"\b(?:only|one|just|main|biggest) (?:\w+ )?(?:thing|things|feature|issue|downside|complaint|wish|gripe|problem|drawback|con|improvement|request)\b.{0,40}\b(?:missing|lack\w*|would|that|is|was|i)\b",
    r"\b(?:is|are|was|'s|still|feature|features|thing|things) missing\b|^missing\b|\bmissing (?:an?|the|some|key|basic|important|feature)\w*\b",
    r"\black(?:s|ing)?\b",
    r"\bthere(?:'s| is| are|'re| was)(?: \w+)?(?: no(?!t)|n't an?| not an?) (?:\w+ ){0,3}",
    r"\b(?:has|have|had|with|offers|still|got) no (?:\w+ )?(?:way|option|ability|support|setting|feature|button|\w+)\b",
    r"\bno (?:way|option|ability|possibility|support|setting|feature|button)\b",
    r"\b(?:can|could|may|do|does|is it possible|is there|how (?:do|can|to|long|much|many)|where (?:do|can|is|are)|when (?:will|can|do|is)|what (?:is|are|if|do|can)|which|why (?:is|do|can|are|was|did|has)|who)\b.{3,}\?",
    r"^(?:how|where|when|can|could|is there|is it|do you|does|may|what|which|why|who|i want to know|i would like to know)\b",
    r"\b(?:i|we) (?:would|'d) (?:really )?(?:like|love|want) to\b|\b(?:i|we)(?: just| really| only)? (?:want|need|would need|am trying|'m trying|are trying|wanted|needed|hoped|was hoping) to\b",
    r"\b(?:hard|difficult|impossible|no way|unable|tricky|tough) (?:for \w+ )?to\b",
    r"\bwould (?:have )?(?:be|been) (?:\w+ ){0,2}?(?:nice|better|perfect|great)\b",
    r"\bhave to (?:\w+ )?(?:go|use|open|switch|click|scroll|search|call|phone|drive|wait|download|delete|do|manually|remember|explain|repeat|carry|ask|keep|check|guess)\b",
    r"\bif (?:i|you|it|they|we|there) (?:could|had|was|were|only|would)\b",
)
_CARRIES = _any(  # praise that tells of a lack behind it
    r"\b(?:no longer|don'?t|didn'?t|never|not) (?:have|need|having|needing)(?: to)?\b",
    r"\b(?:finally|at last|saves? (?:me|us)|saved (?:me|us|my|our)|otherwise|used to have to|instead of having|no more|relieved|lifesaver)\b",
    r"\b(?:especially|because) (?:when|since|as|if) (?:i|we|my)\b",
    r"\bthe only (?:\w+ )?(?:that|who|which|place|shop|app|one)\b",
)
_CONTENT = _any(  # praise in the clothes of a complaint
    r"\b(?:can't|cannot|couldn't|could not|can not|cant|don't know how i|don't know how to|wouldn't|how (?:did|do) (?:i|we|people)|not sure how (?:i|you))(?: \w+)? (?:live|survive|do|manage|imagine|function|complain|go wrong|beat|be happier|be better|be easier|ask for|get enough|wait to|stop|recommend|thank|praise|say enough|fault|have asked|work)\b(?! (?:with|it|this|on|in|for|my|the|at|that|what|anything))",
    r"\b(?:live|survive|do|manage|function|lost) without\b",
    r"\b(?:never|no|not|don't|haven't|didn't|without|zero|hardly|rarely|nothing)(?: \w+){0,3}? (?:worry|worries|worried|issues?|problems?|trouble|complaints?|glitch\w*|bugs?|crash\w*|lost|lose|losing|hassle|fail\w*|disappoint\w*|let me down|complain|downtime|errors?|delays?|regret\w*|wrong|lag\w*|stress|mess|fuss|missed)\b",
    r"\bnot (?:only|just|to mention)\b",
)
_PARTING = _any(
    r"\b(?:switch(?:ed|ing)?|mov(?:e|ed|ing)|chang(?:e|ed|ing)|go(?:ing)?|went|gone|stick(?:ing)? (?:with|to)|back|migrat\w+|convert\w*) (?:back |over |all \w+ )?(?:to|from|with) (?!(?:my|the|a|an|another|this|that|your|their|it|one|other|different|new|home|bed|work|school|sleep|settings)\b)[a-z]+\W*(?:instead)?\W*$",
    r"^(?:i'?ll |i will |i'?m |i am |now |just |will |please |have to |got to |time to )*(?:us(?:e|ing)|try(?:ing)?|see(?: about)?|get(?:ting)?) \w+(?: \w+)? instead\W*$",
    r"^\w+(?: \w+)? (?:is|are|was) (?:way |so |much |far |still |a lot |lot )*(?:better|superior|best)\W*$",
    r"\b(?:better|worse|superior|inferior) (?:than|to) (?!it|before|the old|i|what|ever|nothing|expected)\w+(?: \w+)?\W*$",
)
_RESTLESS = re.compile(r"\b(?:any|can't|cannot|won't|until|no longer|fix|after|yet)\b")
_GREETING = _any(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|to whom it may concern|greetings)\b(?:[\s,!.]+[\w.'&-]+){0,3}[\s,!.]*$",
    r"^(?:thank you|thanks|thx|many thanks|cheers|regards|best regards|kind regards|sincerely)\b(?:[\s,!.]+[\w.'-]+){0,6}[\s,!.]*$",
)
_AUTOMATIC = _any(  # what machines and swindlers write
    r"\bout of (?:the )?office\b|\bautomatic(?:ally generated)? (?:reply|response|message)\b|\bauto[- ]?reply\b|\bmailbox is (?:no longer|not|full)\b"
    r"|\bno access to e?-?mail\b|\bverify your account\b|\bclick (?:here|the link|below) to (?:verify|claim|confirm|win|unlock)\b|\bwill be back (?:in the office|on the)\b"
    r"|\bdo not reply to this\b|\bsent from my\b|\bare you (?:a )?(?:robot|bot)\b",
)
_WORDS = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f][a-z\u00df-\u00f6\u00f8-\u024f'’-]*|[\u0370-\uffdc]+")


def plain(text: str) -> str:
    """Lower case, straight apostrophes, no backslash escapes, single spaces: what the rules read."""
    bare = text.replace("\\", "").replace("’", "'").replace("‘", "'").replace("`", "'").replace("´", "'")
    return " ".join(bare.lower().split())


def words(text: str) -> list[str]:
    """The words of a text in the form of `plain`, without digits and signs."""
    return [word.strip("'-") for word in _WORDS.findall(plain(text))]


def tell(texts: Sequence[str], ratings: Sequence[float | None] | None = None) -> list[Signal]:
    """The signal of each text, parallel to `texts`; a rating (1..5 stars) of the whole message tips doubtful ones."""
    if ratings is not None and len(ratings) != len(texts):
        raise ValueError("ratings must be parallel to texts")
    return [_signal(text, ratings[row] if ratings is not None else None) for row, text in enumerate(texts)]


def ask_score(text: str) -> float:
    """How clearly one span names a solution, 0..1."""
    return _ask(plain(text))


def sentiment(text: str) -> float:
    """The mood of a text, -1 (bitter) to 1 (delighted), 0 where neither praise nor blame is found.

    Words of praise count +1, of blame -1, of failure -0.5, half as much again after an intensifier, and turned (at 0.7
    of the weight) after a negation at most three words before; the sum s is squashed to s / (1 + |s|).
    """
    return round(_mood(words(text)), 4)


def severity(text: str, rating: float | None = None, kind: Kind | None = None) -> int:
    """How badly it hurts, 1 (a remark) to 5 (loss or harm): 2, and 1 more each for a pain, a grave word, a bitter mood
    or one star, and several grave words; 1 less for praise, for four stars or more, and for what holds no content."""
    found = words(text)
    grave = len(set(found) & SEVERE)
    level = 2 + (kind is Kind.PAIN) + (grave > 0) + (grave > 1)
    level += _mood(found) < -0.5 or (rating is not None and rating <= 1)
    level -= (kind in (Kind.PRAISE, Kind.NOISE)) + (rating is not None and rating >= 4)
    return max(1, min(5, level))


def competitors(text: str, names: Sequence[str]) -> list[str]:
    """Those of `names` that the text mentions as whole words, in the order given, whatever the case."""
    lowered = plain(text)
    return [name for name in names if name.strip() and re.search(rf"(?<!\w){re.escape(plain(name))}(?!\w)", lowered)]


def carries_need(text: str) -> bool:
    """Whether praise tells of a lack behind it ("saves me from ...", "I no longer have to ...")."""
    return _CARRIES.search(plain(text)) is not None


def parting(text: str) -> bool:
    """Whether a span does no more than say that the customer goes to, or comes from, another product, or likes it better."""
    return _PARTING.search(plain(text)) is not None


def contentless(found: Sequence[str]) -> bool:
    """Whether the words name no thing, deed or failure: only praise, blame, politeness and filler."""
    return not any(word in _TELLING or (len(word) > 2 and word not in SUPERFLUOUS) for word in found)


_TELLING = frozenset(
    ["ads", "ad", "vat", "crash", "crashes", "crashing", "crashed", "slow", "print", "cc", "pdf", "bcc", "qr"]
)


def _signal(text: str, rating: float | None) -> Signal:
    lowered = plain(text)
    found = words(text)
    if not found or contentless(found) or _GREETING.match(lowered) or _AUTOMATIC.search(lowered):
        return Signal(Kind.NOISE, 0.9 if not found or len(found) <= 6 else 0.7)
    mood = _mood(found)
    failing = sum(word in FAILURE for word in found)
    blame = sum(word in BLAME for word in found)
    if (failing or blame) and (rating is None or rating >= 4) and _is_content(lowered):
        return Signal(Kind.PRAISE, 0.6)
    good = sum(
        word in PRAISE and (word != "like" or _fond(found[max(0, row - 3) : row])) for row, word in enumerate(found)
    )
    ask = _ask(lowered)
    wish = 0.6 if _WISH.search(lowered) else 0.0
    pain = min(0.95, 0.45 * bool(failing) + 0.1 * failing + 0.3 * bool(blame) + 0.3 * bool(_MEND.search(lowered)))
    praise = min(0.95, 0.5 * bool(good) + 0.1 * good) if mood > 0 else 0.0
    praise -= 0.15 * min(2, failing)
    if rating is not None:
        pain += 0.15 * (rating <= 2) - 0.1 * (rating >= 5)
        praise += 0.15 * (rating >= 4) - 0.25 * (rating <= 2)
    if ask >= 0.5 and ask >= pain - 0.25:
        return Signal(Kind.ASK, _rounded(ask))
    if praise > max(pain, 0.35) and not (wish and praise < 0.7):
        return Signal(Kind.PRAISE, _rounded(praise))
    if wish and wish >= pain - 0.1:
        return Signal(Kind.WISH, _rounded(wish + 0.2 * bool(failing)))
    if pain >= 0.3:
        return Signal(Kind.PAIN, _rounded(pain))
    if rating is not None and rating >= 4:
        return Signal(Kind.PRAISE, 0.35)
    return Signal(Kind.PAIN, 0.45 if rating is not None and rating <= 2 else 0.3)


def _is_content(lowered: str) -> bool:
    return _CONTENT.search(lowered) is not None and _RESTLESS.search(_CONTENT.sub(" ", lowered)) is None


def _ask(lowered: str) -> float:
    strong = sum(1 for _ in _ASK_STRONG.finditer(lowered))
    weak = sum(1 for _ in _ASK_WEAK.finditer(lowered))
    against = _TELLS.search(lowered) is not None
    mend = _MEND.search(lowered) is not None and strong < 2
    doubt = 0.35**strong * 0.49**weak
    return max(0.0, min(0.98, 1.0 - doubt - 0.35 * against - 0.3 * mend))


def _mood(found: Sequence[str]) -> float:
    total = 0.0
    for index, word in enumerate(found):
        weight = 1.0 if word in PRAISE else -1.0 if word in BLAME else -0.5 if word in FAILURE else 0.0
        before = found[max(0, index - 3) : index]
        if not weight or (word == "like" and not _fond(before)):
            continue
        if before and before[-1] in INTENSE:
            weight *= 1.5
        if weight > 0 and any(other in NEGATION for other in before):
            weight *= -0.7
        total += weight
    return total / (1.0 + abs(total))


def _fond(before: Sequence[str]) -> bool:
    """Whether "like" after these words is the verb."""
    return (
        bool({"i", "we", "you", "really", "also", "they", "people", "do"} & set(before[-2:])) and "would" not in before
    )


def _rounded(score: float) -> float:
    return round(max(0.05, min(0.98, score)), 4)
