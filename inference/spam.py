"""Whether a message is no customer's at all: swindle, advertising and offers of trade that come in with the others.

Two signs of different kinds must agree (what is promised, what is to be done, who is addressed), and nothing in it may
tell of a customer: most who write of prizes, links and newsletters complain of them.
"""

import re

from .lexicon import BLAME, FAILURE, NEGATION
from .rule import plain, words_of

__all__ = ["is_spam", "promotes"]

_MOST_LETTERS = 4_000

_ACCOUNTS = "(?:insta(?:gram)?|snap(?:chat)?|telegram|tik ?tok|you ?tube|twitch|facebook|twitter)"
_PROMISED = re.compile(
    # money and prizes
    r"\byou(?:'ve| have| are)? (?:just )?(?:the )?(?:lucky )?(?:won\b(?!'| (?:me|my|us|over|back)\b| an? (?:\w+ )?(?:customer|fan|friend)\b)|winner|been (?:randomly |specially )?(?:selected|chosen) (?:to|for|as)\b)"
    r"|\byour (?:e-?mail|number|name|address) (?:was|has been|is) (?:randomly )?(?:drawn|selected|chosen)\b|\b(?:inter)?national lottery\b|\bnext of kin\b"
    r"|(?<!i )(?<!we )\b(?:earn|make|making|earning)(?: up to| over| about)? [$€£]?\d[\d.,]* ?(?:k|usd|euros?|dollars?|[$€£])?(?: \w+)? (?:a|per|every|each) (?:day|week|month|hour)\b"
    r"|\b(?:earn(?:ing)?|make|making) (?:extra |easy |real |good |some )?(?:money|cash|income) (?:online|from home|fast)\b"
    r"|\bguaranteed (?:profits?|returns?|income|approval)\b|\bdouble your (?:money|bitcoins?|investment|income)\b|\b(?:recovery|spell) (?:expert|caster|hacker)\b"
    r"|\bfree (?:gift ?cards?|followers|robux|v-?bucks|subscribers)\b|\b(?:loans?|credit) (?:offers?|at \d+ ?%|without (?:credit )?checks?)\b"
    # goods and services for the organisation
    r"|\bwe(?:'re| are) (?:an? |the |one of the )?(?:[\w-]+ ){0,4}(?:manufacturers?|suppliers?|exporters?|wholesalers?|factory|(?:seo|marketing|design|web|digital|software|advertising|recruitment) (?:agency|company|firm|team))\b"
    r"|\b(?:we|i) (?:can )?(?:offer|provide|deliver|speciali[sz]e in) (?:[\w-]+ ){0,4}(?:seo|guest posts?|backlinks?|web ?design|leads|loans?|(?:marketing|advertising|outsourcing|development|it) (?:services|solutions|packages))\b"
    r"|\b(?:rank(?:ing)?|appear(?:ing)?) (?:higher )?(?:on|in) (?:the )?(?:first|1st|top) page\b|\bfirst page of google\b"
    r"|\bmy (?:referral|invite|invitation|promo|affiliate) (?:code|link)\b"
)
_CALLED_FOR = re.compile(
    r"\bclick (?:here|below|(?:on )?(?:the|this|my) link)\b|\blink in (?:my )?(?:bio|profile)\b|\b(?:write|text|message|dm|whats ?app|e-?mail|call|contact|add) (?:me|us|agent|our agent|mr|mrs)\b"
    r"|\b(?:shall|may|can|could|should) (?:i|we) (?:send|share|call|schedule|e-?mail)\b|\bfind (?:\w+ )?(?:attached|enclosed)\b|\b(?:ask for|send you|request) (?:our|a|the|your) (?:free )?(?:price ?list|catalogu?e|quot\w+|brochure|proposal|audit)\b"
    r"|\b(?:with|send|provide|confirm) (?:your |us your )?(?:bank|account|card|login) (?:details|data|information|credentials)\b"
    r"|\b(?:will|to) be (?:deleted|suspended|deactivated|terminated|blocked|closed)\b|\bwithin (?:24|48|72) hours\b|\b(?:act|order|buy|apply|register|join|sign up|claim|shop) now\b|\b(?:limited|exclusive) (?:time )?offer\b"
    r"|\b(?:use|enter) (?:my|the) (?:\w+ )?code\b"
)
_ADDRESSED = re.compile(
    r"\bdear (?:lucky )?(?:winner|beneficiary|friend|account holder|valued user|(?:purchasing|sales|marketing|business|procurement|hr) (?:manager|department|team|owner)|(?:web|site) ?(?:master|owner))\b"
    r"|\b(?:i|we) (?:have )?(?:just )?(?:visited|came across|was looking at|were looking at|reviewed|analy[sz]ed|audited) your (?:web ?site|web site|site|online store|shop)\b"
    r"|\byour (?:mailbox|account|e-?mail|password|storage|domain) (?:is|has|was|will) (?:\w+ )?(?:full|expir\w+|suspended|limited|locked|deactivated)\b|\b(?:click|reply|here)\b[^.!?]{0,20} to unsubscribe\b|\bto unsubscribe,? (?:click|reply)\b|(?:^|[.!:] |\b(?:please|must|here to|link to|below to|now to|and) )verify your (?:account|identity|mailbox|e-?mail)\b"
)
# somebody tells of such messages, or of what they lived through as a customer
_TOLD_OF = re.compile(
    r"\b(?:spam\w*|scam\w*|phish\w*|junk|fraud\w*|fake|hoax|malware|virus\w*|hack(?:ed|s|ers)|pop[- ]?ups?|ads?|adverts?\w*|says?|said|saying|told|tells?|telling|notification\w*|newsletters?)\b"
    r"|\b(?:i|we)(?:'ve|'m|'re| have| am| are| was| were| keep| had| even| just| also| never| always| only| still| do| did| now)* (?:ordered|bought|paid|pay|purchased|use|used|using|tried|try|returned|received|receive|get|got|getting|subscribed"
    r"|installed|downloaded|wait|waited|waiting|need|want|wanted|love|like|hate|lost|cannot|can't|couldn't|don't|didn't|unable)\b"
    r"|\b(?:my|our) (?:\w+ )?(?:order|orders|parcel|package|delivery|refund|return|invoice|subscription|phone|password|card|money|account|accounts|e-?mails?|inbox|app)\b|\b(?:this|the|your) app\b"
)
_TROUBLE = (FAILURE | BLAME) - NEGATION - {"deleted", "suspended", "expired", "blocked", "locked", "full", "late"}
# a sentence in which somebody speaks for their own account, whatever the others say
_PROMOTION = re.compile(
    rf"^(?:also|and|so|but|please|pls|ps|make sure to|don't forget to|remember to|yo|hey|guys|everyone|\W)*(?:(?:go |and )?(?:follow|subscribe to|check out|like|visit|join) my (?:[\w']+ )?(?:{_ACCOUNTS}|channel|blog|profile|stream)\b"
    rf"|(?:follow|add|find|hit) me (?:up )?(?:on|at) (?:my )?{_ACCOUNTS}\b|add my {_ACCOUNTS}\b|(?:use|enter) my (?:referral|invite|invitation|promo|friend) (?:code|link)\b|(?:like and |please )subscribe\W*$|follow for follow|free (?:v-?bucks|robux)\b)"
)


def is_spam(text: str) -> bool:
    """Whether an English message is sent by no customer but to get something out of whoever reads it.

    Conservative: what tells of a customer's own trouble never is, however much it says of prizes and links.
    """
    read = plain(text[:_MOST_LETTERS])
    promised, addressed = _PROMISED.search(read), _ADDRESSED.search(read)
    if not promised and not addressed:
        return False
    signs = bool(promised) + bool(addressed) + bool(_CALLED_FOR.search(read))
    return signs >= 2 and not _TOLD_OF.search(read) and _TROUBLE.isdisjoint(words_of(read))


def promotes(lowered: str) -> bool:
    """Whether a span, in the form of `plain`, does no more than call people to the writer's own account."""
    return _PROMOTION.search(lowered) is not None
