from pathlib import Path

from synth.profile import profile


def test_the_district_keeps_the_rates_it_promises(district: Path):
    rates = profile(district)["rates"]
    assert len(rates) > 12
    missed = [rate for rate in rates if not rate["holds"]]
    assert not missed


def test_plain_equality_is_not_enough_but_something_is_measured(district: Path):
    plain = next(rate for rate in profile(district)["rates"] if rate["name"].startswith("recall of one regular"))
    assert 0.02 < plain["reached"] < 0.7
