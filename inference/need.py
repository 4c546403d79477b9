"""Messages in, needs out: the whole pipeline as one pure function."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from . import confidence
from .against import Matter, speaks_against
from .aspect import AspectFound, aspects, themes
from .bearing import LEAST, borne, leanings, worded
from .called import Called
from .confidence import LinkSigns, NeedSigns
from .exemplar import CHOICES, Exemplars
from .finding import (
    DEFAULTS,
    EvidenceFound,
    Findings,
    Heard,
    Message,
    NeedFound,
    Parameters,
    Place,
)
from .graph import MOST_GROUPED, coherent, grouped
from .label import NO_LABELS, Labels
from .manner import apart
from .past import NOTHING, Past
from .point import pointed
from .reading import Reading
from .signal import Kind, Signal, praises, words
from .space import Apart, InContext, Space
from .standing import Standing
from .statement import MANY_VOICES, Statement, Voice, candidates, distinct, key_phrases, ranked
from .store import Lists
from .teller import remembering
from .thing import candidate, is_thing
from .topic import SEVERAL_PLAINLY, failing, focus, is_need_within, is_topic, names_only, said_plainly
from .twin import twins, worded_alike
from .vector import Embedder, normalised
from .weights import MODEL_NAME

Floats = NDArray[np.float32]

_REACH_LEAST = 0.34  # cosine to a need's centre below which nothing is added to it
_REACH_QUANTILE = 0.1  # share of a need's own members that may be farther off than what is added
_REACH_QUANTILE_WITHIN = 0.5  # the same of a need within a topic
_PRAISE_NEARER = 0.08  # than closeness asks for, at least
_REACH_OF_PRAISE = 0.5  # cosine that is near enough for praise, which is worded unlike lacks, however close these are
_MOST_GROUPED = MOST_GROUPED
_FEW_MESSAGES = 150  # fewer messages need no more than the least number of customers asked for
_MESSAGES_A_CUSTOMER = 20_000  # messages for each further customer that a need takes
_FOCUS = 0.3  # share of a need's customers who must share its words; below it the spans are merely of one mood
_FOCUS_SMALL = 0.4  # the same for a need of fewer than 10 spans, where sharing comes by chance
_LOOSE = 0.03  # by how much more alike than asked for the members of a group are that hold together well
_TIGHT = 0.15  # the same of a group that is of one thing, in whatever words
_FINER = 0.09  # how much more alike the members of a need within a topic are
_LEAST_BORNE = 0.3  # share of a need's customers who bear out what it is called by, below which it is of several things
_MOST_ANEW = 2  # times that lacks are grouped again, less the things that they are alike for
_SHOWN = 3.0  # weight of what a span says of a statement where it is told which spans show the need best
_MOST_QUOTED = 30  # customers of a need that is called by a quote, where others say plainly what they lack
_LEAST_WORDED = 0.1  # share of them who use its words, where customers say plainly what they lack
_MOST_HELD = 80  # spans of a need that are held against each thing that it may be called
_QUOTED_NEAR = 0.45  # cosine of a quote from which it speaks for a span too
_QUOTED_FOR = 0.5  # share of a need's spans that a quote speaks for, where others say plainly what they lack
_LEAST_FREELY = 0.1  # how well spans must bear a need out where customers word freely what they lack
_SEVERAL = 3  # groups from which it means something how near a span lies to what one is called
_LEAST_CLEAR = 0.25  # share of a need's spans that must tell of a lack in so many words
_CLEAR = 0.6  # share from which the lack is beyond doubt
_MOST_AGAINST = 2.0  # praise for each span of lack, above which a group tells of something that works
_MOST_AGAINST_UNCLEAR = 0.75  # the same where the lack is in doubt, or so many tell of it that shares mean something


def find(
    messages: Sequence[Message],
    embedder: Embedder,
    parameters: Parameters = DEFAULTS,
    vectors: Mapping[Place, Floats] | None = None,
    progress: Callable[[str, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    past: Past = NOTHING,
    labels: Labels = NO_LABELS,
    heard: Mapping[int, Heard] | None = None,
) -> Findings:
    """The needs behind `messages`, best supported first.

    `vectors` gives what is known already, by (key, start, end); everything else is embedded, each wording once.
    `progress` is told the phase (read, embed, group, name, link) and how much of it is done, 0..1; `cancelled` is asked
    often. `past` is the run before, whose needs keep their borders where these are still good ones, and what they are
    called until much of them is new. `labels` is what people say that spans are. `heard` is what was found by reading
    messages under the same labels, by key: these are not read again. Raises Cancelled.
    """
    return _Run(messages, embedder, parameters, vectors or {}, progress, cancelled, past, labels, heard).findings()


def named(
    messages: Sequence[Message],
    groups: Sequence[Sequence[int]],
    embedder: Embedder,
    parameters: Parameters = DEFAULTS,
) -> list[NeedFound | None]:
    """The needs of groups that are given, parallel to them: `groups` holds the keys of the messages of each.

    None for a group of which no sentence could be made, or none that no group before it is called by.
    """
    return _Run(messages, embedder, parameters, {}, None, None).named(groups)


@dataclass
class _Group:
    members: list[int]  # spans
    centre: Floats  # in the centred space
    within: bool = False  # part of a large topic, near which lies what else is said of it
    statement: Statement | None = None
    stands: bool = False  # a need of before
    kept: Called | None = None  # what it was called before, where it still is
    about: int = 0  # spans that are alike, whether or not they bear the statement out
    leaning: dict[int, float] = field(default_factory=dict)  # of spans towards the statement
    extra: list[EvidenceFound] = field(default_factory=list)
    praised: int = 0  # spans nearby that likely praise something, whether or not they speak against the need
    evidence: list[EvidenceFound] = field(default_factory=list)
    signs: NeedSigns | None = None


class _Run(Reading):
    def __init__(
        self,
        messages: Sequence[Message],
        embedder: Embedder,
        parameters: Parameters,
        known: Mapping[Place, Floats],
        progress: Callable[[str, float], None] | None,
        cancelled: Callable[[], bool] | None,
        past: Past = NOTHING,
        labels: Labels = NO_LABELS,
        heard: Mapping[int, Heard] | None = None,
    ) -> None:
        super().__init__(messages, embedder, known, progress, cancelled, labels, heard or {})
        self.parameters = parameters
        self.past = past
        self.bearing_least = 0.0  # how well spans must bear a need out
        self.things = sorted(past.things())  # that are but talked about
        self.worded: dict[str, Floats] = {}  # vectors of what needs may be called

    def findings(self) -> Findings:
        # spans are told twice, the second time when their vectors are known
        with remembering():
            self.timed("read", self.read)
            self.timed("embed", self.embed)
        self.timed("group", self._group)
        self.timed("name", self._name)
        self.timed("link", self._link)
        kept = [(group, need) for group in self.groups if (need := self._need(group)) is not None]
        kept.sort(
            key=lambda pair: (
                -self._support([item.span for item in pair[1].evidence if item.stance == "SUPPORTS"]),
                pair[1].statement,
            )
        )
        about, needs = self._aspects([group for group, _ in kept], [need for _, need in kept])
        kinds = Counter(span.kind.value.lower() for span in self.spans)
        counts = {
            "messages": len(self.messages),
            "spans": len(self.spans),
            "noise": self.noise,
            "needs": len(needs),
            "aspects": len(about),
            "evidence": sum(len(need.evidence) for need in needs),
            "embedded": self.embedded,
            **{kind.value.lower(): kinds[kind.value.lower()] for kind in Kind if kind is not Kind.NOISE},
        }
        return Findings(self.spans, self.vectors, needs, counts, self.timings, about, self.alike)

    def named(self, groups: Sequence[Sequence[int]]) -> list[NeedFound | None]:
        """See the function of that name."""
        self.read()
        self.embed()
        self._find_points()
        self._prepare()
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, span in enumerate(self.spans):
            rows_of[span.key].append(row)
        found: list[_Group | None] = []
        for keys in groups:
            rows = sorted(row for key in keys for row in rows_of[key])
            lacking = [row for row in rows if self.point_of[row] >= 0] or rows
            found.append(_Group(lacking, self._centre(lacking)) if lacking else None)
        some = [group for group in found if group is not None]
        for group, statement in zip(some, distinct(self._options(some)), strict=True):
            group.statement = statement
        self.groups = some
        if some:
            self._judge()
        return [group and self._need(group) for group in found]

    # --- phases

    def _prepare(self) -> None:
        """The space in which all lies, without the direction of mere things."""
        self.space = Space(self.wording.names, self.common, self.embedder, frozenset(self.things))
        self.apart = Apart(self.space, self.vectors)
        self.centred = InContext(self.apart, self.message_of, self.lengths)
        self.point_vectors = self.space.joint(self.point_rows, self.apart, self.lengths)
        self.standing = Standing(
            self.past, self.spans, self.texts, self.lengths, self.apart, self.point_rows, self.space, self._fit
        )

    def _group(self) -> None:
        """Group what is lacked, where enough customers lack it; once more where they are alike for a thing alone."""
        self.groups: list[_Group] = []
        self.alike: list[list[int]] = []
        self.least = max(self.parameters.minimum_customers, self._fewest_customers())
        self._find_points()
        for last in [False] * _MOST_ANEW + [True]:
            self._prepare()
            if not len(self.point_rows):
                return
            found = self.standing.parts(self._parts(), self.point_vectors)
            if not self.alike:
                self.alike = [sorted(row for point in part for row in self.point_rows[point]) for part, _ in found]
            self._judge_parts(found)
            if last or self.plainly or not (things := self._mere_things()):
                return
            self.things += things

    def _mere_things(self) -> list[str]:
        """The words that groups are alike for and nothing else, most customers first."""
        words = [candidate(self._voices(group), self.wording) for group in self.groups]
        asked = [(group, word) for group, word in zip(self.groups, words, strict=True) if word is not None]
        directions = self._fit([word for _, word in asked]) if asked else []
        found = [
            word
            for (group, word), direction in zip(asked, directions, strict=True)
            if is_thing(direction, self._points_of(group), self.parameters.granularity)
        ]
        return [word for word in dict.fromkeys(found) if word not in self.things]

    def _points_of(self, group: _Group) -> Floats:
        """Vectors of a group's points, in the order of its members."""
        return self.point_vectors[self._points_in(group.members)]

    def _points_in(self, rows: Sequence[int]) -> list[int]:
        """The points of spans, each once, in their order."""
        return list(dict.fromkeys(self.point_of[rows].tolist()))

    def _judge_parts(self, found: list[tuple[NDArray[np.intp], bool]]) -> None:
        """The needs in what is alike."""
        least = self.least
        self.groups = []
        self.dissolved: set[int] = set()  # points of what is merely a topic
        parts: list[tuple[NDArray[np.intp], bool]] = []
        for part, stands in found:
            if not stands and self.standing.is_settled(self.point_rows.first()[part].tolist()):
                self.dissolved.update(part.tolist())
            else:
                parts += [(some, stands) for some in self._by_failure(part, least)]
        grown = [(part, stands, self._grown(part, least)) for part, stands in parts]
        self.plainly = said_plainly((self._voices(group) for *_, group in grown if group is not None), self.wording)
        # where customers word alike what they lack, what says nothing like a need's name is about something else
        if self.plainly:
            self.bearing_least = LEAST
        else:
            # what little there is about one thing or two is all alike, less what all have in common
            several = sum(group is not None for *_, group in grown) >= _SEVERAL
            self.bearing_least = _LEAST_FREELY if several else 0.0
        for part, stands, group in grown:
            if group is None:
                continue
            # what was a need before is not asked again whether it is one, unless all that its customers share is a name
            if names_only(self._voices(group), self.wording) if stands else self._is_scattered(group):
                self.dissolved.update(part.tolist())
                self.groups += self._needs_within(part, least, large=self._support(group.members) >= MANY_VOICES)
            else:
                group.stands = stands
                self.groups.append(group)
        self.groups = self._largest_first(self.groups)

    def _by_failure(self, part: NDArray[np.intp], least: int) -> list[NDArray[np.intp]]:
        """A part by how the thing fails that it is about: what does not come apart from what will not go."""
        rows = [self.point_rows[point] for point in part]
        return [
            part[some]
            for some in apart(
                [[self.texts[row] for row in some] for some in rows],
                self.point_vectors[part],
                lambda some: self._support([row for place in some for row in rows[place]]),
                least,
            )
        ]

    def _grown(self, part: NDArray[np.intp], least: int) -> _Group | None:
        """The points near the middle of a part, where enough customers tell of a lack there."""
        core, centre = self._core(part)
        members = sorted(row for point in core for row in self.point_rows[point])
        if not members or self._support(members) < least or self._clarity(members) < _LEAST_CLEAR:
            return None
        return _Group(members, centre)

    def _is_scattered(self, group: _Group) -> bool:
        """Whether a group is merely of one mood or topic: its customers share no words, or no lack."""
        voices = self._voices(group)
        alike = float(self._points_of(group).mean(axis=0) @ group.centre) - self.parameters.granularity
        return not self._is_focused(voices) or is_topic(
            voices, self.wording, loose=alike < _LOOSE, plainly=self.plainly and alike < _TIGHT
        )

    def _is_focused(self, voices: Sequence[Voice]) -> bool:
        return focus(voices, self.wording) >= (_FOCUS if len(voices) >= 10 else _FOCUS_SMALL)

    def _needs_within(self, part: NDArray[np.intp], least: int, *, large: bool) -> list[_Group]:
        """The needs in what is merely a topic as a whole; the rest of it is left to be linked to other needs.

        `large` says that so many speak of the topic that what they lack would be said alike.
        """
        coherence = min(1.0, self.parameters.granularity + _FINER)
        inner = coherent(self.point_vectors[part], coherence, self.check)
        grown = [group for some in inner if (group := self._grown(part[some], least)) is not None]
        for group in grown:
            group.within = large
        return [
            group
            for group in grown
            if self._is_focused(voices := self._voices(group)) and is_need_within(voices, self.wording)
        ]

    def _parts(self) -> list[NDArray[np.intp]]:
        """The points in groups: all of them, or of very many a sample, whose groups the others join where they are near."""
        return grouped(
            self.point_vectors,
            self.parameters.granularity,
            self.parameters.seed,
            _MOST_GROUPED,
            self.parameters.closeness,
            lambda share: self.tick("group", share),
        )

    def _fewest_customers(self) -> int:
        """What a need takes in a set of this size, where chance brings like-minded pairs together."""
        return 1 if len(self.messages) < _FEW_MESSAGES else 3 + len(self.messages) // _MESSAGES_A_CUSTOMER

    def _find_points(self) -> None:
        """What is grouped; each wording is one point, so that copies weigh no more than one voice."""
        self.common = self.vectors.mean()
        self.telling, self.lengths, lists = pointed(
            self.spans,
            self.texts,
            self.message_of,
            self.vectors if self.embedder.name == MODEL_NAME else None,
            self.wording.names,
        )
        self.point_rows = Lists(lists)
        self.point_of = np.full(len(self.spans), -1, dtype=np.int32)
        sizes = np.diff(self.point_rows.starts)
        self.point_of[self.point_rows.numbers] = np.repeat(np.arange(len(self.point_rows), dtype=np.int32), sizes)

    def _core(self, points: NDArray[np.intp]) -> tuple[list[int], Floats]:
        """The points near enough to their common centre, and that centre after the far ones are gone."""
        vectors = self.point_vectors[points]
        kept = np.arange(len(points))
        for _ in range(2):
            centre = normalised(vectors[kept].mean(axis=0, keepdims=True))[0]
            kept = np.flatnonzero(vectors @ centre >= self.parameters.closeness)
            if not len(kept):
                return [], centre
        return points[kept].tolist(), normalised(vectors[kept].mean(axis=0, keepdims=True))[0]

    def _centre(self, rows: NDArray[np.intp] | list[int]) -> Floats:
        return normalised(self.centred[rows].mean(axis=0, keepdims=True))[0]

    def _name(self) -> None:
        stands = [group for group in self.groups if group.stands]
        for group, called in zip(stands, self.standing.called([group.members for group in stands]), strict=True):
            group.kept = called
        options = self._options(self.groups)
        # what customers word alike is one need, however the model sees it
        if merged := worded_alike(options, [group.centre for group in self.groups]):
            self.groups, kept = self._with_joined(merged)
            options = [*(options[number] for number in kept), *self._options(self.groups[len(kept) :])]
        # a part of a topic is a need where its customers say alike what they lack: a quote from it may be of any mood
        options = [
            some if group.kept or not group.within or (some and some[0].basis == "TEMPLATE") else []
            for group, some in zip(self.groups, options, strict=True)
        ]
        # what is called so already is asked first, then what most customers lack
        supports = [self._support(group.members) for group in self.groups]
        order = sorted(range(len(options)), key=lambda number: (self.groups[number].kept is None, -supports[number]))
        for number, statement in zip(order, distinct([options[number] for number in order]), strict=True):
            self.groups[number].statement = statement
        self.groups = [group for group in self.groups if group.statement is not None and self._is_said(group)]
        self._regroup(self._pruned(self.groups))
        self._join_twins()

    def _join_twins(self) -> None:
        """Make one of needs that could be called by each other's names, as long as there are such."""
        while self.groups:
            statements = [group.statement for group in self.groups if group.statement is not None]
            meanings = self._fit([statement.meaning for statement in statements])
            found = twins(statements, meanings, np.stack([group.centre for group in self.groups]), plainly=self.plainly)
            joined = {
                number: one
                for numbers in found
                if (one := self._named_as_one([self.groups[number] for number in numbers])) is not None
                for number in numbers
            }
            if not joined:
                return
            rest = [group for number, group in enumerate(self.groups) if number not in joined]
            self.groups = self._largest_first([*rest, *{id(one): one for one in joined.values()}.values()])

    def _named_as_one(self, some: Sequence[_Group]) -> _Group | None:
        """Needs as one, with what bears out its name; None where none is free that enough of it bears out."""
        one = self._joined(some)
        taken = {other.statement.sense for other in self.groups if other.statement and other not in some}
        (options,) = self._options([one])
        one.statement = next((option for option in options if option.sense not in taken), None)
        if one.statement is None:
            return None
        self._pruned([one])
        one.about = sum(group.about for group in some)
        return one if one.statement is not None else None

    def _with_joined(self, merged: Sequence[Sequence[int]]) -> tuple[list[_Group], list[int]]:
        """The groups that stay by themselves and then those that are made of some, by number; and the numbers of the former."""
        gone = {number for numbers in merged for number in numbers}
        kept = [number for number in range(len(self.groups)) if number not in gone]
        joined = [self._joined([self.groups[number] for number in numbers]) for numbers in merged]
        return [*(self.groups[number] for number in kept), *joined], kept

    def _largest_first(self, groups: Iterable[_Group]) -> list[_Group]:
        return sorted(groups, key=lambda group: (-self._support(group.members), group.members[0]))

    def _pruned(self, some: Sequence[_Group]) -> list[int]:
        """Leave to needs what bears them out; the points of which nothing is left."""
        held: set[int] = set()
        asked: set[int] = set()
        for group in some:
            assert group.statement is not None
            group.about = len(group.members)
            asked.update(self._points_in(group.members))
            bearing = self._bearing(group, group.members)
            holding = [row for row, value in zip(group.members, bearing, strict=True) if value >= self._least(group)]
            if not self._is_borne(group, holding):
                group.statement = None
                continue
            held.update(self._points_in(holding))
            group.members = holding
            group.centre = normalised(self._points_of(group).mean(axis=0, keepdims=True))[0]
        return sorted(asked - held)

    def _is_borne(self, group: _Group, holding: list[int]) -> bool:
        """Whether enough of a group bears out what it is called: the spans `holding`."""
        assert group.statement is not None
        if group.stands:  # it was asked when it became a need
            return self._support(holding) >= self.parameters.minimum_customers
        people, quoted = self._support(group.members), group.statement.basis == "QUOTE"
        if self.plainly and quoted and people >= _MOST_QUOTED and not failing(self._voices(group)):
            return False  # so many would say alike what they lacked, if it were one thing
        if self.plainly and group.statement.lack is not None and not self._is_worded(group, holding):
            return False
        return self._support(holding) >= max(self.least, _LEAST_BORNE * people)

    def _least(self, group: _Group) -> float:
        """How well spans must bear out what a group is called."""
        return group.kept.least if group.kept else self.bearing_least

    def _is_worded(self, group: _Group, rows: list[int]) -> bool:
        """Whether enough of a need's customers word alike what it is called."""
        assert group.statement is not None
        said = worded(group.statement, [self.texts[row] for row in rows])
        return self._support(np.array(rows, dtype=np.intp)[said].tolist()) >= _LEAST_WORDED * self._support(rows)

    def _regroup(self, points: list[int]) -> None:
        """The needs in what bore none of those out that it was alike with."""
        self.groups = [group for group in self.groups if group.statement is not None]
        left = np.array(points[:: -(-len(points) // _MOST_GROUPED)] if points else points, dtype=np.intp)
        found = self._needs_within(left, self.least, large=True) if len(left) else []
        found = [group for group in found if not self.standing.is_settled(group.members)]
        taken = {group.statement.sense for group in self.groups if group.statement is not None}
        some: list[_Group] = []
        for group, options in zip(found, self._options(found), strict=True):
            if options and options[0].basis == "TEMPLATE" and options[0].sense not in taken:
                group.statement = options[0]
                taken.add(options[0].sense)
                some.append(group)
        self._pruned(some)
        self.groups += [group for group in some if group.statement is not None]
        self.groups = self._largest_first(self.groups)

    def _bearing(self, group: _Group, rows: Sequence[int]) -> Floats:
        """How well each span bears out what a need is called."""
        assert group.statement is not None
        near = self.apart[rows] @ self._fit([group.statement.meaning])[0]
        return near + self._leaning(group, rows)

    def _leaning(self, group: _Group, rows: Sequence[int]) -> Floats:
        """By how much nearer to what a need is called each span is for what it says; each is read once."""
        assert group.statement is not None
        new = [row for row in rows if row not in group.leaning]
        told = leanings(group.statement, [self.texts[row] for row in new], self.wording.brands)
        group.leaning.update(zip(new, told.tolist(), strict=True))
        return np.array([group.leaning[row] for row in rows], dtype=np.float32)

    def _is_said(self, group: _Group) -> bool:
        """Whether a group's statement speaks for it: where others say plainly what they lack, a quote that most of the group
        does not come near stands for a mixture."""
        assert group.statement is not None
        if (
            group.kept
            or not self.plainly
            or group.statement.basis != "QUOTE"
            or self._support(group.members) < SEVERAL_PLAINLY
        ):
            return True
        near = self._points_of(group) @ self._fit([group.statement.meaning])[0]
        return float(np.mean(near >= _QUOTED_NEAR)) >= _QUOTED_FOR

    def _options(self, some: Sequence[_Group]) -> list[list[Statement]]:
        options: list[list[Statement]] = []
        for number, group in enumerate(some):
            self.tick("name", number / len(some))
            options.append([group.kept.statement] if group.kept else candidates(self._voices(group), self.wording))
        read = [group.members[:: -(-len(group.members) // _MOST_HELD)] for group in some]
        texts = [[self.texts[row] for row in rows] for rows in read]
        vectors = [self.apart[rows] for rows in read]

        def share(need: int, statement: Statement, meaning: Floats) -> float:
            return borne(statement, texts[need], vectors[need] @ meaning, self.wording.brands)

        return ranked(options, self._fit, [group.centre for group in some], share)

    def _joined(self, some: Sequence[_Group]) -> _Group:
        members = sorted(row for group in some for row in group.members)
        kept = next((group.kept for group in some if group.kept), None)
        return _Group(members, self._centre(members), stands=any(group.stands for group in some), kept=kept)

    def _fit(self, texts: list[str]) -> Floats:
        """Texts in the space of the groups' centres; none is embedded twice, nor one that is a span of this run."""
        new = {text for text in texts if text not in self.worded}
        if new:
            spoken = {text: row for row, text in enumerate(self.texts) if text in new}
            self.worded.update((text, self.vectors[row]) for text, row in spoken.items())
            other = sorted(new - spoken.keys())
            self.worded.update(zip(other, self.embedder.embed(other), strict=True))
        return self.space.apart(np.stack([self.worded[text] for text in texts]).astype(np.float32))

    def _link(self) -> None:
        """Join to the needs what was not grouped: stray lacks as support, praise of the same thing as counter-evidence."""
        if not self.groups:
            return
        brands = self.wording.brands
        centres = np.stack([group.centre for group in self.groups])
        grouped = {row for group in self.groups for row in group.members}
        points = [point for point, row in enumerate(self.point_rows.first().tolist()) if row not in grouped]
        praised = [row for row in np.flatnonzero(self.telling).tolist() if praises(self._signal(row), self.texts[row])]
        reach = np.array([self._reach(group) for group in self.groups])
        nearer = np.array([self._reach(group, _REACH_QUANTILE_WITHIN) for group in self.groups])
        # it was asked already what else belongs to a need of before
        closed = np.array([group.kept is not None for group in self.groups])
        choices: dict[
            int, list[tuple[float, int]]
        ] = {}  # of each point the needs that it is near enough to, as cosine and need
        for start in range(0, len(points), 4096):
            self.tick("link", 0.5 * start / len(points))
            some = points[start : start + 4096]
            cosines = self.point_vectors[some] @ centres.T
            beyond = np.where(closed, -np.inf, cosines - reach)
            for place, point in enumerate(some):
                order = np.argsort(-beyond[place], kind="stable")[:CHOICES]
                # what was alike among itself, though no need, is of another thing until it is near indeed
                asked = nearer if point in self.dissolved else reach
                near = [(float(cosines[place, need]), int(need)) for need in order]
                choices[point] = [one for one in near if not closed[one[1]] and one[0] >= asked[one[1]]]
        self._link_strays(choices)
        matters = [
            Matter.of([words(self.texts[row]) for row in some.members], brands, some.statement) for some in self.groups
        ]
        for start in range(0, len(praised), 4096):
            self.tick("link", 0.5 + 0.5 * start / len(praised))
            some = praised[start : start + 4096]
            cosines = self.centred[some] @ centres.T
            for row, need, cosine in zip(some, cosines.argmax(axis=1), cosines.max(axis=1), strict=True):
                if cosine >= max(self.parameters.closeness + _PRAISE_NEARER, min(float(reach[need]), _REACH_OF_PRAISE)):
                    self.groups[need].praised += 1
                    if speaks_against(self._signal(row), self.texts[row], matters[need]):
                        self.groups[need].extra.append(EvidenceFound(row, "CONTRADICTS", 0.0))
        self._judge()

    def _link_strays(self, choices: dict[int, list[tuple[float, int]]]) -> None:
        """Give each point to the first of its choices whose name it bears out."""
        room = [len(group.members) for group in self.groups]
        for choice in range(CHOICES):
            strays: dict[int, list[tuple[float, int]]] = defaultdict(list)
            for point, some in choices.items():
                if choice < len(some):
                    near, need = some[choice]
                    strays[need].append((-near, point))
            for need, found in strays.items():
                group = self.groups[need]
                # what was found alike decides: of strays, the nearest, at most as many spans as it has itself
                rows = [row for _, point in sorted(found) for row in self.point_rows[point]]
                borne = self._bearing(group, rows) >= self._least(group)
                rows = [row for row, bears in zip(rows, borne, strict=True) if bears][: room[need]]
                room[need] -= len(rows)
                group.extra.extend(EvidenceFound(row, "SUPPORTS", 0.0) for row in rows)
                for row in rows:
                    choices.pop(int(self.point_of[row]), None)

    def _judge(self) -> None:
        """How sure each link is, and with them each need."""
        points = [list(dict.fromkeys(self._point(row) for row in group.members)) for group in self.groups]
        members = [np.stack([self._vector(point) for point in some]) for some in points]
        exemplars = Exemplars(members)
        # what is said near the statement is read first
        about = self._fit([group.statement.meaning if group.statement else "" for group in self.groups])
        about = normalised(np.stack([group.centre for group in self.groups]) + about)
        told: list[tuple[list[int], int, Floats]] = []  # of each need its spans, how many support it, and their signs
        for need, group in enumerate(self.groups):
            support = [item.span for item in group.extra if item.stance == "SUPPORTS"]
            against = [item.span for item in group.extra if item.stance == "CONTRADICTS"]
            fit_of = dict(zip(points[need], exemplars.fits(members[need], need, members=True), strict=True))
            inside = [fit_of[self._point(row)] for row in group.members]
            others = self.point_vectors[self.point_of[support]]
            fits = [
                *inside,
                *exemplars.fits(others, need, members=False),
                *exemplars.fits(self.centred[against], need, members=False),
            ]
            rows = [*group.members, *support, *against]
            alone = self.apart[rows] @ about[need]
            if group.statement is not None:
                alone += _SHOWN * self._leaning(group, rows)
            signs = [
                LinkSigns.of(fit, float(near), self.spans[row].score, self._least(group))
                for fit, near, row in zip(fits, alone, rows, strict=True)
            ]
            told.append((rows, len(rows) - len(against), np.array(signs, dtype=np.float32)))
            near, margin, share, size = np.mean(inside, axis=0).tolist()
            group.signs = NeedSigns(near, margin, share, size, self._least(group), 0.0)
        # what was said in one wording alone has nothing of its own beside it that could vote
        several = [one for one, some in zip(told, points, strict=True) if len(some) > 1]
        sharp = confidence.sharpness([signs[:supporting] for _, supporting, signs in several])
        for group, (rows, supporting, signs) in zip(self.groups, told, strict=True):
            assert group.signs is not None
            group.signs = group.signs._replace(sharp=sharp)
            sure = list(zip(rows, confidence.links(signs, sharp), strict=True))
            group.evidence = [EvidenceFound(row, "SUPPORTS", value) for row, value in sure[:supporting]]
            group.evidence += [EvidenceFound(row, "CONTRADICTS", value) for row, value in sure[supporting:]]
            group.evidence.sort(key=lambda item: (item.stance != "SUPPORTS", -item.confidence, item.span))

    def _point(self, row: int) -> int:
        """The point of a span; below 0 for one that stands by itself."""
        point = int(self.point_of[row])
        return point if point >= 0 else -1 - row

    def _vector(self, point: int) -> Floats:
        return self.point_vectors[point] if point >= 0 else self.centred[[-1 - point]][0]

    def _signal(self, row: int) -> Signal:
        return Signal(*self.spans[row][3:])

    def _reach(self, group: _Group, most: float = _REACH_QUANTILE) -> float:
        """The cosine to a group's centre from which a stray lack belongs to it: what nearly all its members have."""
        near = self.point_vectors[self.point_of[group.members]] @ group.centre
        most = _REACH_QUANTILE_WITHIN if group.within else most
        return float(max(_REACH_LEAST, np.quantile(near, most)))

    # --- judgements

    def _support(self, rows: Sequence[int]) -> int:
        """Distinct customers behind the spans, or distinct message texts where those are fewer (copies, edited or not, are one voice)."""
        if not len(rows):
            return 0
        numbers = self.message_of[rows]
        return min(len(set(self.customer[numbers].tolist())), len(set(self.voice_of[numbers].tolist())))

    def _clarity(self, rows: Sequence[int]) -> float:
        """Share of the spans that tell of a lack in so many words rather than state a fact."""
        clear = sum(self.spans[row].score >= 0.46 or self.spans[row].kind is not Kind.PAIN for row in rows)
        return clear / len(rows)

    def _voices(self, group: _Group) -> list[Voice]:
        rows = group.members
        closeness = self.centred[rows] @ group.centre
        customers = self.speaker[self.message_of[rows]].tolist()
        return [
            Voice(
                self.texts[row],
                customer,
                self.spans[row].kind,
                self.spans[row].score,
                float(near),
            )
            for row, customer, near in zip(rows, customers, closeness, strict=True)
        ]

    def _aspects(self, some: Sequence[_Group], needs: Sequence[NeedFound]) -> tuple[list[AspectFound], list[NeedFound]]:
        """What the needs are about, and the needs with their aspects."""
        if not some:
            return [], []
        supports = [self._support(group.members) for group in some]
        found = themes(np.stack([group.centre for group in some]), supports, self.parameters.seed)
        centroids = np.stack([need.centroid for need in needs])
        made, owner = aspects(found, [self._voices(group) for group in some], centroids, self.wording, self.things)
        return made, [replace(need, aspect=aspect) for need, aspect in zip(needs, owner, strict=True)]

    def _need(self, group: _Group) -> NeedFound | None:
        if group.statement is None:
            return None
        lacking = [*group.members, *(item.span for item in group.extra if item.stance == "SUPPORTS")]
        clear = self._clarity(group.members) >= _CLEAR and self._support(lacking) < MANY_VOICES
        most = _MOST_AGAINST if clear else _MOST_AGAINST_UNCLEAR
        if not group.stands and group.praised > most * (max(group.about - len(group.members), 0) + len(lacking)):
            return None
        centroid = normalised(self.vectors[group.members].mean(axis=0, keepdims=True))[0]
        phrases = key_phrases(self._voices(group), self.wording)
        assert group.signs is not None
        (sure,) = confidence.needs([group.signs])
        called = group.kept or Called.of(group.statement, self.wording.brands, self.bearing_least, self.things)
        return NeedFound(
            group.statement.text, group.statement.basis, sure, phrases, centroid, group.evidence, called=called
        )
