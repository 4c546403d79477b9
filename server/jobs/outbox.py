"""Tells customers what they are to be told: out of the outbox, one by one, by e-mail or over the organisation's webhook.

A webhook is signed as Standard Webhooks has it (https://www.standardwebhooks.com): `webhook-id` is the notice's id and
stays the same over all attempts, so that whoever receives it twice tells nobody twice. Both targets are settings of the
operator; redirects are not followed. An address goes to the mail server, and into no log and no reason.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
import random
import time
from email.message import EmailMessage

import orjson

from ...models.commands import outbox
from ...models.commands.outbox import Letter
from ...models.database import Database
from ...models.notice import Way, message_name
from ..metrics import METRICS
from ..settings import Settings
from .hook import Hook
from .mail import Line, Undelivered
from .watch import Watch

__all__ = ["Outbox", "Undelivered", "signature"]

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 6 * 3600.0
GRACE_SECONDS = 5.0
"""What is being sent when the server stops may take so long; then its line is cut."""


def signature(secret: str, identity: str, moment: int, body: bytes) -> str:
    """`webhook-signature` of a body: HMAC-SHA-256 of id, seconds since the epoch and body, under the secret's bytes."""
    signed = f"{identity}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class Outbox(Watch):
    """Sends what is due. Without a webhook and a mail server nothing is taken out."""

    def __init__(self, database: Database, settings: Settings, *, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__("outbox", poll_seconds)
        self._database = database
        self._settings = settings
        self._hook = Hook()
        self._line = Line(settings)
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    async def start(self) -> None:
        """Begin to send."""
        if self._settings.webhook_url or self._settings.smtp_host:
            await super().start()

    async def close(self) -> None:
        """Stop; what is under way may end, or is cut off. The database must still be open."""
        if self._task is not None:
            self._closing = True
            for _ in range(2):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._idle.wait(), GRACE_SECONDS)
                self._line.cut()
                self._hook.cut()
        await super().close()

    async def once(self) -> int:
        """Try everything that is due; how many attempts that were."""
        parked = await outbox.recover(self._database, self._settings.notice_attempts)
        if parked:
            METRICS.notices["parked"] += parked
            log.warning("%d notices were parked, whose senders died", parked)
        attempts = 0
        settings = self._settings
        while not self._closing and (
            letter := await outbox.claim(
                self._database, webhook=bool(settings.webhook_url), email=bool(settings.smtp_host)
            )
        ):
            attempts += 1
            self._idle.clear()
            try:
                await self._try(letter)
            finally:
                self._idle.set()
        return attempts

    async def _try(self, letter: Letter) -> None:
        try:
            await asyncio.to_thread(self._send, letter)
        except Undelivered as failure:
            await self._failed(letter, str(failure), lasting=failure.lasting)
        except Exception as error:
            # its words may hold an address: the class alone is told
            await self._failed(letter, f"It could not be sent ({type(error).__name__}).")
        else:
            await outbox.told(self._database, letter.notice_id)
            METRICS.notices["sent"] += 1

    async def _failed(self, letter: Letter, reason: str, *, lasting: bool = False) -> None:
        if lasting or letter.attempts >= self._settings.notice_attempts:
            await outbox.park(self._database, letter.notice_id, reason)
            METRICS.notices["parked"] += 1
            log.warning("notice %d was parked after %d attempts: %s", letter.notice_id, letter.attempts, reason)
            return
        wait = min(FIRST_WAIT_SECONDS * 2 ** (letter.attempts - 1), LONGEST_WAIT_SECONDS) * random.uniform(0.8, 1.2)
        await outbox.put_off(self._database, letter.notice_id, round(wait * 1000), reason)
        METRICS.notices["put off"] += 1

    # --- in a thread

    def _send(self, letter: Letter) -> None:
        url = self._settings.webhook_url
        if letter.way is Way.WEBHOOK:
            if not url:
                raise Undelivered(
                    "The webhook that was tried is set no more: ask there, then try again or tell by hand.",
                    lasting=True,
                )
            self._post(letter, url)
        elif letter.address is None:
            missing = "" if url else ", and no webhook is set"
            raise Undelivered(
                f"No address of the customer is known{missing}: record one, or tell by hand.", lasting=True
            )
        elif not self._settings.smtp_host:
            raise Undelivered("The mail server is set no more: try again, or tell by hand.", lasting=True)
        else:
            self._mail(letter, letter.address)

    def _post(self, letter: Letter, url: str) -> None:
        secret = self._settings.webhook_secret
        assert secret is not None
        identity, moment = f"notice_{letter.notice_id}", int(time.time())
        body = orjson.dumps(
            {
                "type": "shipment.told",
                "data": {
                    "notice": identity,
                    "shipment": f"shipment_{letter.invention_id}",
                    "title": letter.title,
                    "customer": letter.customer,
                    "message": letter.message,
                },
            }
        )
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "nobodyasked",
            "webhook-id": identity,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(secret.get_secret_value(), identity, moment, body),
        }
        self._hook.post(url, body, headers)

    def _mail(self, letter: Letter, address: str) -> None:
        settings = self._settings
        host = settings.mail_from.rpartition("@")[2]
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = settings.mail_from, address, letter.title
        # the same at every attempt; the answer's In-Reply-To names the notice by it
        mail["Message-ID"] = f"<{message_name(letter.notice_id, letter.created_at)}@{host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.message)
        self._line.deliver(mail)
