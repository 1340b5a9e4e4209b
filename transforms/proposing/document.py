"""A proposal as the YAML of a contract, in the form of its neighbours: one line a column, its reason above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from transforms.proposing.guess import Guess
from transforms.proposing.propose import Proposal

TODO = "TODO"  # marks what only a person knows
ASKED: dict[str, str] = {
    "purpose": f"{TODO} 待补：数据用途（个人信息保护法第六条）",
    "legal_basis": f"{TODO} 待补：法律依据，写明法律与条款（个人信息保护法第十三条）",
    "catalogue_number": f"{TODO}-待补资源代码",
    "owner": f"{TODO} 待补：责任科室",
    "sharing_type": "none",
    "cron": "0 6 * * 1-5",
    "freshness_days": "2",
}


def contract_document(proposal: Proposal, answers: Mapping[str, str]) -> dict[str, Any]:
    """The contract as a mapping. `answers`: some of ASKED, what a person said; the rest stays TODO."""
    said = {**ASKED, **{name: text for name, text in answers.items() if text}}
    custom = {
        "delivery": proposal.delivery,
        "reading": proposal.reading,
        "subject": proposal.subject,
        "schedule": {"cron": said["cron"], "working_days": True, "freshness_days": int(said["freshness_days"])},
        "legal_basis": said["legal_basis"],
        "catalogue_number": said["catalogue_number"],
        "sharing_type": said["sharing_type"],
        "retention_days": 1095,
    }
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": proposal.feed_id,
        "name": proposal.title,
        "version": "0.1.0",
        "status": "draft",
        "domain": proposal.department,
        "tags": [proposal.department],
        "description": {
            "purpose": said["purpose"],
            "usage": f"一行是一条{proposal.title}记录。",
            "limitations": f"{TODO} 待补：不含哪些、可能缺哪些",
        },
        "team": {
            "name": said["owner"],
            "members": [{"username": f"{proposal.department}-desk".replace("_", "-"), "role": "owner"}],
        },
        "servers": [
            {
                "server": "landing",
                "type": "local",
                "path": f"landing/{proposal.feed_id}",
                "format": proposal.reading["format"],
            }
        ],
        "schema": [{"name": proposal.feed, "properties": [column_document(guess) for guess in proposal.columns]}],
        "customProperties": [{"property": name, "value": value} for name, value in custom.items()],
    }


def column_document(guess: Guess) -> dict[str, Any]:
    """One column as the standard writes it; what is by default is left out."""
    custom = ({"role": guess.role.value} if guess.role else {}) | guess.custom
    told: dict[str, Any] = {
        "name": guess.name,
        "physicalName": guess.header,
        "businessName": guess.title or guess.header,
    }
    told |= {"logicalType": guess.type} if guess.type != "string" else {}
    told |= {"required": True} if guess.required and not guess.is_dropped else {}
    told |= {"primaryKey": True} if guess.key else {}
    told |= {"classification": guess.classification} if guess.classification != "internal" else {}
    told |= {"logicalTypeOptions": guess.options} if guess.options and not guess.is_dropped else {}
    if custom:
        told["customProperties"] = [{"property": name, "value": value} for name, value in custom.items()]
    told |= {"quality": guess.quality} if guess.quality else {}
    return told


def contract_text(document: Mapping[str, Any], proposal: Proposal) -> str:
    """The file: the reason of each guess stands above its line, so that a reader may judge it."""
    why = {guess.name: guess for guess in proposal.columns}
    lines = [
        "# Drafted from a sample by `blockdata new-feed`. Lines with TODO wait for the department; above each column",
        "# stands what the sample told.",
    ]
    for key, value in document.items():
        if key == "schema":
            lines += ["schema:", f"  - name: {_flow(value[0]['name'])}", "    properties:"]
            for column in value[0]["properties"]:
                guess = why[column["name"]]
                lines.append(
                    f"      # {_comment(guess.why)}" + (f" · look: {_comment(guess.doubt)}" if guess.doubt else "")
                )
                lines.append(f"      - {_flow(column)}")
        elif key == "customProperties":
            lines.append("customProperties:")
            lines += [f"  - {_flow(item)}" for item in value]
        elif key in ("description", "team"):
            lines.append(f"{key}:")
            lines += [f"  {name}: {_flow(told)}" for name, told in value.items()]
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def codelist_text(title: str, codes: tuple[tuple[str, str], ...]) -> str:
    """A drafted code list."""
    lines = [f"title: {_flow(title)}", "codes:"]
    return "\n".join([*lines, *(f"  - {_flow({'code': code, 'name': name})}" for code, name in codes)]) + "\n"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return str(text).removesuffix("\n").removesuffix("\n...").strip()


def _comment(text: str) -> str:
    return " ".join(text.split())
