"""One answer of an HTTP API: asked for, retried, read as JSON whose numbers keep every digit they were written with."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schemas.contract import Contract
from schemas.errors import UsageError
from schemas.server import ApiServer
from transforms.connecting.fault import Interrupted, PullFault, said
from transforms.connecting.retrying import attempts
from transforms.connecting.secret import secret_of

if TYPE_CHECKING:
    import httpx

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses another attempt may cure
PATIENCE = 10  # timeouts that one answer may last while it still trickles in


@dataclass(frozen=True)
class Answer:
    """The document, the address of the next page where the Link header tells one, and the server's own time."""

    document: Any
    next_link: str | None
    its_time: datetime | None


def client_of(contract: Contract, source: ApiServer) -> httpx.Client:
    """A client that bears the token and follows no redirect: a token must not travel to another address."""
    import httpx

    headers, token = {"Accept": "application/json"}, source.pull.token
    if token is not None:
        headers[token.header] = token.prefix + secret_of(token.secret)
        if not headers[token.header].isascii() or not headers[token.header].isprintable():
            raise UsageError(f"the secret {token.secret} cannot be sent as a header", "write it without odd characters")
    return httpx.Client(headers=headers, timeout=source.pull.timeout_seconds, follow_redirects=False)


def ask(client: httpx.Client, url: str, params: Mapping[str, str], contract: Contract, source: ApiServer) -> Answer:
    """One answer, after as many attempts as the contract allows. Raises PullFault, or Interrupted from the last."""
    return attempts(source.pull.attempts)(_once, client, url, params, contract, source)


def at(document: Any, path: str) -> Any:
    """What stands under a dotted path; None where nothing does. An empty path is the document."""
    for part in path.split(".") if path else ():
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _once(client: httpx.Client, url: str, params: Mapping[str, str], contract: Contract, source: ApiServer) -> Answer:
    import httpx

    where = urlsplit(url).path or "/"
    given: dict[str, Any] = {"json": dict(params)} if source.pull.method == "POST" else {"params": params or None}
    try:
        with client.stream(source.pull.method, url, **given) as response:
            _refuse_status(response, contract, source, where)
            content = _content(response, contract, source)
    except httpx.TimeoutException:
        raise Interrupted(
            contract,
            f"{where} did not answer within {source.pull.timeout_seconds:g} s",
            "ask for smaller pages, or raise timeout_seconds",
        ) from None
    except httpx.DecodingError:
        raise Interrupted(contract, f"{where} sent a damaged compression", "pull again") from None
    except httpx.TransportError as error:
        raise Interrupted(
            contract,
            f"cannot be reached: {said(str(error)) or type(error).__name__}",
            "look whether it runs and location is right; for an own certificate set SSL_CERT_FILE",
        ) from None
    except (httpx.InvalidURL, UnicodeError):
        raise PullFault(contract, f"{where} is no address", "correct location, path or params") from None
    return Answer(_document(content, response, contract, where), _next_link(response), _its_time(response))


def _refuse_status(response: httpx.Response, contract: Contract, source: ApiServer, where: str) -> None:
    status = response.status_code
    if status in (401, 403):
        name = source.pull.token.secret if source.pull.token else None
        renew = f"renew the secret {name}" if name else "give it a token in the contract"
        refused = "refuses the token" if name else "asks for a token"
        raise PullFault(contract, f"{where} {refused} ({status})", f"{renew}, or ask what it may read")
    if status in AGAIN:
        after = response.headers.get("Retry-After", "")
        raise Interrupted(
            contract, f"{where} answers {status}", "pull again later", float(after) if after.isdigit() else None
        )
    if response.is_redirect:
        host = urlsplit(response.headers.get("Location", "")).hostname or "another page"
        raise PullFault(contract, f"{where} sends us to {host}", "correct location; a login page needs a token")
    if status != 200:
        raise PullFault(contract, f"{where} answers {status}", "correct path and params in the contract")


def _content(response: httpx.Response, contract: Contract, source: ApiServer) -> bytes:
    """The body, refused when it grows beyond measure or trickles in without an end."""
    limit, until = source.pull.answer_bytes, time.monotonic() + PATIENCE * source.pull.timeout_seconds
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > limit:
            raise PullFault(
                contract, f"an answer is longer than {limit:,} bytes", "ask for smaller pages, or raise answer_bytes"
            )
        if time.monotonic() > until:
            raise Interrupted(contract, "an answer trickles in without an end", "ask for smaller pages")
    return bytes(content)


def _document(content: bytes, response: httpx.Response, contract: Contract, where: str) -> Any:
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") or content.lstrip()[:1] == b"<":
        raise PullFault(
            contract,
            f"{where} answers with a web page, not with data",
            "correct path; a login page means that the token is not accepted",
        )
    try:
        text = content.decode(response.charset_encoding or json.detect_encoding(content))
        return json.loads(text.removeprefix("\ufeff"), parse_int=str, parse_float=str, parse_constant=_no_number)
    except RecursionError:
        raise PullFault(contract, f"{where} answers with JSON nested without an end", "correct path") from None
    except LookupError:
        raise PullFault(contract, f"{where} names an encoding nobody knows", "ask for UTF-8") from None
    except ValueError:
        raise Interrupted(
            contract, f"{where} answers with JSON that is cut off or damaged", "pull again; if it stays, ask them"
        ) from None


def _no_number(text: str) -> Any:
    raise ValueError(text)  # NaN and Infinity are no JSON


def _next_link(response: httpx.Response) -> str | None:
    return response.links.get("next", {}).get("url")


def _its_time(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError):
        return None
