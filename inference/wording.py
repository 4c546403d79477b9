"""How the customers of one run word things: what is common among them, what is a name, what stands out."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from .handle import handles
from .phrase import stem
from .plural import is_plural, plural
from .signal import words

_COUNTED = 0.3  # how often the plural of a thing that is counted is used, beside the singular
_JOINTS = frozenset(
    [
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "from",
        "by",
        "with",
        "into",
        "onto",
        "through",
        "between",
        "under",
        "as",
        "and",
        "without",
        "about",
    ]
)
_ARTICLES = frozenset(
    ["the", "a", "an", "my", "our", "your", "their", "his", "her", "each", "every", "another", "one", "this", "any"]
)
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")
_CAPITAL_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+\b")
_COINED = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b")
_CAPITAL_WORD = re.compile(r"(?<=\S )[A-Z]\w*")
_WRITTEN = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]+[A-Za-z]*|i?[A-Z]{2,5}s?)\b|\bi[A-Z][a-z]+\b")
_WRITTEN_TWICE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+ [A-Z][a-z]+\b")  # a name of two words
_WRITTEN_SHARE = 0.3  # of a word's texts, from which its capitals are how it is spelled
_PLAIN_WORD = re.compile(r"\b[a-z]{2,}\b")
_NAMES_FROM = 200  # texts before shares mean anything
_PROPER_SHARE = 0.4  # a word that stands with a capital so often names a brand or a person
_NAME_SHARE = 0.03  # a capitalised word in so many texts is the product's name
_NAME_CAPITALS = 0.3  # share of such a word's texts that write it with a capital
_PRODUCT_FROM = 50  # texts about a product before shares of them mean anything
_PRODUCT_CAPITALS = 0.15  # the same of a word that the product is known to be called by


class Names:
    """The names that most texts share: of the product, mostly. Texts can be added and taken out again."""

    def __init__(self) -> None:
        self.total = 0
        self._using: Counter[str] = Counter()  # texts by stem
        self._inside: Counter[str] = Counter()  # texts in which a stem stands with a capital after a small word

    def add(self, parts: Sequence[str], found: Sequence[Collection[str]], times: int = 1) -> None:
        """A text by its parts and the words of each; with `times` -1 one that was added goes again."""
        self.total += times
        using = {stem(word) for some in found for word in some} | {one for part in parts for one in _addressed(part)}
        inside = {one for part in parts for one in _named_in(part)}
        for counter, some in ((self._using, using), (self._inside, inside)):
            for one in some:
                count = counter[one] + times
                if count:
                    counter[one] = count
                else:
                    del counter[one]

    def common(self) -> frozenset[str]:
        """Their stems; none among few texts."""
        return _common(self.total, self._using, self._inside)


class Wording:
    """What all messages say, as the ground against which a need's own words stand out.

    `products` is what each text is about, parallel to the texts, where that is known.
    """

    def __init__(self, texts: Collection[str], products: Sequence[str | None] = ()) -> None:
        self.frequency: Counter[str] = Counter()
        self._forms: Counter[str] = Counter()
        self._capitals: Counter[str] = Counter()
        written: Counter[str] = Counter()  # texts in which a word is written with capitals where no sentence begins
        pairs: Counter[str] = Counter()
        inside: Counter[str] = Counter()  # texts in which a stem stands with a capital after a small word
        coined: Counter[str] = Counter()
        for text in texts:
            found = set(words(text))
            self.frequency.update({stem(word) for word in found} | _addressed(text))
            self._forms.update(found)
            self._capitals.update(set(_CAPITAL.findall(text)))
            names = set(_WRITTEN_TWICE.findall(text))
            pairs.update(names)
            # "Apple Pay" does not tell that "pay" is a name
            written.update(set(_WRITTEN.findall(text)) - {name.split()[1] for name in names})
            inside.update(_named_in(text))
            coined.update({stem(word.lower()) for word in _COINED.findall(text)})
        self.total = max(1, len(texts))
        self.names = _common(self.total, self.frequency, inside)
        self.brands = self.names | _brands(texts, products)
        """Stems of all names of products: those that most texts share, and those of single products among several."""
        self.coined = frozenset(
            word for word, count in coined.items() if count >= 3 and count >= _WRITTEN_SHARE * self.frequency[word]
        )
        """Stems of names with a capital inside ("TextSecure"), of products or of what they deal with."""
        self.product = self._product(texts)
        self.proper = frozenset(
            word for word, count in inside.items() if count >= 3 and count >= _PROPER_SHARE * self.frequency[word]
        )
        self._written = {
            form.lower(): form
            for form, count in sorted(written.items(), key=lambda item: (item[1], item[0]))
            if count >= 3 and count >= _WRITTEN_SHARE * self.frequency[stem(form.lower())]
        }
        self._pairs = {
            pair.lower(): pair
            for pair, count in sorted(pairs.items())
            if count >= 3 and count >= _WRITTEN_SHARE * min(self.frequency[stem(word)] for word in pair.lower().split())
        }

    def rarity(self, word: str) -> float:
        """Logarithm of how seldom a stem occurs among the texts (inverse document frequency)."""
        return float(np.log((1 + self.total) / (1 + self.frequency[word])))

    def spelled(self, sentence: str) -> str:
        """A sentence with its names and abbreviations in the capitals that customers mostly give them."""
        spelled = _PLAIN_WORD.sub(lambda match: self._written.get(match.group(), match.group()), sentence)
        found = spelled.split(" ")
        for place, (one, other) in enumerate(pairwise(found)):
            name = self._pairs.get(f"{one} {other}".lower())
            if name is not None:
                found[place : place + 2] = name.split()
        return " ".join(found)

    def several(self, phrase: str) -> str:
        """A phrase with things that are counted in the plural where they stand without an article: "edit doc" -> "edit docs".

        What is counted is told by how often its plural is used.
        """
        found = phrase.split()
        free = True  # no article since the last joint
        for place, word in enumerate(found):
            if word in _JOINTS:
                free = word != "to"
            elif word in _ARTICLES:
                free = False
            elif place and free and (place + 1 == len(found) or found[place + 1] in _JOINTS) and self._is_counted(word):
                found[place] = plural(word)
        return " ".join(found)

    def as_counted(self, thing: str) -> str:
        """A thing in the plural where customers often speak of several: "notification" -> "notifications"."""
        return plural(thing) if self._is_counted(thing.split()[-1]) else thing

    def _is_counted(self, word: str) -> bool:
        one, several = self._forms[word], self._forms[plural(word)]
        return not is_plural(word) and (several >= max(3, _COUNTED * one) or several > one > 0)

    def well_known(self, name: str) -> bool:
        """Whether a capitalised word is too common here to be a person's name."""
        return self._capitals[name] >= max(5, self.total // 1000)

    def _product(self, texts: Collection[str]) -> str:
        names = (
            "app",
            "site",
            "website",
            "shop",
            "store",
            "service",
            "program",
            "software",
            "tool",
            "product",
            "system",
        )
        spoken = Counter(name for text in texts for name in set(words(text)) & set(names))
        return spoken.most_common(1)[0][0] if spoken else "product"


def _named_in(text: str) -> set[str]:
    """Stems of the words that stand with a capital after a small word, or as handles: of names."""
    return {stem(word.lower()) for word in _CAPITAL_INSIDE.findall(text)} | _addressed(text)


def _addressed(text: str) -> set[str]:
    """Stems of the handles, which are no words of the text otherwise."""
    return {stem(name.lower()) for name in handles(text)}


def _common(total: int, using: Counter[str], inside: Counter[str]) -> frozenset[str]:
    if total < _NAMES_FROM:
        return frozenset()
    return frozenset(
        word
        for word, count in inside.items()
        if using[word] >= _NAME_SHARE * total and count >= _NAME_CAPITALS * using[word]
    )


def _brands(texts: Collection[str], products: Sequence[str | None]) -> frozenset[str]:
    """Stems of the words that products are called by, where customers write them as names."""
    about: dict[str, list[str]] = defaultdict(list)
    for text, product in zip(texts, products, strict=False):
        if product:
            about[product].append(text)
    found: set[str] = set()
    for product, some in about.items():
        if len(some) < _PRODUCT_FROM:
            continue
        called = {stem(word) for word in words(product.replace("_", " "))}
        using: Counter[str] = Counter()
        capitals: Counter[str] = Counter()
        for text in some:
            using.update(called & {stem(word) for word in words(text)})
            capitals.update(called & {stem(word.lower()) for word in _CAPITAL_WORD.findall(text)})
        found.update(
            word
            for word in called
            if using[word] >= _NAME_SHARE * len(some) and capitals[word] >= _PRODUCT_CAPITALS * using[word]
        )
    return frozenset(found)
