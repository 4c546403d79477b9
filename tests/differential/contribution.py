"""What members did, worked out a second time from the raw tables."""

from collections.abc import Mapping

from .shape import Row


def contributions(tables: Mapping[str, Mapping[int, Row]]) -> dict[int, Row]:
    """What members did, each with the ids of what it was about."""
    found: dict[int, Row] = {}
    rules = (
        ("PROPOSED", "invention", "proposer_id", "created_at"),
        ("REVISED", "revision", "author_id", "created_at"),
        ("REVIEWED", "review", "reviewer_id", "created_at"),
        ("SUPPORTED", "supporter", "member_id", "created_at"),
        ("COMMENTED", "comment", "author_id", "created_at"),
        ("ASKED", "escalation", "raised_by_id", "raised_at"),
        ("ANSWERED", "escalation_answer", "author_id", "answered_at"),
        ("DECIDED", "evidence", "decided_by_id", "decided_at"),
        ("LABELLED", "span_label", "labelled_by_id", "updated_at"),
        ("NOTED", "listening_note", "member_id", "created_at"),
    )
    sessions = {
        draw["id"]: tables["listening_session"][draw["session_id"]] for draw in tables["listening_draw"].values()
    }
    for number, (kind, table, who, at) in enumerate(rules, 1):
        for row in tables[table].values():
            if kind == "REVISED" and row["number"] == 1:
                continue
            if kind == "DECIDED" and (row["status"] not in ("ACCEPTED", "DISMISSED") or row["decided_at"] is None):
                continue
            if kind == "NOTED":
                cited = tables["evidence"].get(row["evidence_id"], {"need_id": None})
                row = {**row, "member_id": sessions[row["draw_id"]]["member_id"], "need_id": cited["need_id"]}
            about = tables["escalation"][row["escalation_id"]] if kind == "ANSWERED" else row
            found[row["id"] * 16 + number] = {
                "id": row["id"] * 16 + number,
                "kind": kind,
                "member_id": row[who],
                "created_at": row[at],
                "invention_id": row["id"] if kind == "PROPOSED" else about.get("invention_id"),
                "need_id": about.get("need_id"),
                "escalation_id": about["id"] if kind in ("ASKED", "ANSWERED") else None,
            }
    return found
