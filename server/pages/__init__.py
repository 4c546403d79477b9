"""The pages for people: GraphiQL, with every file served by this process."""

from .page import SignIn, available, index_response, pages

__all__ = ["SignIn", "available", "index_response", "pages"]
