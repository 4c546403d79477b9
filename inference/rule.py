"""Rules: turns of phrase that tell what a span does, each a pattern that is tried only where a word of it is there.

They are evidence for the model (see `teller`), which has learned how far each is to be believed.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from .escape import unescaped
from .handle import bare
from .lexicon import word_set

__all__ = ["NAMES", "fired", "plain", "words", "words_of"]

_MAKES = (
    "add make allow let give bring provide include enable support implement create put offer introduce integrate build extend expand"
    " increase reduce lower remove restore return change replace move show display open release publish ship send improve simplify"
    " separate split combine merge expose use have turn set get drop hide stop start keep unlock port sync state deliver list refund"
    " notify warn tell email group sort redesign rename switch customise customize update upgrade"
)
_MAKE = rf"(?:{'|'.join(_MAKES.split())}|do away)"
_MAKER = r"(?:you|you guys|u|they|the (?:dev\w*|team|company|shop|store|app|site|website|hotel|management|staff)|devs?|developers|someone|we)"
_NICES = (
    "nice great good better best awesome cool helpful useful perfect amazing fantastic wonderful ideal handy lovely excellent neat"
    " easier appreciated beneficial super much godsend welcome"
)
_NICE = rf"(?:{'|'.join(_NICES.split())}|5 stars|five stars)"
_PLEASE = "please pls plz plzz kindly"
_BE_NEW = (
    r"be (?:more|added|allowed|available|provided|included|made|an easier|some|configurable|optional|customi[sz]able|supported"
    r"|enabled|integrated|improved|extended|given|introduced|removed|raised|shown|able to|possible|an? (?:option|way|setting|feature|button|choice))"
)


class Rule(NamedTuple):
    """A pattern, and the words of which one must be in a text for it to be tried; none where it is always tried."""

    name: str
    tried_for: str
    pattern: str


_RULES: tuple[Rule, ...] = (
    # someone names what to build
    Rule("please make", _PLEASE, rf"\b(?:please|pls|plz+|kindly)(?: \w+){{0,2}}? {_MAKE}\b"),
    Rule(
        "make first",
        _MAKES,
        rf"^(?:and |so |also |just |now |then |at least |or |but |even better |better yet )*(?:please |pls |plz |just |kindly )?{_MAKE}\b",
    ),
    Rule(
        "should make",
        "should could must ought need needs has have gotta can",
        r"\b(?:should|could|must|ought to|needs? to|has to|have to|gotta|can) (?:\w+ ){0,2}?(?:be able to|have an?|have the|have more"
        rf"|add|allow|offer|include|provide|support|let|give|enable|implement|integrate|introduce|bring|{_BE_NEW})\b",
    ),
    Rule(
        "would be nice",
        "would 'd will could might may wud it'd that'd i'd",
        rf"(?:\b(?:would|will|could|might|may|wud)|'d)(?: \w+){{0,2}}? be (?:\w+ ){{0,3}}?{_NICE}\b.{{0,60}}?\b(?:if|to|for|when|having|with)\b",
    ),
    Rule(
        "would be nice at all",
        "would 'd will could it'd that'd",
        rf"(?:\b(?:would|will|could)|'d)(?: \w+){{0,2}}? be (?:\w+ ){{0,2}}?{_NICE}\b",
    ),
    Rule(
        "nice addition",
        "addition feature idea improvement enhancement",
        rf"\b{_NICE} (?:\w+ )?(?:addition|feature|idea|improvement|enhancement)(?: would be| is| to)\b",
    ),
    Rule(
        "if it could be",
        "if",
        r"\bif (?:only )?(?:\w+ ){1,4}(?:could|would|can|had|were)\b.{0,60}(?:\b(?:would|will)|'d) be\b",
    ),
    Rule(
        "would like",
        "like love prefer want appreciate",
        r"(?:\b(?:would|wud)|'d) (?:really |also |just |like |much )*(?:like|love|prefer|want|appreciate)(?: it)?(?: if)?(?: to)?"
        r" (?:\w+ ){0,2}?(?:see|have|an?|the|more|some|option|ability|feature|support|added|if|be able)\b",
    ),
    Rule(
        "can you make",
        "can could would will don't can't not won't about couldn't",
        rf"\b(?:can|could|would|will|couldn't|why don'?t|why can'?t|why not|why won'?t|how about|what about) {_MAKER}(?: \w+){{0,2}}? {_MAKE}\b",
    ),
    Rule(
        "suggest",
        "suggestion suggestions suggest propose request recommendation proposal",
        r"\b(?:i|we|my|one|another|a|some|any|few|here are|feature) (?:would |do |have |'d |only |\w+ )?(?:suggestions?|suggest|propose|request|recommendation|feature request|proposal)\b",
    ),
    Rule(
        "suggestion:",
        "suggestion suggestions suggest request requests idea proposal wish",
        r"\b(?:suggest(?:ion)?s?|requests?|idea|proposal|wish)\s*:",
    ),
    Rule(
        "wish you would",
        "wish hope want like need",
        rf"\bi (?:wish|hope|want|would like|'d like|need) (?:that )?{_MAKER} (?:\w+ )?(?:would|could|will|can|to|had|have|did|add|make)\b",
    ),
    Rule(
        "wish it had",
        "wish",
        r"\bwish (?:it|this|the \w+|this app|that it|they|that \w+) (?:\w+ )?(?:had|has|have|would have|came with|supported|included|offered|allowed|was|were)\b",
    ),
    Rule(
        "wish",
        "wish wishes wished wishing",
        r"\b(?:i )?wish(?:ed|es|ing)? (?:\w+ ){0,3}?(?:i|we|there|you|u|it|this|that|could|was|were|wasn't|didn't|would)\b",
    ),
    Rule("if only", "only", r"\bif only\b"),
    Rule(
        "we need a",
        "need",
        r"\b(?:we|i|users|you|it|they|app|people|definitely|really|just|also|still|would|do|badly) need (?:an?|the|some|more|another|full|better|to have) \w+",
    ),
    Rule(
        "needs an option",
        "need needs",
        r"\bneeds? (?:an? |the |some |more |better )?(?:option|ability|setting|button|feature|support|dark|widget|toggle|filter|shortcut|integration|way|possibility)\w*\b",
    ),
    Rule(
        "needs first",
        "needs need would want",
        r"^(?:needs?|would like|would love|want|would be) (?!to (?:know|get|find))",
    ),
    Rule(
        "hoping to see",
        "hope hoping waiting looking",
        r"\b(?:hope|hoping|waiting|looking forward)(?: \w+){0,4}? (?:to see|add|adds|adding|bring|brings|support|implement|introduce|include|for (?:an?|the|some|more))\b",
    ),
    Rule("consider", "consider considering", r"\bconsider (?:\w+ )?(?:\w+ing|an?|the)\b"),
    Rule(
        "option would",
        "option ability possibility way button setting feature",
        r"\b(?:option|ability|possibility|way|button|setting|feature) (?:to|for|that)\b.{0,80}\b(?:would|should|needed|necessary|missing|please|must)\b",
    ),
    Rule("it should be possible", "would should it'd", r"\bit(?: would| should|'d) be (?:possible|able|an? )"),
    Rule(
        "instead",
        "instead rather",
        r"\b(?:instead of|rather than)\b.{0,60}\b(?:should|would|could|please)\b|\b(?:should|would|could|please)\b.{0,60}\b(?:instead|rather than)\b",
    ),
    Rule("add a", "add", r"\badd (?:an?|the|more|some|support|back|option|ability|feature)\b"),
    Rule(
        "bring back",
        "bring give put go change get",
        r"(?<!i )(?<!'ll )(?<!to )(?<!will )\b(?:bring|give|put|go|change|get) (?:it |them |us |that |this |the \w+ |\w+ )?back\b",
    ),
    Rule("there should be", "there", r"\bthere (?:should|must|needs to|ought to|has to|could) be\b"),
    Rule(
        "you should",
        "should need must could ought have",
        rf"\b{_MAKER} (?:really |also |just |definitely |at least |probably )*(?:should|need to|must|could|ought to|have to)\b",
    ),
    Rule("should be", "should shouldn't", r"\bshould(?:n't| not)? (?:\w+ )?(?:be|have|not|also|only|at least|allow)\b"),
    Rule("to be done", "should must needs need ought", r"\b(?:should|must|needs? to|ought to) be \w+ed\b"),
    Rule(
        "option first",
        "option ability support possibility better more faster",
        r"^(?:an? |the )?(?:option|ability|possibility|native |full |better|more|faster|longer|bigger)(?: support)?\b",
    ),
    Rule(
        "would recommend",
        "recommend suggest advise urge",
        r"\b(?:i|we)(?: would|'d)? (?:highly |strongly |definitely |really |can only )*(?:recommend|suggest|advise|urge)\b",
    ),
    Rule(
        "better if",
        "if have see",
        r"\b(?:better|easier|nicer|good|great|nice|cool|perfect|awesome) (?:if|to have|to see)\b",
    ),
    Rule("can you please", _PLEASE, rf"\b(?:can|could|would|will) {_MAKER} (?:please|pls|plz|at least)\b"),
    Rule("why not", "why", r"\bwhy (?:not|don'?t (?:you|u|they)|can'?t (?:you|they)|doesn'?t)\b"),
    Rule("how about", "about", r"\b(?:how|what) about\b"),
    Rule("allow us", "allow allowing", r"\ballow(?:ing)? (?:us|me|users?|people|developers|customers|for)\b"),
    Rule(
        "make it easier",
        "make",
        r"\bmake (?:it|the|this|an?|them) (?:\w+ ){0,3}?(?:easier|possible|better|more|available|so|option\w*|bigger|larger|simple\w*|faster)\b",
    ),
    Rule(
        "looking for a",
        "want need require looking like",
        r"\b(?:want|need|require|looking for|would like) (?:an?|the|more|some|to be able)\b",
    ),
    Rule("please last", _PLEASE, r"(?<!\w)\w{1,40},? (?:please|pls|plz)\W{0,40}$"),
    Rule(
        "if added",
        "if",
        r"\bif (?:you|they|u|it|there|someone)(?: guys)? (?:\w+ ){0,2}?(?:add|added|had|put|could|would|allowed|made|make|were|bring|gave)\b",
    ),
    Rule("stars if", "stars star", r"\b(?:[45]|five|four|one|1) stars? (?:if|when|until|for|because)\b"),
    # someone advises other customers
    Rule(
        "make sure",
        "sure aware careful prepared warned beware forewarned",
        r"\bmake sure\b|\bbe sure\b|\bbe (?:aware|careful|prepared|warned|forewarned)\b|\bbeware\b",
    ),
    Rule(
        "if you then",
        "if",
        r"\bif (?:you(?:'re| are| want| need| have| can| do| like| get| plan| go| stay|r)|noise|money)\b.{3,120}\b(?:then|try|ask|go|take|get|stay|look|book|avoid|you (?:should|can|could|will|may|might|must))\b",
    ),
    Rule(
        "advice first",
        "don't do avoid ask bring take try book go walk check request get choose consider look skip expect save visit remember head be pay use turn keep think"
        " reserve order buy wear pick stay spend watch never always",
        r"^(?:also |and |so |just |then |definitely |do |please |ps |p\.s\. |tip:? |but |or |however,? |always |never |whatever you do,? )*"
        r"(?:don'?t|do not|avoid|ask|bring|take(?! care)|try|book|go|walk|check|request|get|choose|consider|look|skip|expect|save|visit|remember|head|be|pay|use|turn|keep"
        r"|think|reserve|order|buy|wear|pick|stay|spend|watch)\b(?! (?:is|are|was|were|it'?s)\b)",
    ),
    Rule("tip", "tip tips advice warning", r"\b(?:tips?|advice|word to the wise|word of warning)\b"),
    Rule(
        "you can also",
        "you you'd you'll",
        r"\byou(?: should| must| need to| might want| may want| ?'?d better| had better| can also| could also| can easily| can get| will want| are better off| would be better|'ll want|'ll need| won't| can walk| will need| have to try)\b",
    ),
    Rule(
        "worth",
        "worth",
        r"\b(?:well )?worth (?:the|a|it|every|visiting|paying|asking|trying|checking)\b|\bworth \w+ing\b",
    ),
    Rule(
        "for whom",
        "for anyone those people families couples travellers travelers guests visitors everyone everybody anybody parents",
        r"\b(?:for (?:anyone|those|people|couples|families|travell?ers|everyone|anybody|guests|business)|^(?:anyone|those|people|travell?ers|guests|visitors|families|couples|parents|everyone|everybody))\b.{0,50}\b(?:who|should|with|that|may|will|beware|looking|want\w*|need\w*)\b",
    ),
    Rule(
        "there is nearby",
        "there there's",
        r"\bthere(?:'s| is| are) (?:also )?(?:an? |lots of |plenty of |many |some |free )?(?:\w+ ){1,4}(?:next|near|nearby|around|across|opposite|within|down|close|attached|right|just)\b",
    ),
    Rule(
        "for a good",
        "for",
        r"^(?:for|if|unless|when|instead of|rather than)\b.{3,60}, (?:\w+ )?(?:try|go|there|walk|take|use|head|ask|book|choose|the|you|turn|have|get|is)\b",
    ),
    # what looks like an ask and is none
    Rule("should have been", "should could", r"\b(?:should|could) (?:have|of|'?ve) (?:been|\w+ed)\b"),
    Rule("as it should", "as", r"\bas (?:it|they|you|i) should\b"),
    Rule(
        "does what it should",
        "should",
        r"\b(?:does|did|do|doing|works?|worked) (?:\w+ )?(?:what|everything|all|exactly|just|as)\b.{0,20}\bshould\b",
    ),
    Rule("have to say", "say admit agree must", r"\bhave to (?:say|admit|agree)\b|\bmust (?:say|admit|be|have been)\b"),
    Rule("should mention", "should", r"\bshould (?:know|mention|note|add)\b"),
    Rule("couldn't be happier", "wouldn't couldn't", r"\b(?:would|could)n'?t (?:be )?(?:happier|better|ask)\b"),
    Rule(
        "let me tell",
        "ashamed told known said let",
        r"\bashamed\b|\bshould have (?:told|known|said)\b|\blet me (?:tell|say|know)\b",
    ),
    Rule("no need", "need", r"\bno need\b|\bdon'?t need\b"),
    Rule(
        "all i need",
        "all everything what whatever",
        r"\ball (?:i|you|we) need\b|\beverything (?:i|you|we) (?:\w+ )?need\b|\bwhat(?:ever)? (?:i|you|we) need\b",
    ),
    Rule(
        "for example",
        "example instance say suppose imagine e.g",
        r"\b(?:for (?:example|instance)|e\.g|let'?s say|suppose|imagine)\b|^say\b",
    ),
    Rule(
        "it would allow",
        "would will allows lets",
        r"\b(?:it|this|that|which|so) (?:would|will|'d)(?: \w+)? (?:allow|help|make|save|bring|let|give|benefit|enable|mean)\b|\b(?:it|that|this) (?:allows|lets)\b",
    ),
    Rule("code", "", r"(?<=\w)\.\w+\(|(?<=\w)\(\)|::|=>|https?:|<\w+>|;$"),
    # asks for repair, not for something new
    Rule(
        "fix",
        "fix fixed fixing resolve resolved solve repair sort look address correct help",
        r"\b(?:please|pls|plz|kindly|need to|needs to|should|can you|could you|must|hope\w*)(?: \w+){0,4}? (?:fix|fixed|resolve|resolved|solve|repair|sort (?:this|it) out|look into|address|correct|help)\b",
    ),
    Rule("fix first", "fix help resolve solve sort", r"^(?:fix|help|resolve|solve|sort)\b"),
    # something is lacking
    Rule(
        "only thing",
        "thing things feature issue downside complaint wish gripe problem drawback con cons improvement request",
        r"\b(?:only|one|just|main|biggest) (?:\w+ )?(?:thing|things|feature|issue|downside|complaint|wish|gripe|problem|drawback|con|cons|improvement|request)\b.{0,40}\b(?:missing|lack\w*|would|that|is|was|i)\b",
    ),
    Rule(
        "missing",
        "missing miss",
        r"\b(?:is|are|was|'s|still|feature|features|thing|things) missing\b|^missing\b|\bmissing (?:an?|the|some|key|basic|important|feature)\w*\b",
    ),
    Rule("lacks", "lack lacks lacking", r"\black(?:s|ing)?\b"),
    Rule(
        "there is no",
        "there there's theres",
        r"\bthere(?:'?s| is| are|'re| was| were)(?: \w+)?(?: no(?!t)|n't an?| not an?| nothing| nowhere) ?(?:\w+ ){0,3}",
    ),
    Rule(
        "has no",
        "no",
        r"\b(?:has|have|had|with|offers|still|got|but) no (?:\w+ )?(?:way|option|ability|support|setting|feature|button|\w+)\b",
    ),
    Rule("no way", "no", r"\bno (?:way|option|ability|possibility|support|setting|feature|button)\b|^no \w+"),
    Rule(
        "question",
        "?",
        r"\b(?:can|could|may|do|does|is it possible|is there|how (?:do|can|to|long|much|many)|where (?:do|can|is|are)|when (?:will|can|do|is)|what (?:is|are|if|do|can)|which|why (?:is|do|can|are|was|did|has)|who)\b.{3,}\?",
    ),
    Rule(
        "question first",
        "how where when can could is do does may what which why who want would are will",
        r"^(?:how|where|when|can|could|is there|is it|do you|does|may|what|which|why|who|are there|will|i want to know|i would like to know)\b",
    ),
    Rule(
        "reproach",
        "why how who",
        r"^(?:why (?:do|does|did|would|is|are|was|the|so|on)|how (?:can|hard|come|could)|who)\b",
    ),
    Rule(
        "would like to",
        "like love want need trying wanted needed hoped",
        r"\b(?:i|we)(?: would|'d) (?:really )?(?:like|love|want) to\b|\b(?:i|we)(?: just| really| only)? (?:want|need|would need|am trying|'m trying|are trying|wanted|needed|hoped|was hoping) to\b",
    ),
    Rule(
        "cannot",
        "can't cannot cant couldn't unable can not",
        r"\b(?:can'?t|cannot|can not|couldn'?t|unable to|not able to)\b",
    ),
    Rule("hard to", "to", r"\b(?:hard|difficult|impossible|no way|unable|tricky|tough) (?:for \w+ )?to\b"),
    Rule(
        "have to go",
        "to",
        r"\bhave to (?:\w+ )?(?:go|use|open|switch|click|scroll|search|call|phone|drive|wait|download|delete|do|manually|remember|explain|repeat|carry|ask|keep|check|guess)\b",
    ),
    Rule("if i could", "if", r"\bif (?:i|you|it|they|we|there) (?:could|had|was|were|only|would)\b"),
    Rule(
        "no one knows",
        "know find tell nobody never idea",
        r"\b(?:don'?t|never|not|didn'?t|couldn'?t|nobody|no one|can'?t|no idea)(?: \w+){0,2} (?:know|tell|find|see|how|who|what|which|where|when)\b",
    ),
    # praise with a lack behind it, and praise in the clothes of a complaint
    Rule(
        "no longer",
        "no don't didn't never not",
        r"\b(?:no longer|don'?t|didn'?t|never|not) (?:have|need|having|needing)(?: to)?\b",
    ),
    Rule(
        "finally",
        "finally last saves saved otherwise instead more relieved lifesaver used",
        r"\b(?:finally|at last|saves? (?:me|us|my)|saved (?:me|us|my|our)|otherwise|used to|instead of having|no more|relieved|lifesaver)\b",
    ),
    Rule("because i", "especially because", r"\b(?:especially|because) (?:when|since|as|if)? ?(?:i|we|my)\b"),
    Rule("the only one", "only", r"\bthe only (?:\w+ )?(?:that|who|which|place|shop|app|one)\b"),
    Rule(
        "can't live without",
        "live survive do manage lost without",
        r"\b(?:live|survive|do|manage|function|lost|be) without\b",
    ),
    Rule(
        "never a problem",
        "never no not don't haven't didn't without zero hardly rarely nothing",
        r"\b(?:never|no|not|don't|haven't|didn't|without|zero|hardly|rarely|nothing)(?: \w+){0,3}? (?:worry|worries|worried|issues?|problems?|trouble|complaints?|glitch\w*|bugs?|crash\w*|lost|lose|losing"
        r"|hassle|fail\w*|disappoint\w*|let me down|complain|downtime|errors?|delays?|regret\w*|wrong|lag\w*|stress|mess|fuss|missed)\b",
    ),
    Rule(
        "since the update",
        "since after until update updated ever",
        r"\b(?:since|after|until|ever since)\b.{0,20}\b(?:update\w*|upgrade\w*|version|installed|changed)\b",
    ),
    Rule(
        "negated",
        "not no never don't doesn't didn't isn't wasn't won't nothing nobody",
        r"\b(?:not|doesn'?t|didn'?t|isn'?t|wasn'?t|won'?t|nobody|nothing)\b",
    ),
)
NAMES = tuple(rule.name for rule in _RULES)
_COMPILED = tuple(re.compile(rule.pattern) for rule in _RULES)
_TRIED: dict[str, list[int]] = defaultdict(list)
_OF_SIGNS: list[int] = []  # rules that no word announces, only one of the signs below
_SIGNS_OF_CODE = "(:=<;"
for _number, _rule in enumerate(_RULES):
    for _word in word_set(_rule.tried_for):
        _TRIED[_word].append(_number)
    if not _rule.tried_for:
        _OF_SIGNS.append(_number)

_WORDS = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f][a-z\u00df-\u00f6\u00f8-\u024f'’-]*|[\u0370-\uffdc]+")
_SIGNS = str.maketrans({"\\": None, "’": "'", "‘": "'", "`": "'", "´": "'"})


@lru_cache(maxsize=1 << 15)  # a text of a need is read some twenty times
def plain(text: str) -> str:
    """Lower case, straight apostrophes, no escapes, handles or loose hashtags, single spaces: what the rules read."""
    return " ".join(bare(unescaped(text)).translate(_SIGNS).lower().split())


def words(text: str) -> list[str]:
    """The words of a text in the form of `plain`, without digits and signs."""
    return words_of(plain(text))


def words_of(lowered: str) -> list[str]:
    """`words` of a text that is in the form of `plain` already."""
    return [word.strip("'-") for word in _WORDS.findall(lowered)]


def fired(lowered: str, tokens: Sequence[str]) -> list[int]:
    """The rules, by their place in `NAMES`, that a text in the form of `plain` fires, given its words and signs."""
    tried: set[int] = set(_OF_SIGNS) if any(sign in lowered for sign in _SIGNS_OF_CODE) else set()
    for token in tokens:
        if token in _TRIED:
            tried.update(_TRIED[token])
    return [number for number in sorted(tried) if _COMPILED[number].search(lowered)]
