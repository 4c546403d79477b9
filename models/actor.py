"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import Forbidden
from .team import Role

__all__ = ["Actor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller and what the token in hand allows. `member_id` is None for those who have no token."""

    member_id: int | None
    role: Role
    name: str
    token_id: int | None = field(default=None, compare=False)
    """The API token in hand: whoever comes with another one is the same."""

    def require(self, role: Role) -> None:
        """Raises Forbidden where this actor's role does not include `role`."""
        if not self.role.includes(role):
            raise Forbidden(
                f"This needs the role {role}; you have {self.role}. Ask an administrator for another token."
            )

    def member(self, deed: str) -> int:
        """The member who acts, where it takes somebody with a name who may contribute; `deed` begins the sentence that says
        so ("Questions are answered by"). Raises Forbidden."""
        self.require(Role.CONTRIBUTOR)
        if self.member_id is None:
            raise Forbidden(f"{deed} people with a name: use a token that belongs to a member.")
        return self.member_id

    @classmethod
    def anonymous(cls) -> Actor:
        """A caller without a token, where the settings allow one: may read and no more."""
        return cls(None, Role.READER, "anonymous")

    @classmethod
    def operator(cls) -> Actor:
        """Whoever runs the command line, who holds the database anyway: may do everything."""
        return cls(None, Role.ADMIN, "operator")
