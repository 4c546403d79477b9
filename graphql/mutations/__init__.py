"""Every change that a client may ask for."""

from __future__ import annotations

import strawberry

from .alerts import alerts_check
from .aspects import aspect_rename, need_move
from .complaint_submit import complaint_submit
from .complaints_import import complaints_import
from .documents import invention_answer, invention_cite, invention_drop_answer, invention_write_press_release
from .erasure import customer_erase
from .escalations import (
    escalation_acknowledge,
    escalation_answer,
    escalation_close,
    escalation_raise,
    escalation_reopen,
    escalation_review,
    escalation_route,
)
from .evidence import evidence_decide
from .exposures import exposure_record
from .impacts import invention_measure
from .inference import inference_cancel, inference_start
from .inventions import (
    invention_claim_need,
    invention_drop_need,
    invention_propose,
    invention_update,
    invention_withdraw,
)
from .labels import span_label
from .listening import listening_mark_heard, listening_note_add, listening_note_cite, listening_session_start
from .needs import need_assign, need_confirm, need_dismiss, need_merge, need_rename, need_split
from .notices import contacts_record, notice_retry, notice_settle, shipment_tell
from .propensities import propensity_record, propensity_withdraw
from .reviews import (
    invention_approve,
    invention_build,
    invention_reject,
    invention_request_changes,
    invention_ship,
    invention_submit_for_review,
)
from .standards import principle_add, principle_update, required_question_add, required_question_update
from .surveys import survey_import
from .tokens import token_create, token_revoke
from .voices import (
    comment_add,
    comment_remove,
    invention_support,
    invention_unsupport,
    product_assign,
    team_create,
)

__all__ = ["Mutation"]


@strawberry.type(description="Every change that a client may ask for, each with one input and one payload.")
class Mutation:
    complaint_submit = complaint_submit
    complaints_import = complaints_import
    need_confirm = need_confirm
    need_rename = need_rename
    need_merge = need_merge
    need_split = need_split
    need_dismiss = need_dismiss
    need_assign = need_assign
    need_move = need_move
    aspect_rename = aspect_rename
    evidence_decide = evidence_decide
    span_label = span_label
    customer_erase = customer_erase
    invention_propose = invention_propose
    invention_update = invention_update
    invention_claim_need = invention_claim_need
    invention_drop_need = invention_drop_need
    invention_withdraw = invention_withdraw
    invention_write_press_release = invention_write_press_release
    invention_cite = invention_cite
    invention_answer = invention_answer
    invention_drop_answer = invention_drop_answer
    invention_submit_for_review = invention_submit_for_review
    invention_approve = invention_approve
    invention_request_changes = invention_request_changes
    invention_reject = invention_reject
    invention_build = invention_build
    invention_ship = invention_ship
    listening_session_start = listening_session_start
    listening_mark_heard = listening_mark_heard
    listening_note_add = listening_note_add
    listening_note_cite = listening_note_cite
    invention_support = invention_support
    invention_unsupport = invention_unsupport
    comment_add = comment_add
    comment_remove = comment_remove
    team_create = team_create
    product_assign = product_assign
    escalation_raise = escalation_raise
    escalation_acknowledge = escalation_acknowledge
    escalation_answer = escalation_answer
    escalation_review = escalation_review
    escalation_reopen = escalation_reopen
    escalation_close = escalation_close
    escalation_route = escalation_route
    invention_measure = invention_measure
    shipment_tell = shipment_tell
    notice_retry = notice_retry
    notice_settle = notice_settle
    contacts_record = contacts_record
    principle_add = principle_add
    principle_update = principle_update
    required_question_add = required_question_add
    required_question_update = required_question_update
    exposure_record = exposure_record
    propensity_record = propensity_record
    propensity_withdraw = propensity_withdraw
    survey_import = survey_import
    alerts_check = alerts_check
    token_create = token_create
    token_revoke = token_revoke
    inference_start = inference_start
    inference_cancel = inference_cancel
