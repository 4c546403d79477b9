"""What the graph should say, worked out a second time: graphql-core over plain Python over the raw tables.

Nothing here is shared with the product but the text of its schema: no declaration, no plan, no SQL. Cursors are given
as the values that they should hold (see `opened`). Full-text search is each database's own and is not answered here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo, execute_sync, get_named_type, parse

from nobodyasked.models.actor import Actor
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role

from . import centricity, shape
from .comparing import (
    EPOCH,
    bounds,
    camel,
    compare,
    days,
    every,
    expected,
    impact_weeks,
    mentions,
    moment_of,
    monday,
    need_weeks,
    negated,
    ordered,
    snake,
    spans,
    whole,
    within,
)
from .contribution import contributions
from .crowds import crowded
from .shape import COLUMNS, CONNECTIONS, GONE, LINKS, LIVE, PREFIX_OF, SCHEMA, TABLE_OF, Row, Thing


@dataclass
class Oracle:
    """The tables, and who asks."""

    tables: dict[str, dict[int, Row]] = field(repr=False)
    likes: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    crowds_only: bool = False

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis prints of it when a document fails: not its rows, which are the same every time."""
        printer.text("Oracle(...)")

    @classmethod
    async def read(
        cls,
        database: Database,
        likes: Mapping[str, Sequence[tuple[int, float]]],
        asks: Sequence[tuple[int, int, float]] = (),
        moves: Sequence[Sequence[Any]] = (),
    ) -> Oracle:
        """Every row there is."""
        tables: dict[str, dict[int, Row]] = {}
        for table, columns in COLUMNS.items():
            names = columns.split()
            rows = await database.rows(f"select {', '.join(names)} from {table}")
            tables[table] = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        for one in tables["invention"].values():
            one["noticed"] = {n["id"] for n in tables["notice"].values() if n["invention_id"] == one["id"]}
            one["claimed"] = {k["need_id"] for k in tables["claim"].values() if k["invention_id"] == one["id"]}
            one["covered"] = {key for key in one["claimed"] if tables["need"][key]["status"] in centricity.ACTIVE}
        for one in tables["alert"].values():
            one["said"] = {
                e["complaint_id"]
                for e in tables["evidence"].values()
                if e["need_id"] == one["need_id"]
                and e["stance"] == "SUPPORTS"
                and e["status"] in ("PENDING", "ACCEPTED")
                and monday(tables["complaint"][e["complaint_id"]]) == one["day"]
            }
        names = ("need_id", "direction", "observed", "expected", "p_value", "false_discovery")
        tables["moved"] = {
            number: {"id": number, **dict(zip(names, row, strict=True))} for number, row in enumerate(moves, 1)
        }
        for one in tables["survey_answer"].values():
            one["became"] = tables["need"][one["need_id"]]["merged_into_id"]
        tables["asked"] = {
            number: {"id": number, "invention_id": invention, "ask_id": ask, "similarity": score}
            for number, (invention, ask, score) in enumerate(asks, 1)
        }
        for one in tables["comment"].values():
            whom = [m["member_id"] for m in tables["comment_mention"].values() if m["comment_id"] == one["id"]]
            one["mentioned"] = set(whom)
        tables["contribution"] = contributions(tables)
        return cls(tables, likes)

    def execute(self, document: str, variables: Mapping[str, Any], actor: Actor) -> ExecutionResult:
        """graphql-core's own execution."""
        self.crowds_only = actor.role is Role.READER
        return execute_sync(
            SCHEMA,
            parse(document),
            root_value=actor,
            context_value=self,
            variable_values=dict(variables),
            field_resolver=resolve,
            type_resolver=lambda value, *_: value.kind,
        )

    # --- values -----------------------------------------------------------------------------------------------------

    def link(self, thing: Thing, name: str) -> Thing:
        target = LINKS[thing.kind, name]
        itself = name in ("pressRelease", "silentMajority") or "Shipment" in (thing.kind, target)
        key = None if thing.row is None else thing.row["id" if itself else f"{snake(name)}_id"]
        row = None if key is None else self.tables[TABLE_OF[target]][key]
        return Thing(target, None if target == "Shipment" and not shipped(row) else row)

    def raw(self, thing: Thing, name: str) -> Any:
        """A plain value as it compares: times in milliseconds."""
        row = thing.row
        if row is None:
            return None
        match thing.kind, name:
            case (_, "id") | ("AuditEntry", "place"):
                return row["id"]
            case "Need", "askedRatio":
                ratio = Decimal(row["asking_count"]) / Decimal(row["customer_count"] or 1)
                return float(ratio.quantize(Decimal("0.0001"), ROUND_HALF_UP))
            case ("Need", "confirmed") | ("Aspect", "named") | (("Principle" | "RequiredQuestion"), "active"):
                return bool(row[name])
            case "Invention", "reviewersNeeded":
                return 2 if row["door"] == "ONE_WAY" or row["proposer_id"] is None else 1
            case "Invention", "approvals":
                reviews = [one for one in self.tables["review"].values() if one["invention_id"] == row["id"]]
                return len({one["reviewer_id"] for one in reviews if one["verdict"] == "APPROVE" and self.counted(one)})
            case "Shipment", "toTell" | "told" | "parked" | "answered" | "shareTold" | "shareAnswered":
                notices = [self.tables["notice"][key] for key in sorted(row["noticed"])]
                replied = {one["notice_id"] for one in self.tables["reply"].values()}
                told = [one for one in notices if one["status"] == "TOLD"]
                both = sum(one["id"] in replied for one in told)
                return {
                    "toTell": len(notices),
                    "told": len(told),
                    "parked": sum(one["status"] == "PARKED" for one in notices),
                    "answered": sum(one["id"] in replied for one in notices),
                    "shareTold": round(len(told) / len(notices), 4) if notices else None,
                    "shareAnswered": round(both / len(told), 4) if told else None,
                }[name]
            case "SilentMajority", _:
                holds = max(
                    (one for one in self.tables["propensity"].values() if not one["withdrawn_at"]),
                    key=lambda one: one["id"],
                )
                count = len({one["voice"] for one in self.supports() if one["need_id"] == row["id"]})
                return {
                    "complainants": count,
                    "affectedLow": float(whole(count / holds["high"])),
                    "affectedHigh": float(whole(count / holds["low"])),
                    "propensityLow": holds["low"],
                    "propensityHigh": holds["high"],
                    "source": holds["source"],
                }[name]
            case "Impact", "perCustomers":
                return bool(row["per_customers"])
            case "Impact", "distanceFromZero":
                return round(row["residual_rate"] / row["rate_before"], 6) if row["rate_before"] else None
            case (("Exposure" | "Alert"), "week"):
                return row["day"]
            case "Exposure", "beganAt":
                return row["week"] * 604_800_000 - 259_200_000
            case "NearAsk", "nearness":
                return row["similarity"]
            case "Invention", "askDistance":
                spans = self.tables["span"]
                near = [one for one in self.tables["asked"].values() if one["invention_id"] == row["id"]]
                known = [one for one in near if spans.get(one["ask_id"], {}).get("kind") == "ASK"]
                return round(1 - max((one["similarity"] for one in known), default=0), 6)
            case "Invention", "coverage":
                return self.coverage(row)
            case "Invention", "coverageBasis":
                return shape.coverage_basis(self, row)
            case "Invention", "quadrant":
                needed = self.coverage(row) * len({one["need_id"] for one in self.accepted()}) >= 0.5
                if not shape.placed(self, row, needed=needed):
                    return None
                if self.raw(thing, "askDistance") >= 0.4:
                    return "PRIME" if needed else "PET_PROJECT"
                return "REQUESTED" if needed else "LOUD_MINORITY"
            case "Need", "importance" | "satisfaction" | "opportunity" | "whiteSpace":
                return self.standing(row, name)
            case "Need", "opportunityBasis":
                return "SURVEY" if len(self.answers(row)) >= 5 else "PROXY"
            case "Need", "surveyCount":
                return len(self.answers(row))
            case (("Need" | "Invention"), ("valueAtStake" | "reach")):
                needs = {row["id"]} if thing.kind == "Need" else self.claimed(row)
                return self.stakes(needs, "value" if name == "valueAtStake" else "reach")
            case "Invention", "customerCount":
                return len({one["voice"] for one in self.supports() if one["need_id"] in self.claimed(row)})
            case (("Member" | "ListeningSession"), ("heardCount" | "listenedHours")):
                key = "member_id" if thing.kind == "Member" else "id"
                mine = {one["id"] for one in self.tables["listening_session"].values() if one[key] == row["id"]}
                draws = [one for one in self.tables["listening_draw"].values() if one["session_id"] in mine]
                if name == "heardCount":
                    return sum(one["heard_at"] is not None for one in draws)
                return round(sum(one["listened_ms"] for one in draws) / 3_600_000, 4)
            case "ListeningSession", "seed":
                return str(row["seed"])
            case "ListeningDraw", "inclusionProbability":
                return row["probability"]
            case "ListeningDraw", "stratum":
                return row["stratum"] or None
            case "ListeningDraw", "heard":
                return row["heard_at"] is not None
            case "ListeningDraw", "pooled":
                return bool(row["pooled"])
            case "Invention", "supporterCount":
                return sum(one["invention_id"] == row["id"] for one in self.tables["supporter"].values())
            case "Need", "teamCount":
                return len(self.involved(row["id"], None, None))
            case "Escalation", "breached":
                return (row["answered_at"] or time.time() * 1000) > row["due_at"]
            case "EscalationAnswer", "late":
                return row["answered_at"] > row["due_at"]
            case "EscalationAnswer", "hours":
                return round((row["answered_at"] - row["asked_at"]) / 3_600_000, 4)
            case "Review", "counts":
                return self.counted(row)
            case "PressRelease", "customerQuote":
                for one in self.tables["citation"].values():
                    if one["invention_id"] == row["id"] and one["part"] == "CUSTOMER_QUOTE":
                        return self.raw(Thing("Evidence", self.tables["evidence"][one["evidence_id"]]), "quote")
                return row["customer_quote"]
            case "Complaint", "needCount":
                return shape.needs_of(self, row)
            case "Aspect", "needCount":
                return len(self.needs_under(row))
            case "Aspect", "evidenceCount":
                return sum(need["evidence_count"] for need in self.needs_under(row))
            case "Aspect", "customerCount":
                under = {need["id"] for need in self.needs_under(row)}
                return len({piece["voice"] for piece in self.supports() if piece["need_id"] in under})
            case "InferenceRun", "watermark":
                return None if row["watermark"] is None else f"complaint_{row['watermark']}"
            case (
                ("Need" | "Aspect", "keyPhrases")
                | ("Impact", "placebos")
                | ("Review" | "AuditEntry", "principles" | "members" | "changes")
                | ("EscalationAnswer", "whys" | "actions")
                | ("InferenceRun", "parameters" | "models" | "counts" | "timings" | "corrections")
            ):
                value = row[snake(name)]
                return json.loads(value) if isinstance(value, str) else value
            case "Evidence", "lot":
                return row["id"] * 1_327_217_885 % (2**31 - 1)
            case (("Evidence" | "Ask" | "SpanLabel"), ("start" | "end" | "quote")):
                span = row if thing.kind in ("Ask", "SpanLabel") else self.tables["span"][row["span_id"]]
                start, end = span["start_offset"], span["end_offset"]
                text = self.tables["complaint"][span["complaint_id"]]["text"]
                return {"start": start, "end": end, "quote": text[start:end]}[name]
            case _:
                return row[snake(name)]

    def claimed(self, invention: Row) -> set[int]:
        return {key for key in invention["claimed"] if self.tables["need"][key]["status"] not in GONE}

    def counted(self, review: Row) -> bool:
        since = self.tables["invention"][review["invention_id"]]["review_from"]
        return since is not None and review["version"] >= since

    # --- the plane ----------------------------------------------------------------------------------------------

    def accepted(self) -> list[Row]:
        active = {need["id"] for need in self.tables["need"].values() if need["status"] in centricity.ACTIVE}
        accepted = (row for row in self.tables["evidence"].values() if row["status"] == "ACCEPTED")
        return [row for row in accepted if row["stance"] == "SUPPORTS" and row["need_id"] in active]

    def weight(self, voice: int) -> int:
        reach = self.tables["customer"].get(voice, {}).get("reach")
        return 1 if reach is None else len(str(reach))

    def coverage(self, invention: Row) -> float:
        claims = {
            one["need_id"]: one["relief"]
            for one in self.tables["claim"].values()
            if one["invention_id"] == invention["id"]
        }
        pieces = self.accepted()
        whole = sum(self.weight(one["voice"]) for one in pieces)
        part = sum(
            self.weight(one["voice"]) * one["confidence"] * claims[one["need_id"]]
            for one in pieces
            if one["need_id"] in claims
        )
        return round(part / whole, 6) if whole else 0.0

    def pulls(self) -> dict[int, tuple[float, float]]:
        """By ACTIVE need: the sum over its voices, and the share of those who are glad."""
        voices: dict[int, dict[int, tuple[float, bool]]] = {}
        for one in self.tables["evidence"].values():
            if LIVE(self, one) and self.tables["need"][one["need_id"]]["status"] == "ACTIVE":
                complaint = self.tables["complaint"][one["complaint_id"]]
                quarters, rest = divmod(complaint["occurred_at"], 90 * 86_400_000)
                recency = 2.0**quarters * (1 + rest / (90 * 86_400_000))
                severity = 3 if complaint["severity"] is None else complaint["severity"]
                against = one["stance"] == "CONTRADICTS"
                pull = 0 if against else self.weight(one["voice"]) * severity * recency
                glad = against or self.tables["span"][one["span_id"]]["kind"] == "PRAISE"
                mine = voices.setdefault(one["need_id"], {})
                before = mine.get(one["voice"], (0, False))
                mine[one["voice"]] = (max(before[0], pull), before[1] or glad)
        return {
            need: (sum(pull for pull, _ in mine.values()), sum(glad for _, glad in mine.values()) / len(mine))
            for need, mine in voices.items()
        }

    def answers(self, need: Row) -> list[Row]:
        answers = self.tables["survey_answer"].values()
        return [one for one in answers if need["id"] in (one["need_id"], one["became"])]

    def standing(self, need: Row, name: str) -> float | None:
        pulls = self.pulls()
        answers = self.answers(need)
        surveyed = len(answers) >= 5 and need["status"] not in ("MERGED", "DISMISSED")
        if need["id"] not in pulls and (name == "whiteSpace" or not surveyed):
            return None
        pull, glad = pulls.get(need["id"], (0, 0))
        importance = round(10 * sum(other <= pull * (1 + 1e-12) for other, _ in pulls.values()) / max(len(pulls), 1), 4)
        satisfaction = round(10 * glad, 4)
        if surveyed:
            importance = round(10 * sum(one["importance"] >= 4 for one in answers) / len(answers), 4)
            satisfaction = round(10 * sum(one["satisfaction"] >= 4 for one in answers) / len(answers), 4)
        opportunity = importance + max(importance - satisfaction, 0)
        if name == "whiteSpace":
            live = [
                one["relief"]
                for one in self.tables["claim"].values()
                if one["need_id"] == need["id"]
                and self.tables["invention"][one["invention_id"]]["status"] not in ("REJECTED", "WITHDRAWN")
            ]
            asked = need["asking_count"] / (need["customer_count"] or 1)
            return round(opportunity * (1 - asked) * (1 - max(live, default=0)), 4)
        return {"importance": importance, "satisfaction": satisfaction, "opportunity": round(opportunity, 4)}[name]

    def supports(self) -> list[Row]:
        return [row for row in self.tables["evidence"].values() if LIVE(self, row) and row["stance"] == "SUPPORTS"]

    def needs_under(self, aspect: Row) -> list[Row]:
        needs = self.tables["need"].values()
        return [need for need in needs if need["aspect_id"] == aspect["id"] and need["status"] not in GONE]

    def bundle(self, most: int | None, segment: str | None) -> dict[int, Row]:
        """Needs in the order in which each adds the most voices."""
        needs: dict[int, set[int]] = {}
        for row in self.supports():
            customer = self.tables["customer"].get(row["voice"], {})
            open_ = self.tables["need"][row["need_id"]]["status"] in ("EMERGING", "ACTIVE", "REGRESSED")
            if open_ and segment in (None, customer.get("segment")):
                needs.setdefault(row["need_id"], set()).add(row["voice"])
        everybody = set().union(*needs.values())
        left = set(everybody)
        found: dict[int, Row] = {}
        while left and len(found) < (5 if most is None else most):
            gain, need = max((len(who & left), -need) for need, who in needs.items())
            left -= needs[-need]
            position = len(found) + 1
            row = {"id": position, "position": position, "need_id": -need, "gain": gain}
            row["covered"] = len(everybody) - len(left)
            share = Decimal(row["covered"]) / Decimal(len(everybody))
            found[position] = row | {"coverage": float(share.quantize(Decimal("0.0001"), ROUND_HALF_UP))}
        return found

    def stakes(self, needs: set[int], name: str) -> float:
        """Revenue, or reach, of the customers behind needs."""
        who = {row["voice"] for row in self.supports() if row["need_id"] in needs}
        known = [one[name] for key, one in self.tables["customer"].items() if key in who and one[name] is not None]
        return float(sum(whole(one) for one in known))

    def counts(self, needs: set[int] | None, name: str, since: int | None, until: int | None) -> list[dict[str, Any]]:
        """The break-downs of needs, or of all complaints, counted anew."""
        label = {"weekly": "week"}.get(name, name.rpartition("By")[2].removeprefix("by").lower())
        complaints = self.tables["complaint"]
        said = list(complaints.values())
        if needs is not None:
            said = [complaints[row["complaint_id"]] for row in self.supports() if row["need_id"] in needs]
        groups: dict[Any, tuple[set[int], set[Any]]] = {}
        for complaint in said:
            if not within(complaint, since, until):
                continue
            customer = self.tables["customer"].get(complaint["customer_id"])
            if label == "week":
                group: Any = monday(complaint)
            elif label in ("segment", "tier"):
                group = customer and customer[label]
            else:
                group = complaint[label]
            some, who = groups.setdefault(group, (set(), set()))
            some.add(complaint["id"])
            who.add(complaint["customer_id"] if customer else ("nobody", complaint["id"]))
        worth = {key: whole(one["value"] or 0) for key, one in self.tables["customer"].items()}
        found = [
            {
                label: group,
                "complaints": len(some),
                "customers": len(who),
                "valueAtStake": float(sum(worth.get(one, 0) for one in who)),
            }
            for group, (some, who) in groups.items()
        ]
        if label == "week":
            found.sort(key=lambda one: one["week"])
            for index, one in enumerate(found):
                before = found[index - 1] if index else None
                one["change"] = None
                if before:
                    follows = days(one["week"]) - days(before["week"]) == 7
                    one["change"] = one["complaints"] - (before["complaints"] if follows else 0)
                one["expected"] = expected(self, needs, one["week"]) if needs and len(needs) == 1 else None
            return found
        return sorted(found, key=lambda one: (-one["complaints"], one[label] is None, one[label]))

    def parts(self, session: int, since: int | None, until: int | None) -> list[dict[str, Any]]:
        groups: dict[tuple[str, bool], list[Row]] = {}
        for one in self.tables["listening_draw"].values():
            if one["session_id"] == session and within(self.tables["complaint"][one["complaint_id"]], since, until):
                groups.setdefault((one["stratum"], bool(one["pooled"])), []).append(one)
        found = [
            {
                "stratum": stratum or None,
                "pooled": pooled,
                "population": some[0]["stratum_size"],
                "drawn": len(some),
                "probability": some[0]["probability"],
            }
            for (stratum, pooled), some in groups.items()
        ]
        return sorted(
            found, key=lambda one: (-one["population"], one["stratum"] is None, one["stratum"] or "", one["pooled"])
        )

    def involved(self, need: int, since: int | None, until: int | None) -> list[dict[str, Any]]:
        owners = {one["product"]: one["team_id"] for one in self.tables["team_product"].values()}
        groups: dict[int, tuple[set[int], set[int]]] = {}
        for row in self.supports():
            complaint = self.tables["complaint"][row["complaint_id"]]
            if row["need_id"] == need and complaint["product"] in owners and within(complaint, since, until):
                some, who = groups.setdefault(owners[complaint["product"]], (set(), set()))
                some.add(complaint["id"])
                who.add(row["voice"])
        found = [
            {"team": Thing("Team", self.tables["team"][team]), "complaints": len(some), "customers": len(who)}
            for team, (some, who) in sorted(groups.items())
            if len(who) > 1
        ]
        return sorted(found, key=lambda one: -one["complaints"])

    def competitors(self, need: int, since: int | None, until: int | None) -> list[dict[str, Any]]:
        complaints = self.tables["complaint"]
        behind = {row["complaint_id"]: row["voice"] for row in self.supports() if row["need_id"] == need}
        groups: dict[str, list[Row]] = {}
        for row in self.tables["mention"].values():
            if row["complaint_id"] in behind and within(complaints[row["complaint_id"]], since, until):
                groups.setdefault(row["folded"], []).append(row)
        found = [
            {
                "name": min(row["name"] for row in some),
                "complaints": len({row["complaint_id"] for row in some}),
                "customers": len({behind[row["complaint_id"]] for row in some}),
            }
            for some in groups.values()
        ]
        return sorted((one for one in found if one["customers"] >= 2), key=lambda one: (-one["customers"], one["name"]))

    def answer_times(self, answers: list[Row], since: int | None, until: int | None) -> dict[str, Any]:
        known = [one for one in answers if (since or 0) <= one["answered_at"] < (until or 1 << 60)]
        took = sorted((one["answered_at"] - one["asked_at"]) / 3_600_000 for one in known)
        return {
            "answered": len(took),
            "late": sum(one["answered_at"] > one["due_at"] for one in known),
            "medianHours": round(median(took), 4) if took else None,
            "ninetyPercentHours": round(took[-(-9 * len(took) // 10) - 1], 4) if took else None,
            "longestHours": round(took[-1], 4) if took else None,
        }

    def answer_times_by_team(self, since: int | None, until: int | None) -> list[dict[str, Any]]:
        groups: dict[int | None, list[Row]] = {}
        for one in self.tables["escalation_answer"].values():
            groups.setdefault(one["team_id"], []).append(one)
        found = [
            {"team": None if team is None else Thing("Team", self.tables["team"][team])}
            | self.answer_times(some, since, until)
            for team, some in sorted(groups.items(), key=lambda group: (group[0] is None, group[0]))
        ]
        return sorted((one for one in found if one["answered"]), key=lambda one: -one["answered"])

    def evidence_by_channel(self, since: int | None, until: int | None) -> list[dict[str, Any]]:
        groups: dict[str, list[Row]] = {}
        for row in self.supports():
            complaint = self.tables["complaint"][row["complaint_id"]]
            if within(complaint, since, until) and self.tables["need"][row["need_id"]]["status"] != "DISMISSED":
                groups.setdefault(complaint["channel"], []).append(row)
        names = {"needs": "need_id", "evidence": "id", "customers": "voice"}
        found = [
            {"channel": channel} | {name: len({row[one] for row in some}) for name, one in names.items()}
            for channel, some in groups.items()
        ]
        return sorted(found, key=lambda one: (-one["evidence"], one["channel"]))

    def by_id(self, text: str, kind: str = "") -> Thing | None:
        prefix, _, digits = text.rpartition("_")
        kind = next(name for name, known in PREFIX_OF.items() if known == prefix)
        row = self.tables[TABLE_OF[kind]].get(int(digits))
        if row and kind == "Need" and row["merged_into_id"]:
            row = self.tables["need"][row["merged_into_id"]]
        if kind == "Shipment" and not shipped(row):
            return None
        return None if row is None or (kind == "Ask" and row["kind"] != "ASK") else Thing(kind, row)

    # --- filters ----------------------------------------------------------------------------------------------------

    def meets(self, thing: Thing, where: Mapping[str, Any]) -> bool | None:
        """Three-valued, as SQL has it: None where a missing value leaves it open."""
        return every(self.meets_one(thing, name, value) for name, value in where.items())

    def meets_one(self, thing: Thing, name: str, value: Any) -> bool | None:
        if name == "and":
            return every(self.meets(thing, one) for one in value)
        if name == "or":
            found = every(negated(self.meets(thing, one)) for one in value)
            return negated(found) if value else False
        if name == "not":
            return not self.meets(thing, value)
        if (thing.kind, name) in LINKS:
            return self.meets(self.link(thing, name), value)
        have = self.raw(thing, name)
        return every(compare(have, operator, self.wanted(thing, name, given)) for operator, given in value.items())

    def wanted(self, thing: Thing, name: str, given: Any) -> Any:
        if isinstance(given, list):
            return [self.wanted(thing, name, one) for one in given]
        if name == "id":
            return int(given.rpartition("_")[2])
        return moment_of(given) if isinstance(given, str) and (name.endswith("At") or name == "at") else given

    # --- lists ------------------------------------------------------------------------------------------------------

    def page(self, owner: Thing, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A connection. Its edges carry what their cursors should hold."""
        link = CONNECTIONS[owner.kind, name]
        if link.kind == "BundledNeed":
            self.tables["bundled"] = self.bundle(arguments.get("maxNeeds"), arguments.get("segment"))
        if link.kind == "Centricity":
            self.tables["centricity"] = centricity.rows(self.tables, owner.row and owner.row["id"], arguments)
        rows = [
            row
            for row in self.tables[TABLE_OF[link.kind]].values()
            if owner.row is None or link.belongs(row, owner.row)
        ]
        where = arguments.get("where")
        every = link.unless_status and mentions(where, "status")
        rows = [row for row in rows if every or link.shown(self, row)]
        if link.kind == "Ask":
            rows = [row for row in rows if row["kind"] == "ASK"]
        if link.kind == "Shipment":
            rows = [row for row in rows if shipped(row)]
        if link.kind == "NearAsk":
            rows = [row for row in rows if self.tables["span"].get(row["ask_id"], {}).get("kind") == "ASK"]
        things = [Thing(link.kind, row) for row in rows]
        things = [one for one in things if not where or self.meets(one, where)]
        things = things if every else link.once_each(things)
        scores: dict[int, float] = {}
        similar = arguments.get("similarTo")
        if similar:
            scores = {key: round(score, 6) for key, score in self.likes[link.likes] if score >= similar["minimum"]}
            things = [one for one in things if one.row and one.row["id"] in scores]
        by = arguments.get("orderBy")
        by = [by] if isinstance(by, dict) else by
        order = [(camel(one["field"]), one["direction"] == "DESC") for one in by] if by else list(link.order)
        if similar and not by:
            order = [("similarity", True)]
        # a field that is named twice counts where it comes first
        terms = list({one: down for one, down in reversed(order) if one != "id"}.items())
        terms.sort(key=lambda term: [one for one, _ in order].index(term[0]))
        last = order[-1][1]
        entries = []
        for one in things:
            assert one.row is not None
            key = one.row["id"]
            values = [scores[key] if name == "similarity" else self.raw(one, name) for name, _ in terms]
            entries.append({"thing": one, "values": [*values, key], "similarity": scores.get(key), "link": link})
        for index, down in reversed(list(enumerate([*(down for _, down in terms), last]))):
            entries.sort(key=lambda one, index=index: ordered(one["values"][index]), reverse=down)
        total = len(entries)
        first, behind = arguments.get("first"), arguments.get("last")
        if behind is not None:
            shown, more = entries[max(0, total - behind) :], total > behind
        else:
            size = 20 if first is None else first
            shown, more = entries[:size], total > size
        return {"entries": shown, "total": total, "more": more, "backward": behind is not None, "link": link}


def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """The one resolver of every field."""
    oracle: Oracle = info.context
    kind, name = info.parent_type.name, info.field_name
    value = resolved(oracle, source, kind, name, arguments)
    if oracle.crowds_only:
        value = crowded(source, kind, name, value)
    if get_named_type(info.return_type).name == "DateTime" and value is not None:
        moment = EPOCH + timedelta(milliseconds=value)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def resolved(oracle: Oracle, source: Any, kind: str, name: str, arguments: Mapping[str, Any]) -> Any:
    if kind == "Query":
        if name == "viewer":
            return source
        if name == "nodes":
            return [oracle.by_id(one) for one in arguments["ids"]]
        if "id" in arguments:
            return oracle.by_id(arguments["id"])
        if name == "evidenceByChannel":
            return oracle.evidence_by_channel(*bounds(arguments))
        if name == "answerTimes":
            return [oracle.answer_times(list(oracle.tables["escalation_answer"].values()), *bounds(arguments))]
        if name == "answerTimesByTeam":
            return oracle.answer_times_by_team(*bounds(arguments))
        if name.startswith("complaintsBy"):
            return oracle.counts(None, name, *spans(oracle, name, arguments))
        return oracle.page(Thing("Query", None), name, arguments)
    if kind == "Viewer":
        rank = list(Role).index(source.role)
        if name == "member":
            return None if source.member_id is None else Thing("Member", oracle.tables["member"][source.member_id])
        return (
            source.role.value if name == "role" else rank >= ["Contribute", "Curate", "Administer"].index(name[9:]) + 1
        )
    if kind.endswith("Connection"):
        match name:
            case "totalCount":
                return source["total"]
            case "pageInfo":
                return source
            case _:
                return source["entries"] if name == "edges" else [node_of(oracle, one) for one in source["entries"]]
    if kind == "PageInfo":
        entries = source["entries"]
        match name:
            case "hasNextPage":
                return source["more"] and not source["backward"]
            case "hasPreviousPage":
                return source["more"] and source["backward"]
            case _:
                return json.dumps(entries[0 if name == "startCursor" else -1]["values"]) if entries else None
    if kind.endswith("Edge"):
        match name:
            case "node":
                return node_of(oracle, source)
            case "cursor":
                return json.dumps(source["values"])
            case "similarity":
                return source["similarity"]
        source = source["thing"]
        if name == source.kind[0].lower() + source.kind[1:]:
            return source
    if isinstance(source, dict):
        return source[name]
    if (source.kind, name) in LINKS:
        linked = oracle.link(source, name)
        return None if linked.row is None else linked
    if (source.kind, name) in CONNECTIONS:
        return oracle.page(source, name, arguments)
    if (source.kind, name) == ("Impact", "weekly"):
        return impact_weeks(oracle, source.row, *bounds(arguments))
    if (source.kind, name) == ("Need", "weekly"):
        return need_weeks(oracle, source.row["id"], *spans(oracle, name, arguments))
    if name in ("weekly", "byChannel", "bySegment", "byTier", "byProduct", "byLanguage"):
        row = source.row
        needs = {need["id"] for need in oracle.needs_under(row)} if source.kind == "Aspect" else {row["id"]}
        if source.kind == "Invention":
            needs = oracle.claimed(row)
        return oracle.counts(needs, name, *spans(oracle, name, arguments))
    if (source.kind, name) == ("Team", "answerTimes"):
        some = [one for one in oracle.tables["escalation_answer"].values() if one["team_id"] == source.row["id"]]
        return [oracle.answer_times(some, *bounds(arguments))]
    if (source.kind, name) == ("ListeningSession", "drawn"):
        return oracle.parts(source.row["id"], *bounds(arguments))
    if (source.kind, name) == ("Need", "involvedTeams"):
        return oracle.involved(source.row["id"], *bounds(arguments))
    if (source.kind, name) == ("Need", "competitors"):
        return oracle.competitors(source.row["id"], *bounds(arguments))
    return f"{PREFIX_OF[source.kind]}_{source.row['id']}" if name == "id" else oracle.raw(source, name)


def node_of(oracle: Oracle, entry: Mapping[str, Any]) -> Thing:
    return oracle.link(entry["thing"], entry["link"].node) if entry["link"].node else entry["thing"]


def shipped(row: Row | None) -> bool:
    return row is not None and row["status"] in ("SHIPPED", "MEASURED") and row["shipped_at"] is not None
