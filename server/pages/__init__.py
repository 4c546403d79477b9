"""The pages for people: GraphiQL, with every file served by this process."""

from .page import available, index_response, pages

__all__ = ["available", "index_response", "pages"]
