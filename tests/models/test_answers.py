"""Mails that answer a notice, read from an mbox and from files of their own, are linked to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nobodyasked.models.commands import erasure, notices, outbox
from nobodyasked.models.commands.answers import answering, import_answers
from nobodyasked.models.database import Database
from nobodyasked.models.errors import NotFound
from nobodyasked.models.notice import message_name
from nobodyasked.server.ingest.columns import choose_columns
from nobodyasked.server.ingest.draft import Drafting
from nobodyasked.server.ingest.files import Format, open_reader
from nobodyasked.server.ingest.mail import COLUMNS
from nobodyasked.server.ingest.pseudonym import Pseudonyms
from nobodyasked.server.ingest.row import Row

from .people import ADMIN, CURATOR
from .test_impacts import shipped


def mail(name: str, words: str, **headers: str) -> str:
    lines = [
        "From: Ann <ann@mail.example>",
        f"Message-ID: <{name}@mail.example>",
        "Date: Tue, 01 Oct 2024 10:00:00 +0200",
        *(f"{key.replace('_', '-')}: {value}" for key, value in headers.items()),
    ]
    return "\n".join([*lines, "", words, ""])


async def test_a_mail_that_answers_a_notice(database: Database, tmp_path: Path) -> None:
    case = await shipped(database)
    await notices.send(database, CURATOR, case.invention, "Lockers are here.")
    told = [await outbox.claim(database, webhook=True, email=True) for _ in range(2)]
    (first, second) = (one for one in told if one is not None)
    for one in (first, second):
        await outbox.told(database, one.notice_id)
    ours = [f"<{message_name(one.notice_id, one.created_at)}@wrenfell.example>" for one in (first, second)]
    foreign = f"<{message_name(first.notice_id, first.created_at + 1)}@wrenfell.example>"
    letters = [
        mail("a1", "It works, thank you.", In_Reply_To=ours[0]),
        # the last of a thread is the nearest; a folded header is one line
        mail(
            "a2", "Mine does not open.", References=f"<x@y.example> {ours[0]}\n {ours[1]}", In_Reply_To="<x@y.example>"
        ),
        mail("a3", "Something else.", In_Reply_To="<notice_1@elsewhere.example>", References=foreign),
        mail("a4", "I am away.", In_Reply_To=ours[1], Auto_Submitted="auto-replied"),
    ]
    box = tmp_path / "in.mbox"
    box.write_text("".join(f"From a@b Tue Oct  1 10:00:00 2024\n{letter}\n" for letter in letters[:2]))
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, letter in enumerate(letters[2:]):
        (folder / f"{number}.eml").write_text(letter)
    drafting = Drafting(choose_columns(COLUMNS, [], {}, {}), "mail", "email", Pseudonyms(b"x" * 32))
    readers = [open_reader(box, Format.MBOX), open_reader(folder, Format.EML)]
    drafts = [drafting.draft(row) for reader in readers for row in reader if isinstance(row, Row)]
    assert len(drafts) == 4
    for _ in range(2):
        # a second import changes nothing
        await import_answers(database, ADMIN, drafts)  # type: ignore[arg-type]
        rows = await database.rows(
            "SELECT c.text, u.external_id, r.notice_id FROM complaint c JOIN customer u ON u.id = c.customer_id"
            " LEFT JOIN reply r ON r.complaint_id = c.id WHERE c.source = 'mail' ORDER BY c.external_id"
        )
        (one, two, three, four) = (tuple(row) for row in rows)
        assert one == ("It works, thank you.", first.customer, first.notice_id)
        assert two == ("Mine does not open.", second.customer, second.notice_id)
        assert (three[2], four[2]) == (None, None)
        assert three[1] == four[1] not in (first.customer, second.customer)
    # what a dry run looks up are the same customers
    again, links = await answering(database, drafts)  # type: ignore[arg-type]
    assert [one.customer for one in again[:2]] == [first.customer, second.customer]
    assert links == {0: first.notice_id, 1: second.notice_id}

    # who was erased is neither told nor answers
    person = await database.value(database.sql("SELECT id FROM customer WHERE external_id = ?1"), (first.customer,))
    await erasure.erase(database, ADMIN, person)
    again, links = await answering(database, drafts)  # type: ignore[arg-type]
    assert again[0].customer not in (first.customer, f"erased_{person}")
    assert links == {1: second.notice_id}
    with pytest.raises(NotFound):
        await notices.customer_of(database, first.notice_id)
    await database.retrying(lambda transaction: notices.enlist(transaction, case.invention))
    rows = await database.rows(database.sql("SELECT status FROM notice WHERE customer_id = ?1"), (person,))
    assert [tuple(row) for row in rows] == [("TOLD",)]
    await database.retrying(
        lambda transaction: transaction.execute("DELETE FROM notice WHERE customer_id = ?1", (person,))
    )
    await database.retrying(lambda transaction: notices.enlist(transaction, case.invention))
    assert await database.value(database.sql("SELECT COUNT(*) FROM notice WHERE customer_id = ?1"), (person,)) == 0
