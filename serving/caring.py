"""restrict and erase, each an entry of the audit log: who asked, by what decision, and what was proved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.errors import UsageError
from serving import audit

if TYPE_CHECKING:
    from schemas.home import Home
    from transforms.caring.erase import Erased, Restricted
    from transforms.caring.subject import Subject

Said = Callable[[str], None]


def restrict(
    home: Home, number: str, *, by: str, reason: str, lift: bool = False, say: Said = lambda step: None
) -> Restricted:
    """Storage and nothing but storage from here on; with `lift`, the end of it. `number`: the identity number."""
    from transforms.caring import erase as acting

    subject = _subject(home, number, by, reason)
    audit.append(home, "restriction lifted" if lift else "restrict", by=by, subject=subject.mark, reason=reason)
    if lift:
        return acting.lift(home, subject, say)
    return acting.restrict(home, subject, by=by, reason=reason, say=say)


def erase(home: Home, number: str, *, decision: str, by: str, say: Said = lambda step: None) -> Erased:
    """Takes a person out of everything under the home; the proof's checksum is signed into the audit chain."""
    from transforms.caring import erase as acting

    subject = _subject(home, number, by, decision)
    audit.append(home, "erase begun", by=by, subject=subject.mark, decision=decision)
    done = acting.erase(home, subject, decision=decision, by=by, say=say)
    audit.append(
        home,
        "erase",
        by=by,
        subject=subject.mark,
        decision=decision,
        holds=done.holds,
        findings=len(done.proof.findings),
        unread=len(done.proof.unread),
        searched=sum(done.proof.files.values()),
        report=hashlib.sha256(acting.report_path(home, subject.mark).read_bytes()).hexdigest(),
    )
    return done


def _subject(home: Home, number: str, by: str, reason: str) -> Subject:
    from transforms.caring.subject import subject_of

    subject = subject_of(home, number)
    if any(subject.pattern().search(text) for text in (by, reason)):
        raise UsageError("the identity number stands in the reason or decision", "these are logged: leave it out")
    return subject
