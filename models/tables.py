"""Every model, in one place for Tortoise and its migrations."""

from .alert import Alert
from .allowance import Allowance
from .aspect import Aspect
from .audit import AuditChange, AuditEntry
from .complaint import Complaint
from .customer import Customer
from .document import Citation, FaqEntry, Principle, RequiredQuestion, Review, Revision, RevisionChange
from .escalation import Escalation, EscalationAnswer
from .event import Event
from .evidence import Evidence
from .identity import Identity
from .impact import Impact
from .invention import Claim, Invention
from .label import SpanLabel
from .listening import ListeningDraw, ListeningNote, ListeningSession
from .mention import Mention
from .need import Need
from .notice import Contact, Notice, Reply
from .propensity import Propensity
from .run import InferenceRun
from .sealed import SealedText
from .shared import SharedSecret
from .shipment import Exposure
from .span import Span
from .survey import SurveyAnswer
from .team import ApiToken, Member, Team
from .tombstone import Tombstone
from .voice import Comment, CommentMention, Supporter, TeamProduct

__all__ = [
    "Alert",
    "Allowance",
    "ApiToken",
    "Aspect",
    "AuditChange",
    "AuditEntry",
    "Citation",
    "Claim",
    "Comment",
    "CommentMention",
    "Complaint",
    "Contact",
    "Customer",
    "Escalation",
    "EscalationAnswer",
    "Event",
    "Evidence",
    "Exposure",
    "FaqEntry",
    "Identity",
    "Impact",
    "InferenceRun",
    "Invention",
    "ListeningDraw",
    "ListeningNote",
    "ListeningSession",
    "Member",
    "Mention",
    "Need",
    "Notice",
    "Principle",
    "Propensity",
    "Reply",
    "RequiredQuestion",
    "Review",
    "Revision",
    "RevisionChange",
    "SealedText",
    "SharedSecret",
    "Span",
    "SpanLabel",
    "Supporter",
    "SurveyAnswer",
    "Team",
    "TeamProduct",
    "Tombstone",
]
