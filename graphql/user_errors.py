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
    STALE_VERSION = strawberry.enum_value("STALE_VERSION", description="Somebody changed it since you read it.")
    ILLEGAL_TRANSITION = strawberry.enum_value("ILLEGAL_TRANSITION", description="Its state does not allow this step.")
    ALREADY_RUNNING = strawberry.enum_value("ALREADY_RUNNING", description="A run is under way.")


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


KINDS = (
    InvalidError,
    NotFoundError,
    ConflictError,
    DuplicateExternalIdError,
    StaleVersionError,
    IllegalTransitionError,
    AlreadyRunningError,
)


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
        case errors.Conflict():
            return ConflictError(**common)
        case errors.NotFound():
            return NotFoundError(**common)
        case _:
            return InvalidError(**common)
