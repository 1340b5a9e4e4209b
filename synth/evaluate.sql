-- Keying and defects of the current release against a made district's truth. Run after the release's
-- baseboard-person.sql; `truth_*` are the truth's Parquet files, `history` all record_history tables in one.

-- a delivery broken as a whole on purpose: its rows are not asked for
CREATE TEMP VIEW refused AS SELECT DISTINCT feed_id, day FROM truth_defect WHERE row IS NULL;

-- every delivered row that should have been loaded
CREATE TEMP TABLE sound AS
SELECT t.* FROM truth_record t
ANTI JOIN refused r ON r.feed_id = t.feed_id AND r.day = t.day
ANTI JOIN (SELECT * FROM truth_defect WHERE row IS NOT NULL) d
  ON d.feed_id = t.feed_id AND d.day = t.day AND d.file = t.file AND d.row = t.row;

-- what the release says of each of them: the record as it stood at the end of its delivery's day
CREATE TEMP TABLE keyed AS
SELECT s.*, h.operation, h.unit_code AS found_unit, h.building_code AS found_building, h.match_level
FROM sound s
ASOF LEFT JOIN history h
  ON h.feed_id = s.feed_id AND h.record_id = s.record_id AND h.delivered_on <= s.day;

CREATE TEMP VIEW keying AS
SELECT feed_id,
       count(*) AS rows,
       count(*) FILTER (unit_code IS NOT NULL) AS rows_that_mean_a_unit,
       count(*) FILTER (match_level = 'unit') AS rows_keyed_to_a_unit,
       count(*) FILTER (match_level = 'unit' AND found_unit = unit_code) AS right_unit,
       count(*) FILTER (building_code IS NOT NULL) AS rows_that_mean_a_building,
       count(*) FILTER (found_building IS NOT NULL) AS rows_keyed_to_a_building,
       count(*) FILTER (found_building = building_code) AS right_building,
       count(*) FILTER (operation IS NULL OR operation = 'delete') AS rows_not_loaded
FROM keyed GROUP BY feed_id;

-- planted faults in rows: found when that row stands in quarantine under that rule
CREATE TEMP TABLE planted AS
SELECT d.*, EXISTS (
         FROM quality.quarantine q
         WHERE q.feed_id = d.feed_id AND q.delivered_on = d.day AND q.file_name = d.file
           AND q.row_number = d.row AND q.rule = d.rule) AS is_found
FROM truth_defect d
WHERE d.row IS NOT NULL
UNION ALL
-- planted faults of whole deliveries: found when the batch was refused by that rule
SELECT d.*, EXISTS (
         FROM quality.batch b
         WHERE b.feed_id = d.feed_id AND b.delivered_on = d.day AND b.status IN ('refused', 'accepted')
           AND b.rule = d.rule) AS is_found
FROM truth_defect d
WHERE d.row IS NULL;

-- sound rows that were quarantined all the same
CREATE TEMP VIEW false_alarm AS
SELECT s.feed_id, s.day, s.file, s.row, any_value(q.rule) AS rule, any_value(q.column_name) AS column_name
FROM sound s JOIN quality.quarantine q
  ON q.feed_id = s.feed_id AND q.delivered_on = s.day AND q.file_name = s.file AND q.row_number = s.row
GROUP BY ALL;

-- sound deliveries that were refused all the same
CREATE TEMP VIEW false_refusal AS
SELECT b.feed_id, b.delivered_on AS day, b.rule FROM quality.batch b
ANTI JOIN refused r ON r.feed_id = b.feed_id AND r.day = b.delivered_on
WHERE b.status = 'refused';
