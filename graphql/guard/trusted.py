"""Documents that are known by a digest or a name, so that clients need not send them: automatic ones, and trusted ones."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from ...models.errors import Invalid, Refusal

__all__ = ["Stored", "Unknown", "Untrusted", "read_manifest"]

MOST = 1_000
MOST_LETTERS = 16_384
"""Longer ones are run but not remembered."""
PREFIX = "sha256:"


class Unknown(Refusal):
    """A digest that nobody sent the text of. The message is what Apollo's clients look for, which then send both."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class Untrusted(Refusal):
    """A document that the operator did not allow."""

    code = "DOCUMENT_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__("This server runs documents that it knows alone: send the id of one of them as 'documentId'.")


class Stored:
    """Finds the text behind an id. With `trusted` (id to text) nothing else is run. Belongs to one event loop."""

    def __init__(self, trusted: Mapping[str, str] | None = None) -> None:
        self.trusted = trusted
        self._texts = set(trusted.values()) if trusted is not None else set()
        self._sent: OrderedDict[str, str] = OrderedDict()

    def text(self, query: str, document_id: str | None) -> str:
        """The document to run, of a request that gave its text, its id, or both.

        Raises Untrusted, Unknown; Invalid for a digest that is another text's.
        """
        name = document_id.removeprefix(PREFIX) if document_id is not None else None
        if self.trusted is not None:
            found = self.trusted.get(name) if name is not None else query if query in self._texts else None
            if found is None or (query and query != found):
                raise Untrusted
            return found
        if name is None:
            return query
        if not query:
            found = self._sent.get(name)
            if found is None:
                raise Unknown
            self._sent.move_to_end(name)
            return found
        if hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != name:
            raise Invalid("The digest is not the SHA-256 of the document.", path=("documentId",))
        if len(query) <= MOST_LETTERS:
            self._sent[name] = query
            self._sent.move_to_end(name)
            if len(self._sent) > MOST:
                self._sent.popitem(last=False)
        return query


def read_manifest(path: Path) -> dict[str, str]:
    """Trusted documents out of a JSON file, an object of ids and texts as GraphQL's code generators write it. Raises Invalid."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"The trusted documents {path} cannot be read ({type(error).__name__}).") from None
    except ValueError:
        raise Invalid(f"The trusted documents {path} are not JSON.") from None
    if not isinstance(value, dict) or not all(isinstance(text, str) and text.strip() for text in value.values()):
        raise Invalid(f"The trusted documents {path} must be one object of ids and the documents' texts.")
    return {name.removeprefix(PREFIX): text for name, text in value.items()}
