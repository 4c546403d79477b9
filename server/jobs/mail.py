"""Hands one mail to the mail server, and knows which failures leave it open whether the mail went out.

Until the message itself is sent (DATA), a failure means that nothing was told: it may be tried again. After that only the
server's own refusal means so. Whatever else happens there leaves its fate unknown, and `Unknown` says that; how the
session ends after the message was accepted is of no interest (RFC 5321, 4.1.1.10).
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from ..settings import Settings

__all__ = ["ATTEMPT_SECONDS", "Line", "Undelivered", "Unknown"]

STEP_SECONDS = 20.0
DATA_SECONDS = 600.0
"""Wait for the answer to the message, in which the server may hand it on already (RFC 5321, 4.5.3.2.6)."""
ATTEMPT_SECONDS = 900.0
"""An attempt is cut off then, however lively the server is. Below the lease of a mail (`models/commands/outbox.py`)."""


class Undelivered(Exception):
    """An attempt failed; the message holds no address. `lasting` says that another one would fail as well."""

    def __init__(self, why: str, *, lasting: bool = False) -> None:
        super().__init__(why)
        self.lasting = lasting


class Unknown(Undelivered):
    """The mail may have gone out: another attempt could tell the customer twice."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The mail may have gone out ({why}): ask the mail server, then try again or tell by hand.", lasting=True
        )


if TYPE_CHECKING:
    _Base = smtplib.SMTP
else:
    _Base = object


class _Careful(_Base):
    """Tells a message that was refused from one whose fate is unknown."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        line = self.sock
        if isinstance(line, socket.socket):
            line.settimeout(DATA_SECONDS)
        try:
            code, reply = super().data(msg)
        except smtplib.SMTPDataError as error:
            if 400 <= error.smtp_code <= 599:
                raise
            raise Unknown(f"the answer has code {error.smtp_code}") from None
        except Exception as error:
            raise Unknown(type(error).__name__) from None
        if code != 250 and not 400 <= code <= 599:
            raise Unknown(f"the answer has code {code}")
        if isinstance(line, socket.socket):
            line.settimeout(STEP_SECONDS)
        return code, reply


class _Plain(_Careful, smtplib.SMTP):
    pass


class _Secure(_Careful, smtplib.SMTP_SSL):
    pass


class Line:
    """A way to the mail server, for one mail at a time, that can be cut from another thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def cut(self) -> None:
        """End what is under way: before the message it is Undelivered, in it Unknown."""
        server = self._server
        if server is not None and isinstance(server.sock, socket.socket):
            with contextlib.suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _bounded(self, server: smtplib.SMTP) -> Iterator[None]:
        # each step has its time, but a server may make many steps of one
        watch = threading.Timer(ATTEMPT_SECONDS, self.cut)
        watch.daemon = True
        self._server = server
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            self._server = None
            server.close()

    def deliver(self, mail: EmailMessage) -> None:
        """Send a mail to the one person in its To. Blocks, up to `ATTEMPT_SECONDS`. Raises Undelivered, Unknown among it."""
        settings = self._settings
        secure = ssl.create_default_context()
        try:
            if settings.smtp_security == "tls":
                server: smtplib.SMTP = _Secure(
                    settings.smtp_host, settings.smtp_port, timeout=STEP_SECONDS, context=secure
                )
            else:
                server = _Plain(settings.smtp_host, settings.smtp_port, timeout=STEP_SECONDS)
            with self._bounded(server):
                if settings.smtp_security == "starttls":
                    server.starttls(context=secure)
                if settings.smtp_user and settings.smtp_password is not None:
                    server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
                server.send_message(mail)
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as refused:
            codes = sorted({code for code, _ in refused.recipients.values()})
            lasting = all(code >= 500 for code in codes)
            raise Undelivered(
                f"The mail server refuses the customer's address ({codes[0]}).", lasting=lasting
            ) from None
        except smtplib.SMTPResponseException as error:
            raise Undelivered(f"The mail server answered with code {error.smtp_code}.") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(f"The mail server could not be used ({type(error).__name__}).") from None
