"""What a person can mend: refusals of the data as typed user errors of a payload."""

from __future__ import annotations

from enum import Enum

import strawberry

from ..models import errors
from .payload import noun


@strawberry.enum(description="Kind of user error.")
class UserErrorCode(Enum):
    INVALID = strawberry.enum_value("INVALID", description="A value is missing, malformed or out of range.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="No such thing.")
    CONFLICT = strawberry.enum_value("CONFLICT", description="It contradicts what is already there.")
    DUPLICATE_EXTERNAL_ID = strawberry.enum_value(
        "DUPLICATE_EXTERNAL_ID", description="The same source and external id came before with other content."
    )
    ERASED = strawberry.enum_value("ERASED", description="It is of a person who was erased, and is not taken in again.")
    STALE_VERSION = strawberry.enum_value("STALE_VERSION", description="Somebody changed it since you read it.")
    ILLEGAL_TRANSITION = strawberry.enum_value("ILLEGAL_TRANSITION", description="Its state does not allow this step.")
    ALREADY_RUNNING = strawberry.enum_value("ALREADY_RUNNING", description="A run is under way.")
    REVIEWER_IS_PROPOSER = strawberry.enum_value("REVIEWER_IS_PROPOSER", description="You proposed it yourself.")
    SAME_REVIEWER = strawberry.enum_value(
        "SAME_REVIEWER", description="You approved it already: a ONE_WAY door takes another reviewer."
    )
    REVIEWER_IS_AUTHOR = strawberry.enum_value("REVIEWER_IS_AUTHOR", description="You wrote the answer yourself.")
    PROBLEM_NOT_CITED = strawberry.enum_value(
        "PROBLEM_NOT_CITED", description="Its problem does not rest on 2 accepted spans of 2 customers."
    )
    CITATION_NOT_ACCEPTED = strawberry.enum_value(
        "CITATION_NOT_ACCEPTED", description="It cites evidence that nobody accepted."
    )
    NOT_ELSEWHERE_MISSING = strawberry.enum_value(
        "NOT_ELSEWHERE_MISSING", description="It does not say what customers cannot get elsewhere."
    )
    ORIGIN_MISSING = strawberry.enum_value("ORIGIN_MISSING", description="It does not say what started it.")
    QUESTIONS_UNANSWERED = strawberry.enum_value(
        "QUESTIONS_UNANSWERED", description="Its internal FAQ leaves a required question open."
    )
    PRINCIPLES_UNTICKED = strawberry.enum_value(
        "PRINCIPLES_UNTICKED", description="The reviewer did not tick every active principle."
    )


@strawberry.interface(description="Something that a person can mend.")
class UserError:
    message: str = strawberry.field(description="What is wrong and what to change, in a sentence.")
    path: list[str] = strawberry.field(description='The input that it is about, such as ["input", "text"].')
    code: UserErrorCode = strawberry.field(description="Kind of error, for programs.")


@strawberry.type(description="A value is missing, malformed or out of range.")
class InvalidError(UserError):
    pass


@strawberry.type(description="No such thing.")
class NotFoundError(UserError):
    pass


@strawberry.type(description="It contradicts what is already there.")
class ConflictError(UserError):
    pass


@strawberry.type(description="The same source and external id came before with other content; complaints never change.")
class DuplicateExternalIdError(UserError):
    complaint: int | None = noun("Complaint", "The complaint that was received before.")


@strawberry.type(description="Somebody changed it since you read it: nothing was written.")
class StaleVersionError(UserError):
    expected: int = strawberry.field(description="The version you sent.")
    current: int = strawberry.field(description="The version there is.")


@strawberry.type(description="Its state does not allow this step.")
class IllegalTransitionError(UserError):
    state: str = strawberry.field(description="The state it is in.")


@strawberry.type(description="A run is under way: wait for it or cancel it.")
class AlreadyRunningError(UserError):
    inference_run: int | None = noun("InferenceRun", "The run that is under way.")


@strawberry.type(description="Nobody reviews what they proposed or answered, or counts for two reviewers.")
class ReviewerError(UserError):
    pass


@strawberry.type(description="An invention is not ready for review or approval.")
class NotReadyError(UserError):
    missing: list[str] = strawberry.field(
        description="What is missing, where it has names: open questions, principles that were not ticked, ids of evidence that nobody accepted."
    )


KINDS = (
    InvalidError,
    NotFoundError,
    ConflictError,
    DuplicateExternalIdError,
    StaleVersionError,
    IllegalTransitionError,
    AlreadyRunningError,
    ReviewerError,
    NotReadyError,
)


def user_errors(refusal: errors.Refusal) -> list[UserError]:
    """The user errors of a refusal that may be several."""
    several = refusal.refusals if isinstance(refusal, errors.Several) else (refusal,)
    return [user_error(one) for one in several]


def user_error(refusal: errors.Refusal, *, under: tuple[str, ...] = ("input",)) -> UserError:
    """The user error that tells of a refusal; `under` is where its path starts in the request."""
    common = {
        "message": refusal.message,
        "path": [*under, *refusal.path],
        "code": UserErrorCode[refusal.code],
    }
    match refusal:
        case errors.DuplicateExternalId():
            return DuplicateExternalIdError(**common, complaint=refusal.complaint_id)
        case errors.StaleVersion():
            return StaleVersionError(**common, expected=refusal.expected, current=refusal.current)
        case errors.IllegalTransition():
            return IllegalTransitionError(**common, state=refusal.state)
        case errors.AlreadyRunning():
            return AlreadyRunningError(**common, inference_run=refusal.run_id)
        case errors.ReviewerIsProposer() | errors.SameReviewer() | errors.ReviewerIsAuthor():
            return ReviewerError(**common)
        case errors.Unready():
            return NotReadyError(**common, missing=list(refusal.missing))
        case errors.Conflict():
            return ConflictError(**common)
        case errors.NotFound():
            return NotFoundError(**common)
        case _:
            return InvalidError(**common)
