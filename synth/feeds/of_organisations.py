"""Feeds about organisations and their people at work: market regulation and social security."""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.address_text import Style, write
from synth.draw import take
from synth.feeds.of_residents import _addresses, _areas, _text
from synth.organisation import TYPES
from synth.versions import assemble, day_text, meaning, numbered
from synth.world import World

REGISTERED = Style(prefix=(25, 65, 3, 1, 3, 1, 1, 1), street=0.97, community=0.8, road=0.7, dashes=0.02, remark=0.03)
WORKPLACE = Style(prefix=(10, 50, 20, 15, 2, 1, 1, 1), street=0.7, community=0.3, road=0.7, dashes=0.04, remark=0.03)
TYPE_NAMES = ["企业", "个体工商户", "事业单位", "社会组织", "机关"]
INDUSTRIES = [
    "制造业",
    "批发和零售业",
    "住宿和餐饮业",
    "信息传输、软件和信息技术服务业",
    "租赁和商务服务业",
    "建筑业",
    "交通运输、仓储和邮政业",
    "居民服务、修理和其他服务业",
    "教育",
    "科学研究和技术服务业",
]


def organisations(world: World) -> pl.DataFrame:
    """market_regulation__organisations: the whole register on the first day, then what is new, moved or ended."""
    draw, held = world.draw("organisations"), world.organisations
    days = len(world.days)
    began = np.searchsorted(world.days, held.began).astype(np.int64)
    row = np.arange(held.size)
    moved = (held.moved > began) & (held.moved < days)
    ended = draw.chance(held.size, 0.02) & ~moved
    ending = draw.integers(0, max(1, days - 1), held.size)
    ends = ended & (ending > began) & (ending < days)
    organisation = np.concatenate([row, row[moved], row[ends]])
    unit = np.concatenate([held.registered, held.next_registered[moved], held.registered[ends]])
    first = np.concatenate([began, held.moved[moved], ending[ends]])
    is_ended = np.concatenate(
        [ended & (ending <= began), np.zeros(int(moved.sum()), bool), np.ones(int(ends.sum()), bool)]
    )
    kept = first < days
    organisation, unit, first, is_ended = organisation[kept], unit[kept], first[kept], is_ended[kept]
    size = len(organisation)
    address, means = _addresses(world, unit, REGISTERED, draw, outside=0.002, nonsense=0.001)
    code, name = _areas(world, unit, "street", "civil")
    record = numbered("GS", organisation, 9)
    owner = held.owner[organisation]
    status = np.where(is_ended, 1, draw.one_of(size, [96, 0, 2, 2]))
    return assemble(
        {
            "registration_number": record,
            "uscc": _text(held.uscc, organisation),
            "name": _text(held.name, organisation),
            "entity_type": take(TYPE_NAMES, held.kind[organisation]),
            "industry": take(INDUSTRIES, held.trade[organisation] % len(INDUSTRIES)),
            "status": take(["存续", "注销", "吊销", "歇业"], status),
            "legal_representative": _text(world.people.name, owner),
            "phone": _text(world.people.phone, owner),
            "capital_ten_thousand_yuan": draw.pick(["10", "50", "100", "500", "1000"], size),
            "registered_on": day_text(np.minimum(held.began[organisation], world.days[np.minimum(first, days - 1)])),
            "expires_on": draw.pick(["长期", "2036-12-31", "2046-06-30"], size, [80, 10, 10]),
            "street_code": code,
            "street_name": name,
            "address": address,
        },
        means,
        record,
        first,
        first + 1,
    )


def contributions(world: World) -> pl.DataFrame:
    """human_resources__contributions: a month's payments on the first day, late ones and corrections after it."""
    draw, people, held = world.draw("contributions"), world.people, world.organisations
    days = len(world.days)
    worker = np.flatnonzero(held.employer_of >= 0)
    late = np.flatnonzero(draw.chance(len(worker), 0.03)) if days > 1 else np.empty(0, dtype=np.int64)
    day = draw.integers(1, max(1, days - 1), len(late))
    is_correction = draw.chance(len(late), 0.4)
    payment = np.concatenate(
        [np.arange(len(worker)), np.where(is_correction, late, len(worker) + np.arange(len(late)))]
    )
    person = np.concatenate([worker, worker[late]])
    first = np.concatenate([np.zeros(len(worker), np.int64), day])
    size = len(person)
    employer = held.employer_of[person]
    unit = held.operating[employer]
    address, named = write(world.unit, world.building, unit, WORKPLACE, draw)
    means = meaning(world.unit, world.building, unit, named)
    base = 2400 + (draw.generator.random(size) ** 3 * 24_000).astype(np.int64)
    month = np.where(np.concatenate([np.zeros(len(worker), bool), ~is_correction]), 0, 1)
    record = numbered("SB", payment, 10)
    paid = day_text(world.days[first] - draw.integers(1, 15, size))
    return assemble(
        {
            "payment_number": record,
            "id_number": _text(people.id_number, person),
            "full_name": _text(people.name, person),
            "employer_code": _text(held.uscc, employer),
            "employer_name": _text(held.name, employer),
            "insurance_kind": draw.pick(["养老保险", "医疗保险", "失业保险", "工伤保险"], size, [85, 8, 4, 3]),
            "month": take(["202601", "202602"], month),
            "base_yuan": pl.Series(base).cast(pl.String),
            "paid_on": paid.set(pl.Series(draw.chance(size, 0.05)), None),
            "address": address,
        },
        means,
        record,
        first,
        first + 1,
    )


assert len(TYPE_NAMES) == len(TYPES)
