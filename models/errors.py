"""Everything that a caller can do wrong, and what the data refuses.

    Refusal                     a request that cannot be met as it stands; nothing was written
    |-- Invalid                 a value is missing, malformed or out of range
    |-- NotFound                no such thing, or not of the kind asked for
    |-- Conflict                the request contradicts what is already there
    |   |-- DuplicateExternalId the same source and external id came with other content
    |   |-- Erased                the row is of a person who was erased
    |   |-- StaleVersion        somebody changed the object since it was read
    |   |-- IllegalTransition   the object's state does not allow this step
    |   |-- AlreadyRunning      a run is under way
    |   |-- OtherVersion        the database was brought up to date by another version of this program
    |   |-- ReviewerIsProposer  nobody reviews what they proposed
    |   |-- SameReviewer        who approved it already is not the second reviewer
    |   |-- ReviewerIsAuthor    nobody reviews an answer of their own
    |   `-- Unready             an invention is not ready for review or approval
    |       |-- ProblemNotCited       its problem does not rest on 2 accepted spans of 2 customers
    |       |-- CitationNotAccepted   it cites evidence that nobody accepted
    |       |-- NotElsewhereMissing   it does not say what customers cannot get elsewhere
    |       |-- OriginMissing         it does not say what started it
    |       |-- QuestionsUnanswered   its internal FAQ leaves a required question open
    |       `-- PrinciplesUnticked    the reviewer did not tick every principle
    |-- Several                 more than one of these at once
    |-- Unsealable              the original of a text is sealed under a key that is not there
    |-- Forbidden               the caller's role does not allow this
    `-- Busy                    the database was contended or away; the same call may succeed later
        |-- NoSpace             its disk is full
        `-- Unsure              it went away during the commit: what was changed may be there, so look before trying again

Each class carries a `code` for machines; `message` is safe to show and says what to change; `path` names the input
field, outermost first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar, cast

T = TypeVar("T")

__all__ = [
    "AlreadyRunning",
    "Busy",
    "CitationNotAccepted",
    "Conflict",
    "DuplicateExternalId",
    "Erased",
    "Faults",
    "Forbidden",
    "IllegalTransition",
    "Invalid",
    "NoSpace",
    "NotElsewhereMissing",
    "NotFound",
    "OriginMissing",
    "OtherVersion",
    "PrinciplesUnticked",
    "ProblemNotCited",
    "QuestionsUnanswered",
    "Refusal",
    "ReviewerIsAuthor",
    "ReviewerIsProposer",
    "SameReviewer",
    "Several",
    "StaleVersion",
    "Unready",
    "Unsealable",
    "Unsure",
]


class Refusal(Exception):
    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str, *, path: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)


class Invalid(Refusal):
    code = "INVALID"


class NotFound(Refusal):
    code = "NOT_FOUND"


class Conflict(Refusal):
    code = "CONFLICT"


class DuplicateExternalId(Conflict):
    code = "DUPLICATE_EXTERNAL_ID"

    def __init__(self, source: str, external_id: str, complaint_id: int, *, path: Sequence[str] = ()) -> None:
        super().__init__(
            f"'{external_id}' from '{source}' was received before with other content. Complaints never change: "
            "send the new text under an external id of its own.",
            path=path,
        )
        self.complaint_id = complaint_id


class Erased(Conflict):
    code = "ERASED"

    def __init__(
        self,
        message: str = "This row is of a person who was erased: it is not taken in again.",
        *,
        path: Sequence[str] = (),
    ) -> None:
        super().__init__(message, path=path)


class StaleVersion(Conflict):
    code = "STALE_VERSION"

    def __init__(self, expected: int, current: int, *, path: Sequence[str] = ("version",)) -> None:
        super().__init__(
            f"You read version {expected}, but the current version is {current}. Read it again, then repeat your change.",
            path=path,
        )
        self.expected = expected
        self.current = current


class IllegalTransition(Conflict):
    code = "ILLEGAL_TRANSITION"

    def __init__(
        self, thing: str, state: str, action: str, *, allowed: Sequence[str] = (), path: Sequence[str] = ()
    ) -> None:
        hint = f" It is possible while it is {' or '.join(allowed)}." if allowed else ""
        super().__init__(f"{thing} is {state}: {action} is not possible.{hint}", path=path)
        self.state = state
        self.action = action


class AlreadyRunning(Conflict):
    code = "ALREADY_RUNNING"

    def __init__(self, run_id: int) -> None:
        super().__init__("An inference run is under way. Wait for it to end or cancel it first.")
        self.run_id = run_id


class OtherVersion(Conflict):
    code = "OTHER_VERSION"

    def __init__(self, migrations: Sequence[str]) -> None:
        super().__init__(
            f"The database has migrations that this version does not know ({', '.join(migrations)}): another version used"
            " it. Install that version, or name another database."
        )


class ReviewerIsProposer(Conflict):
    code = "REVIEWER_IS_PROPOSER"

    def __init__(self) -> None:
        super().__init__(
            "You proposed this invention, or wrote of it where no member did: somebody else must review it."
        )


class SameReviewer(Conflict):
    code = "SAME_REVIEWER"

    def __init__(self) -> None:
        super().__init__(
            "You approved it as it stands already: a ONE_WAY door, or an invention that no member proposed, takes another"
            " reviewer."
        )


class ReviewerIsAuthor(Conflict):
    code = "REVIEWER_IS_AUTHOR"

    def __init__(self) -> None:
        super().__init__("You wrote this answer: somebody else must review it.")


class Unready(Conflict):
    """`missing` names what is missing: texts of questions or principles, ids of evidence."""

    code = "UNREADY"

    def __init__(self, message: str, *, missing: Sequence[str] = (), path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.missing = tuple(missing)


class ProblemNotCited(Unready):
    code = "PROBLEM_NOT_CITED"


class CitationNotAccepted(Unready):
    code = "CITATION_NOT_ACCEPTED"


class NotElsewhereMissing(Unready):
    code = "NOT_ELSEWHERE_MISSING"


class OriginMissing(Unready):
    code = "ORIGIN_MISSING"


class QuestionsUnanswered(Unready):
    code = "QUESTIONS_UNANSWERED"


class PrinciplesUnticked(Unready):
    code = "PRINCIPLES_UNTICKED"


class Several(Refusal):
    """At least two refusals, each of which must be mended."""

    code = "SEVERAL"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(" ".join(one.message for one in refusals))
        self.refusals = tuple(refusals)


class Faults:
    """Collects what several checks refuse, so that whoever asked is told of all of it at once."""

    def __init__(self) -> None:
        self._found: list[Refusal] = []

    def of(self, check: Callable[..., T], *given: object) -> T:
        """What the check makes of its arguments; nothing to rely on before `settle`."""
        try:
            return check(*given)
        except Refusal as refusal:
            self._found.append(refusal)
            return cast(T, None)

    def settle(self) -> None:
        """Raises the refusal that there was, or Several."""
        if self._found:
            raise self._found[0] if len(self._found) == 1 else Several(self._found)


class Unsealable(Refusal):
    code = "UNSEALABLE"


class Forbidden(Refusal):
    code = "FORBIDDEN"


class Busy(Refusal):
    code = "BUSY"


class NoSpace(Busy):
    code = "NO_SPACE"


class Unsure(Busy):
    pass
