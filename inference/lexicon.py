"""Word lists of the rules, written by hand for this project (English)."""


def word_set(*lines: str) -> frozenset[str]:
    """The words of the lines, which are written apart by spaces."""
    return frozenset(" ".join(lines).split())


STOP = word_set(
    "a an the this that these those there here it its it's itself i i'm i've i'd i'll im ive me my mine myself we we're we've",
    "we'd we'll us our ours you you're you've you'd you'll your yours yourself he she him her his hers they they're they've",
    "they'd they'll them their theirs themselves who whom whose which what what's when where why how and or but nor so yet if",
    "then else than as at by for from in into of off on onto out over to up with within without about after again against",
    "all almost also although always am among any anymore anyone anything anyway are aren't around be became because become",
    "been before being below between both can could couldn't did didn't do does doesn't doing don't done dont doesnt didnt cant",
    "wont isnt down during each either enough even ever every everyone everything except few further get gets getting got",
    "had hadn't has hasn't have haven't having hence how's however instead is isn't just least less let let's like lot lots",
    "many may maybe might more most much must need needs needed neither never no none not nothing now of often once one ones",
    "only other others otherwise ought own per perhaps quite rather really same seem seems several shall should shouldn't",
    "since some someone something sometimes soon still such that's there's they's though through thus till together too",
    "toward towards two until upon use used user users using uses very via want wants wanted was wasn't way ways well were",
    "weren't what whatever while whether will won't would wouldn't can't cannot yes yeah ya u ur r n w im pls plz please kindly",
    "thanks thank ok okay oh ah hey hi hello dear guys guy lol omg etc ie eg ain't gonna wanna gotta able unable",
    "first second third last next lately recently already currently today yesterday tomorrow tonight ago day days week weeks",
    "month months year years hour hours minute minutes time times moment morning evening night far near long",
    "three four five six seven ten hundred half lately actually basically literally honestly totally completely absolutely",
    "simply especially particularly probably definitely certainly obviously apparently possible impossible whole entire",
)

PRAISE = word_set(
    "good great nice best better love loved loves loving lovely like liked likes awesome amazing excellent perfect perfectly",
    "fantastic wonderful superb brilliant outstanding incredible fabulous beautiful beautifully helpful useful handy easy",
    "easier easily easiest simple convenient fast faster fastest quick quickly reliable seamless seamlessly smooth smoothly",
    "intuitive efficient friendly happy pleased satisfied delighted glad enjoy enjoyed enjoying recommend recommended",
    "favorite favourite thanks thank grateful appreciate appreciated impressive impressed cool super solid stable flawless",
    "flawlessly works worked win winner fine decent neat fun lovelier gorgeous stylish clean comfortable comfy tasty fresh",
    "delicious polite kind courteous prompt promptly generous affordable cheap worth superior fab lifesaver gem exceptional",
    "terrific stunning pleasant pleasantly attentive professional knowledgeable hassle-free effortless painless spotless",
    "luv thx yay wow bravo kudos congrats congratulations cute phenomenal magnificent excellently reasonable",
)

BLAME = word_set(
    "bad worse worst terrible horrible awful poor poorly useless worthless crap crappy garbage trash junk rubbish sucks suck",
    "sucked hate hated hates annoying annoyed annoys annoyance frustrating frustrated frustration disappointed disappointing",
    "disappointment ridiculous stupid pathetic unacceptable joke lame dumb silly shame shameful disgrace disgusting ugly",
    "nightmare mess waste wasted angry upset furious sick tired unhappy dissatisfied confusing confused difficult hard",
    "painful pain inconvenient inconvenience unusable unreliable unprofessional rude unhelpful sad sadly unfortunately",
    "lousy mediocre atrocious appalling dreadful abysmal irritating irritated infuriating unfair scam fraud regret hopeless",
    "cumbersome clunky clumsy tedious overpriced misleading dishonest wtf ugh shit shitty fuck fucking damn damned hell ass",
    "bullshit idiots idiot idiotic moronic insane absurd horrendous disaster disastrous fail fails failure dangerous unsafe",
)

