"""The types of the graph, one file each; importing this package declares them all."""

from . import ask, complaint, customer, evidence, invention, need, query, run, team

__all__ = ["ask", "complaint", "customer", "evidence", "invention", "need", "query", "run", "team"]
