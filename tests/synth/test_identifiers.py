import numpy as np
import polars as pl
from stdnum.cn import ric, uscc

from synth.draw import Draw
from synth.identifiers import fifteen, id_numbers, mobiles, usccs


def test_id_numbers_carry_their_check_digit_and_sex_and_never_repeat():
    draw = Draw(1, "test")
    male = draw.chance(3000, 0.5)
    numbers = id_numbers(np.full(3000, 430102), 19_800_000 + draw.integers(101, 128, 3000), male, draw)
    assert numbers.n_unique() == 3000
    assert all(ric.calc_check_digit(number) == number[17] for number in numbers)
    assert [int(number[16]) % 2 == 1 for number in numbers] == male.tolist()


def test_the_old_form_leaves_out_century_and_check_digit():
    assert pl.select(fifteen(pl.lit("11010519491231002X"))).item() == "110105491231002"


def test_usccs_pass_both_their_check_characters():
    codes = usccs(np.tile([1, 2], 1000), Draw(1, "test"))
    assert codes.n_unique() == 2000
    assert all(uscc.is_valid(code) for code in codes)


def test_mobiles_have_eleven_digits():
    assert mobiles(500, Draw(1, "test")).str.contains(r"^1[3-9]\d{9}$").all()
