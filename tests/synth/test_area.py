from synth.area import LAYOUT, cut, make_areas, reference


def test_bao_an_has_its_ten_streets_the_airport_and_141_communities_with_their_codes():
    areas = make_areas(500)
    today = areas.area.filter(areas.area["valid_to"].is_null())
    streets = today.filter((today["level"] == "street") & (today["parent_code"] == "440306"))
    assert streets.height == 11
    own = set(streets["area_code"])
    assert today.filter((today["level"] == "community") & today["parent_code"].is_in(list(own))).height == 141
    statistics = areas.crosswalk.filter(areas.crosswalk["scheme"] == "statistics")["code"]
    assert set(reference("nbs_communities_440306")["code"]) <= set(statistics)


def test_the_three_codings_of_a_street_are_the_real_ones_where_they_are_known():
    walk = make_areas(500).crosswalk
    codes = {
        (row["scheme"], row["name"]): row["code"]
        for row in walk.iter_rows(named=True)
        if row["area_code"][:6] == "440306"
    }
    assert [codes[scheme, "新安街道"] for scheme in ("statistics", "civil", "unified")] == [
        "440306017",
        "440306001",
        "440306011",
    ]
    assert [codes[scheme, "石岩街道"] for scheme in ("statistics", "civil", "unified")] == [
        "440306026",
        "440306008",
        "440306006",
    ]


def test_longhua_keeps_its_unified_codes_and_other_districts_their_streets():
    area = make_areas(500).area
    parents = dict(zip(area["area_code"], area["parent_code"], strict=True))
    assert parents["440306014003"] == "440306014"
    assert parents["440306014"] == "440309"
    assert "440305009" in parents  # 西丽街道


def test_every_parent_is_there_and_no_validity_stands_twice():
    area = make_areas(500).area
    assert set(area["parent_code"].drop_nulls()) <= set(area["area_code"])
    assert not area.select("area_code", "valid_from").is_duplicated().any()


def test_redrawn_communities_have_a_former_code_and_lineage():
    areas = make_areas(500)
    former = areas.area.filter(areas.area["area_code"].is_in(areas.lineage["code"].to_list()))
    assert former.height == 29
    assert former["valid_to"].null_count() == 0
    assert set(areas.lineage["successor"]) <= set(areas.community["community_code"])


def test_grids_fill_their_communities_and_streets_the_district():
    assert abs(sum((right - left) * (top - low) for left, low, right, top in LAYOUT.values()) - 1) < 1e-9
    areas = make_areas(20_000)
    size = (areas.grid["east"] - areas.grid["west"]) * (areas.grid["north"] - areas.grid["south"])
    assert abs(size.sum() - 0.2 * 0.27) < 1e-9


def test_cut_leaves_no_gap():
    boxes = cut((0.0, 0.0, 3.0, 2.0), 7)
    assert len(boxes) == 7
    assert abs(sum((east - west) * (north - south) for west, south, east, north in boxes) - 6) < 1e-5
