"""What people say to each other and to customers: questions, comments, listening sessions, notices."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete

from ...escalation import EscalationStatus
from ...listening import Allocation, Strata
from ...notice import NoticeStatus, Way
from .columns import json, one_of, refers, table, times

__all__ = ["REPLIES"]

REPLIES = [
    table(
        "Escalation",
        "escalation",
        [
            ("question", fields.TextField()),
            one_of("status", EscalationStatus, 12),
            ("severity", fields.SmallIntField()),
            refers("complaint", "Complaint", "escalations", null=True),
            refers("need", "Need", "escalations", OnDelete.SET_NULL, null=True),
            refers("team", "Team", "escalations", OnDelete.SET_NULL, null=True),
            refers("raised_by", "Member", "questions", OnDelete.SET_NULL, null=True),
            refers("owner", "Member", "owned_questions", OnDelete.SET_NULL, null=True),
            *times("raised_at", "asked_at", "due_at"),
            *times("acknowledged_at", "answered_at", "breach_told_at", "closed_at", null=True),
            ("reopen_count", fields.IntField(default=0)),
            ("version", fields.IntField(default=1)),
        ],
        indexes=[
            ("team_id", "status", "due_at", "id"),
            ("status", "due_at", "id"),
            ("need_id", "id"),
            ("complaint_id", "id"),
            ("raised_by_id", "id"),
        ],
    ),
    table(
        "EscalationAnswer",
        "escalation_answer",
        [
            refers("escalation", "Escalation", "answers"),
            refers("team", "Team", "answers", OnDelete.SET_NULL, null=True),
            refers("author", "Member", "answers", OnDelete.SET_NULL, null=True),
            ("text", fields.TextField()),
            json("whys", default=list),
            json("actions", default=list),
            *times("asked_at", "due_at", "answered_at"),
            refers("reviewer", "Member", "reviewed_answers", OnDelete.SET_NULL, null=True),
            ("review", fields.TextField(null=True)),
            *times("reviewed_at", null=True),
            ("reopened_because", fields.TextField(null=True)),
        ],
        indexes=[("escalation_id", "id"), ("team_id", "answered_at"), ("author_id", "id")],
    ),
    table(
        "Comment",
        "comment",
        [
            refers("invention", "Invention", "comments", null=True),
            refers("need", "Need", "comments", null=True),
            refers("author", "Member", "comments", OnDelete.SET_NULL, null=True),
            ("text", fields.TextField()),
            *times("created_at"),
        ],
        indexes=[("invention_id", "id"), ("need_id", "id"), ("author_id", "id")],
    ),
    table(
        "CommentMention",
        "comment_mention",
        [refers("comment", "Comment", "mentions"), refers("member", "Member", "mentioned")],
        unique=[("comment", "member")],
        indexes=[("member_id", "id")],
    ),
    table(
        "ListeningSession",
        "listening_session",
        [
            refers("member", "Member", "sessions"),
            ("size", fields.IntField()),
            ("population", fields.IntField()),
            one_of("strata", Strata, 8),
            one_of("allocation", Allocation, 12),
            *times("since", "until", null=True),
            ("seed", fields.BigIntField()),
            *times("started_at"),
        ],
        indexes=[("member_id", "id")],
    ),
    table(
        "ListeningDraw",
        "listening_draw",
        [
            refers("session", "ListeningSession", "draws"),
            refers("complaint", "Complaint", "draws"),
            ("position", fields.IntField()),
            ("stratum", fields.CharField(max_length=128)),
            ("pooled", fields.BooleanField()),
            ("stratum_size", fields.IntField()),
            ("probability", fields.FloatField()),
            *times("heard_at", null=True),
            ("listened_ms", fields.IntField(default=0)),
        ],
        unique=[("session", "complaint")],
        indexes=[("session_id", "position"), ("complaint_id",)],
    ),
    table(
        "ListeningNote",
        "listening_note",
        [
            refers("draw", "ListeningDraw", "notes"),
            ("text", fields.TextField()),
            refers("evidence", "Evidence", "notes", OnDelete.SET_NULL, null=True),
            *times("created_at"),
        ],
        indexes=[("draw_id", "id"), ("evidence_id",)],
    ),
    table(
        "Contact",
        "contact",
        [
            refers("customer", "Customer", "contacts"),
            ("address", fields.CharField(max_length=254)),
            *times("updated_at"),
        ],
        unique=[("customer",)],
    ),
    table(
        "Notice",
        "notice",
        [
            refers("invention", "Invention", "notices"),
            refers("customer", "Customer", "notices"),
            one_of("status", NoticeStatus, 7),
            one_of("way", Way, 7, null=True),
            ("attempts", fields.IntField(default=0)),
            ("reason", fields.CharField(null=True, max_length=500)),
            *times("next_at", "told_at", null=True),
            *times("created_at"),
        ],
        unique=[("invention", "customer")],
        indexes=[("status", "next_at", "id"), ("customer_id", "id")],
    ),
    table(
        "Reply",
        "reply",
        [
            refers("complaint", "Complaint", "replies"),
            refers("notice", "Notice", "replies"),
            *times("created_at"),
        ],
        unique=[("complaint",)],
        indexes=[("notice_id", "id")],
    ),
]