FAILURE = word_set(
    "crash crashes crashed crashing freeze freezes froze frozen freezing hang hangs hung lag lags laggy lagging slow slower",
    "slowly bug bugs buggy glitch glitches glitchy glitching error errors fail fails failed failing failure broken broke break",
    "breaks breaking stuck lost lose loses losing loss missing disappear disappears disappeared disappearing wrong incorrect",
    "incorrectly damaged damage cracked torn leaked leaking dented defective faulty stained mouldy moldy spoiled rotten stale",
    "late delayed delay delays overdue cancelled canceled declined rejected refused denied blocked locked hacked stolen",
    "duplicate duplicates duplicated blurry blank unreadable illegible unreadably noisy loud dirty smelly broken-down unable",
    "cannot can't cant won't wont doesn't doesnt didn't didnt isn't isnt aren't wasn't haven't hasn't don't never nothing stopped stops stop",
    "issue issues problem problems trouble complaint complain complaining refund refunded overcharged charged lacks lack",
    "lacking without nowhere drains drain draining expensive pricey unwanted spam spammy intrusive ads outdated removed",
    "unavailable unresponsive unclear hidden buried complicated forces forced forcing wait waiting waited waits ignored",
    "forever sluggish unsupported drains hijacks spinning kicks nonstop non-stop refuses refused inaccessible unreliable bounce bounced bounces misses missed shattered wasted unsubscribe unnecessary inconsistent inaccurate jammed smashed",
)

# Words that say nothing of what a message is about, beside the ones above.
FILLER = word_set(
    "app apps application applications program software product products company companies developer",
    "developers dev devs team support review reviews star stars rating rate rated version versions update updates updated",
    "updating upgrade upgraded release new newest latest old older recent previous current feature features functionality",
    "function functions option options thing things stuff fix fixes fixed fixing issue issues problem problems bug bugs work",
    "works worked working functional job experience experiences change changes changed improve improved improvement",
    "improvements improving make makes made making keep keeps kept keeping give gives gave giving given take takes took come",
    "comes came coming go goes went going gone say says said saying tell told know knows knew think thinks thought believe see",
    "sees saw seen look looks looked looking feel feels felt find finds found try tries tried trying help helps helped put",
    "happen happens happened happening start started starts seriously overall everytime anywhere everywhere useful usable",
    "people person customer customers client human world life everyday daily phone iphone android ipad device devices ios",
    "big small huge little major minor real actual sure right wrong different certain reason reasons point idea question",
    "please hope hopefully wish consider asap soon back again bring need needs want wants would could should suggest",
    "suggestion suggestions recommend recommendation kidding kid unless cause cuz bc coz ppl must-have five one-star zero",
    "download downloaded downloads downloading install installed uninstall uninstalled reinstall reinstalled reinstalling uninstalling delete-app",
    "yes nope lol haha rip hmm meh wow definitely highly simply truly extremely pretty absolutely super bit kinda kind sort",
    "end far care ask asked part resolve resolved intentions occurred address glitch glitches glitchy buggy error errors persists",
    "deserves deserve glitching annoying useless live living matter whats missing miss add added adding addition additions solution solutions imagine flaw flaws flawed",
    "limited limit limitation limitations request requests requested stuck trouble troubles remember understand complaint downside gripe",
    "extra show shows showing stay stays disappoint deal pro con cons pros drawback improvable lacking lack lacks lacked exist exists",
    "existing happy basic basics normal normally proper properly finally fully currently literally total totally anymore whats mean means meant guess honest",
)

SUPERFLUOUS = STOP | PRAISE | BLAME | FILLER

SEVERE = word_set(
    "lost lose losing stolen hacked fraud scam injured injury hurt bleeding burned burnt fire smoke dangerous unsafe allergic",
    "allergy poisoned sick hospital police lawyer sue court emergency unauthorised unauthorized deleted wiped erased never",
    "unacceptable disaster nightmare cancelled canceled cancelling canceling cancel leaving refund crash crashes crashed",
    "crashing unusable useless ruined destroyed missed deadline funeral wedding medicine baby",
)

INTENSE = word_set(
    "very really so extremely absolutely totally completely highly super incredibly truly utterly too such"
)
NEGATION = word_set(
    "not no never don't doesn't didn't isn't aren't wasn't weren't can't cannot won't wouldn't couldn't shouldn't haven't",
    "hasn't hadn't ain't without hardly barely nothing none nor neither dont doesnt didnt isnt cant wont",
)

RUDE = word_set(
    "shit shitty fuck fucking fucked fucks damn damned hell ass asshole bullshit idiot idiots idiotic moron morons moronic stupid",
    "dumb crap crappy suck sucks sucked pathetic garbage trash bitch bastard bastards retarded retard lame wtf stfu piss pissed",
    "screw screwed scum nazi nazis kill killing suicide sex sexual sexually porn racist hate hates loser losers liar liars",
    "greedy evil disgusting butt dick gay lesbian muslim jew christian jesus god trump biden clinton obama terrorist",
)
