"""Notices to people who keep feeds running: to the log, by e-mail through a relay, to a webhook; each told once.

A notice is a file in home/notices until it was sent, so that a relay that is down costs a delay and no notice, and a
task killed between two channels repeats none. Notices speak of feeds and days, never of a record.
"""

from __future__ import annotations

import hashlib
import json
import logging
import smtplib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from schemas.errors import BlockdataError
from schemas.home import Home
from schemas.notify import Channels, Email, Webhook

log = logging.getLogger(__name__)
SECONDS = 20.0


@dataclass(frozen=True)
class Notice:
    """One line about one feed."""

    feed_id: str
    department: str
    text: str


def queue(home: Home, channels: Channels, subject: str, notices: Sequence[Notice]) -> list[Path]:
    """Writes what is to be sent, one file a message; the same notices again are the same files."""
    if not notices:
        return []
    messages: list[dict[str, Any]] = [{"channel": "log", "to": []}]
    if channels.email is not None:
        messages += [{"channel": "email", "to": to} for to in _groups(channels.email, notices)]
    if channels.webhook is not None:
        messages.append({"channel": "webhook", "to": []})
    written = []
    for message in messages:
        chosen = _for(message, channels, notices)
        document = {**message, "subject": subject, "notices": [notice.__dict__ for notice in chosen]}
        text = json.dumps(document, ensure_ascii=False, sort_keys=True)
        path = folder(home) / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.{message['channel']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
        written.append(path)
    return written


def send(home: Home, channels: Channels) -> int:
    """Sends what is queued, oldest first, and returns how many went; BlockdataError names the channels that failed.

    What failed stays queued. A message for a channel that is declared no more is dropped.
    """
    sent, failed = 0, {}
    for path in sorted(folder(home).glob("*.json"), key=lambda one: one.stat().st_mtime_ns):
        message = json.loads(path.read_text(encoding="utf-8"))
        try:
            _deliver(message, channels)
        except (OSError, smtplib.SMTPException, BlockdataError) as error:
            failed[message["channel"]] = type(error).__name__
            continue
        path.unlink()
        sent += 1
    if failed:
        told = ", ".join(f"{channel} ({kind})" for channel, kind in sorted(failed.items()))
        raise BlockdataError(f"notices could not be sent by {told}", "they stay queued; look at schemas/notify.yaml")
    return sent


def folder(home: Home) -> Path:
    """Where messages wait."""
    return home.path / "notices" / "waiting"


def _groups(email: Email, notices: Sequence[Notice]) -> list[list[str]]:
    """Recipients of one message each: the office, and every department concerned."""
    concerned = sorted({notice.department for notice in notices})
    groups = [email.to, *(email.departments.get(department, []) for department in concerned)]
    return [group for at, group in enumerate(groups) if group and group not in groups[:at]]


def _for(message: dict[str, Any], channels: Channels, notices: Sequence[Notice]) -> Iterable[Notice]:
    """The office reads of every feed, a department of its own."""
    if message["channel"] != "email" or channels.email is None or message["to"] == channels.email.to:
        return notices
    return [notice for notice in notices if channels.email.departments.get(notice.department, []) == message["to"]]


def _deliver(message: dict[str, Any], channels: Channels) -> None:
    lines = [notice["text"] for notice in message["notices"]]
    if message["channel"] == "email" and channels.email is not None:
        _mail(channels.email, message["to"], message["subject"], lines)
    elif message["channel"] == "webhook" and channels.webhook is not None:
        _post(channels.webhook, message)
    elif message["channel"] == "log":
        for line in lines:
            log.warning("%s: %s", message["subject"], line)


def _mail(email: Email, to: Sequence[str], subject: str, lines: Sequence[str]) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = email.sender, ", ".join(to), subject
    mail.set_content("\n".join(lines) + "\n")
    with smtplib.SMTP(email.relay, email.port, timeout=SECONDS) as relay:
        if email.starttls:
            relay.starttls()
        relay.send_message(mail)


def _post(webhook: Webhook, message: dict[str, Any]) -> None:
    import httpx

    document = {"subject": message["subject"], "notices": message["notices"]}
    try:
        httpx.post(webhook.url, json=document, timeout=SECONDS, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise BlockdataError(f"the webhook failed: {type(error).__name__}", "look at its address") from None
