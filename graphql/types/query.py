"""Where every read starts."""

from ..declare import AnyById, ById, Connection, Entity
from .alert import ALERTS, MOVEMENTS
from .audit import AUDIT_LOG
from .bundle import BUNDLES
from .centricity import CENTRICITY
from .counts import EVIDENCE_BY_CHANNEL, of_all
from .escalation import ANSWER_TIMES, ANSWER_TIMES_BY_TEAM


class Query(Entity):
    """Where every read starts."""

    node = AnyById(
        "Whatever has this global id; null where nothing has it. The id of a merged need leads to the need it became."
    )
    nodes = AnyById("Whatever has these global ids, in the order asked; null where nothing has one.", many=True)
    complaint = ById("Complaint", "The complaint with this id.")
    complaints = Connection(
        "Complaint",
        "What customers said, latest first.",
        order=(("occurred_at", True),),
        indexed=True,
        search="complaint",
        similar="complaint",
        count="(select coalesce(sum(r.complaints), 0) from complaint_channel r)",
    )
    complaints_by_week = of_all(
        "ComplaintWeek", "Complaints week by week; weeks without any are left out.", "week", "week"
    )
    complaints_by_channel = of_all(
        "ComplaintChannel", "Complaints by channel, most first.", "channel", "complaints desc, channel"
    )
    complaints_by_segment = of_all(
        "ComplaintSegment",
        "Complaints by customer segment, most first.",
        "segment",
        "complaints desc, segment is null, segment",
    )
    customer = ById("Customer", "The customer with this id.")
    customers = Connection("Customer", "Who spoke.")
    need = ById("Need", "The need with this id; the id of a merged need leads to the need it became.")
    needs = Connection(
        "Need",
        "What customers lack, those with the most customers first. Merged, dismissed and empty ones are hidden unless "
        "`where` names a status.",
        order=(("customer_count", True),),
        default="{self}.status not in ('MERGED', 'DISMISSED') and ({self}.evidence_count > 0 or {self}.confirmed)",
        default_unless="status",
        search="need",
        similar="need",
    )
    aspect = ById("Aspect", "The aspect with this id.")
    aspects = Connection(
        "Aspect",
        "What needs are about, those with the most evidence first. Those without needs are hidden.",
        order=(("evidence_count", True),),
        default="exists (select 1 from need n where n.aspect_id = {self}.id and n.status not in ('MERGED', 'DISMISSED'))",
    )
    white_space = Connection(
        "Need",
        "ACTIVE needs that nobody serves, or hardly: by opportunity, the less asked for and the less served the higher.",
        order=(("white_space", True),),
        default="{self}.status = 'ACTIVE'",
        search="need",
        similar="need",
    )
    bundle_suggest = BUNDLES
    alerts = ALERTS
    need_movements = MOVEMENTS
    evidence = Connection("Evidence", "Links from words to needs, latest first.", order=(("created_at", True),))
    evidence_by_channel = EVIDENCE_BY_CHANNEL
    asks = Connection("Ask", "Spans in which customers name a solution.")
    invention = ById("Invention", "The invention with this id.")
    inventions = Connection(
        "Invention",
        "What was proposed, latest first. Withdrawn ones are hidden unless `where` names a status.",
        order=(("created_at", True),),
        default="{self}.status <> 'WITHDRAWN'",
        default_unless="status",
        search="invention",
        similar="invention",
    )
    shipment = ById("Shipment", "The shipment with this id.")
    shipments = Connection("Shipment", "Inventions in customers' hands, latest first.", order=(("shipped_at", True),))
    impacts = Connection(
        "Impact", "What shipped inventions did to complaints, last measured first.", order=(("measured_at", True),)
    )
    notices = Connection("Notice", "Who is to be told of what shipped, and who was.")
    propensities = Connection(
        "Propensity", "How readily customers complain, as it was told, latest first.", order=(("created_at", True),)
    )
    exposures = Connection(
        "Exposure", "How many customers were active week by week, latest first.", order=(("began_at", True),)
    )
    escalation = ById("Escalation", "The question with this id.")
    escalations = Connection(
        "Escalation",
        'Questions (the "?"), the earliest due first. Closed ones are hidden unless `where` names a status.',
        order=(("due_at", False),),
        default="{self}.status <> 'CLOSED'",
        default_unless="status",
    )
    answer_times = ANSWER_TIMES
    answer_times_by_team = ANSWER_TIMES_BY_TEAM
    centricity = CENTRICITY
    team_products = Connection("TeamProduct", "Products with an owner, by name.", order=(("product", False),))
    comments = Connection("Comment", "What members say, latest first.", order=(("created_at", True),))
    listening_sessions = Connection(
        "ListeningSession", "Samples of complaints that members listen to, latest first.", order=(("started_at", True),)
    )
    listening_notes = Connection(
        "ListeningNote", "What members noted of complaints, latest first.", order=(("created_at", True),)
    )
    principles = Connection(
        "Principle",
        "The organisation's checklist for inventions, in its order; lines that are not active are shown too.",
        order=(("position", False),),
    )
    required_questions = Connection(
        "RequiredQuestion",
        "What every internal FAQ must answer, in the organisation's order; questions that are not active are shown too.",
        order=(("position", False),),
    )
    survey_answers = Connection(
        "SurveyAnswer", "What customers answered when they were asked, latest first.", order=(("answered_at", True),)
    )
    inference_run = ById("InferenceRun", "The inference run with this id.")
    inference_runs = Connection(
        "InferenceRun", "Executions of the pipeline, latest first.", order=(("created_at", True),)
    )
    team = ById("Team", "The team with this id.")
    teams = Connection("Team", "Who owns, by name.", order=(("name", False),))
    member = ById("Member", "The member with this id.")
    members = Connection("Member", "Who acts, by name.", order=(("name", False),))
    audit_log = AUDIT_LOG
