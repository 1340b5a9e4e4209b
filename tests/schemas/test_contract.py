"""Contracts: read strictly; every bad one is refused with file, key and mend."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.contract import Role, contract_of, contract_path, load_contract, load_contracts
from schemas.errors import ContractError, UsageError

SOUND: dict[str, Any] = yaml.safe_load(contract_path("police__residents").read_text(encoding="utf-8"))
Spoil = Callable[[dict[str, Any]], Any]


def _column(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in document["schema"][0]["properties"] if item["name"] == name)


def _custom(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in document["customProperties"] if item["property"] == name)


def _role(document: dict[str, Any], name: str, **properties: Any) -> None:
    given = [{"property": key, "value": value} for key, value in properties.items()]
    _column(document, name)["customProperties"] = given


def _append(document: dict[str, Any], **column: Any) -> None:
    sound = {"name": "extra", "physicalName": "多", "businessName": "多"}
    document["schema"][0]["properties"].append(sound | column)


BAD: dict[str, tuple[Spoil, str, str]] = {
    # what is spoilt: (how, key that is named, word of the message)
    "unknown key": (lambda d: d.update(owner="me"), "owner", "Extra"),
    "no id": (lambda d: d.pop("id"), "id", "required"),
    "id of another form": (lambda d: d.update(id="Police residents"), "id", "match"),
    "another standard": (lambda d: d.update(apiVersion="v2.0.0"), "apiVersion", "v3.1.0"),
    "domain of another department": (lambda d: d.update(domain="water"), "domain", "water"),
    "no key": (lambda d: _column(d, "registration_number").pop("primaryKey"), "schema.0.properties", "primaryKey"),
    "header twice": (
        lambda d: _column(d, "mobile").update(physicalName="姓名"),
        "schema.0.properties.姓名.physicalName",
        "twice",
    ),
    "name twice": (
        lambda d: _column(d, "mobile").update(name="full_name"),
        "schema.0.properties.full_name.name",
        "twice",
    ),
    "unknown type": (
        lambda d: _column(d, "mobile").update(logicalType="text"),
        "schema.0.properties.mobile.logicalType",
        "string",
    ),
    "unknown role": (
        lambda d: _role(d, "mobile", role="telephone"),
        "schema.0.properties.mobile.customProperties.role",
        "phone",
    ),
    "unknown property of a column": (
        lambda d: _role(d, "mobile", colour="red"),
        "schema.0.properties.mobile.customProperties.colour",
        "allowed",
    ),
    "property given twice": (
        lambda d: _column(d, "mobile")["customProperties"].append({"property": "role", "value": "phone"}),
        "schema.0.properties.mobile.customProperties",
        "role given twice",
    ),
    "role on two columns": (
        lambda d: _append(d, customProperties=[{"property": "role", "value": "sex"}]),
        "schema.0.properties.extra.customProperties.role",
        "sex",
    ),
    "area code without scheme": (
        lambda d: _role(d, "street_code", role="area_code"),
        "schema.0.properties.street_code.customProperties.scheme",
        "scheme",
    ),
    "unknown scheme": (
        lambda d: _role(d, "street_code", role="area_code", scheme="postal"),
        "schema.0.properties.street_code.customProperties.scheme",
        "civil",
    ),
    "embedded identifier without affix": (
        lambda d: _role(d, "id_number", role="embedded_person_id"),
        "schema.0.properties.id_number.customProperties.affix",
        "affix",
    ),
    "affix without a group": (
        lambda d: _role(d, "id_number", role="embedded_person_id", affix="^G.{18}$"),
        "schema.0.properties.id_number.customProperties.affix",
        "one group",
    ),
    "no such code list": (
        lambda d: _role(d, "sex", role="sex", code_list="genders"),
        "schema.0.properties.sex.customProperties.code_list",
        "genders",
    ),
    "pattern that does not compile": (
        lambda d: _column(d, "registration_number")["logicalTypeOptions"].update(pattern="^RK[0-9"),
        "schema.0.properties.registration_number.logicalTypeOptions.pattern",
        "regular expression",
    ),
    "minimum above maximum": (
        lambda d: _append(d, logicalType="integer", logicalTypeOptions={"minimum": 2, "maximum": 1}),
        "schema.0.properties.extra.logicalTypeOptions.minimum",
        "maximum",
    ),
    "name of the lake's own": (
        lambda d: _append(d, name="unit_code"),
        "schema.0.properties.unit_code.name",
        "unit_code",
    ),
    "identifier not restricted": (
        lambda d: _column(d, "id_number").pop("classification"),
        "schema.0.properties.id_number.classification",
        "restricted",
    ),
    "excluded column as key": (
        lambda d: _column(d, "ethnicity").update(primaryKey=True),
        "schema.0.properties.ethnicity.classification",
        "key",
    ),
    "quality rule without bound": (
        lambda d: _column(d, "sex").update(quality=[{"metric": "nullValues"}]),
        "schema.0.properties.sex.quality",
        "bound",
    ),
    "batch rule on a column": (
        lambda d: _column(d, "sex").update(quality=[{"metric": "rowCount", "mustBeGreaterOrEqualTo": 1}]),
        "schema.0.properties.sex.quality",
        "rowCount",
    ),
    "unknown severity": (
        lambda d: _column(d, "street_code")["quality"][0].update(severity="fatal"),
        "schema.0.properties.street_code.quality.0.severity",
        "error",
    ),
    "two ways of being complete": (
        lambda d: _custom(d, "delivery")["value"]["complete"].update(stable_seconds=5),
        "customProperties.delivery.complete",
        "exactly one",
    ),
    "file pattern without a day": (
        lambda d: _custom(d, "delivery")["value"].update(file_pattern="^residents[.]csv$"),
        "customProperties.delivery",
        "day",
    ),
    "unknown delivery mode": (
        lambda d: _custom(d, "delivery")["value"].update(mode="weekly"),
        "customProperties.delivery.mode",
        "snapshot",
    ),
    "unknown encoding": (
        lambda d: _custom(d, "reading")["value"].update(encoding="big5"),
        "customProperties.reading.encoding",
        "gb18030",
    ),
    "delimiter of two characters": (
        lambda d: _custom(d, "reading")["value"].update(delimiter="||"),
        "customProperties.reading.delimiter",
        "one character",
    ),
    "DBF field name too long": (
        lambda d: _custom(d, "reading")["value"].update(format="dbf"),
        "schema.0.properties.id_number.physicalName",
        "10 bytes",
    ),
    "spatial file without geometry": (
        lambda d: _custom(d, "reading")["value"].update(format="gpkg"),
        "schema.0.properties",
        "geometry",
    ),
    "longitude without latitude": (
        lambda d: _append(d, logicalType="number", customProperties=[{"property": "role", "value": "longitude"}]),
        "schema.0.properties",
        "latitude",
    ),
    "claim of nobody": (lambda d: _role(d, "id_number"), "customProperties.subject.claim", "person"),
    "exact day of a birth": (
        lambda d: _role(d, "residence_kind", role="vital_event"),
        "schema.0.properties.registered_on.customProperties.masked",
        "year",
    ),
    "event without a time": (
        lambda d: _custom(d, "subject").update(value={"kind": "event"}),
        "customProperties.subject.kind",
        "event_time",
    ),
    "no legal basis": (
        lambda d: d.update(customProperties=[c for c in d["customProperties"] if c["property"] != "legal_basis"]),
        "customProperties.legal_basis",
        "required",
    ),
    "empty legal basis": (
        lambda d: _custom(d, "legal_basis").update(value=" "),
        "customProperties.legal_basis",
        "empty",
    ),
    "no purpose": (lambda d: d["description"].pop("purpose"), "description.purpose", "required"),
    "share as percent": (
        lambda d: d["customProperties"].append({"property": "limits", "value": {"quarantined_share": 5}}),
        "customProperties.limits.quarantined_share",
        "0 and 1",
    ),
    "cron of four fields": (
        lambda d: _custom(d, "schedule")["value"].update(cron="0 6 * *"),
        "customProperties.schedule.cron",
        "five",
    ),
}


def _write(folder: Path, document: Any, department: str = "police", feed: str = "residents") -> Path:
    path = folder / department / f"{feed}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_contract_is_refused_with_file_key_and_mend(fault: str, tmp_path: Path) -> None:
    spoil, key, word = BAD[fault]
    document = copy.deepcopy(SOUND)
    spoil(document)
    path = _write(tmp_path, document)
    with pytest.raises(ContractError) as refusal:
        load_contract(path)
    assert refusal.value.file == str(path)
    assert refusal.value.key == key
    assert word in refusal.value.message
    assert refusal.value.mend
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "id: [", "id: a__b\nid: a__c\n"])
def test_what_is_no_mapping_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError) as refusal:
        load_contract(_write(tmp_path, text))
    assert refusal.value.key == "(file)"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "")
    path.write_bytes("名称: 居民".encode("gb18030"))
    with pytest.raises(ContractError, match="YAML"):
        load_contract(path)


def test_a_contract_stands_where_its_id_says(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as refusal:
        load_contract(_write(tmp_path, SOUND, feed="dwellers"))
    assert refusal.value.key == "id"


def test_the_sound_one_reads(tmp_path: Path) -> None:
    contract = load_contract(_write(tmp_path, SOUND))
    assert contract.feed_id == "police__residents"
    assert contract.department == "police"
    assert [column.name for column in contract.key_columns] == ["registration_number"]
    assert contract.column_of(Role.PERSON_ID).header == "公民身份号码"
    assert contract.column_of(Role.USCC) is None
    assert [column.name for column in contract.columns if column.is_dropped] == ["ethnicity"]
    assert contract.reading.encoding == "gb18030"


def test_any_change_of_a_contract_changes_its_fingerprint(tmp_path: Path) -> None:
    before = load_contract(_write(tmp_path, SOUND)).fingerprint
    document = copy.deepcopy(SOUND)
    _column(document, "mobile")["required"] = True
    assert load_contract(_write(tmp_path, document)).fingerprint != before
    assert load_contract(_write(tmp_path, SOUND)).fingerprint == before


def test_a_folder_of_contracts_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, SOUND)
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(tmp_path))
    assert list(load_contracts()) == ["police__residents"]
    with pytest.raises(UsageError, match="police__residents"):
        contract_of("parks__benches")


def test_a_folder_of_contracts_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(tmp_path / "fields"))
    with pytest.raises(UsageError, match="fields") as refused:
        load_contracts()
    assert "BLOCKDATA_FEEDS" in refused.value.mend
