-- A property of %(units)s units, as operators have them: rent by the month, area fee by the quarter, a parking space for three in ten,
-- electricity in year tiers read monthly for a year. Everything is made from the unit's number, so every run has the same rows.

INSERT INTO premises_property (id, operator_id, code, name, address, phone, time_zone, created_at)
VALUES (1, 1, 'BENCH', 'BENCH', '', '', 'Asia/Shanghai', now());
INSERT INTO premises_building (id, operator_id, property_id, code, name, sort_key)
SELECT b, 1, 1, b::text, '', lpad(b::text, 6, '0') FROM generate_series(1, (%(units)s - 1) / 500 + 1) AS b;
INSERT INTO premises_unit (id, operator_id, property_id, building_id, entrance, number, layout, floor, area, label, sort_key)
SELECT u, 1, 1, (u - 1) / 500 + 1, '', u::text, '', u %% 30 + 1, 30 + u %% 9000 / 100.0, u::text, lpad(u::text, 9, '0')
FROM generate_series(1, %(units)s) AS u;
INSERT INTO premises_unitfact (operator_id, unit_id, valid_from, area, floor)
SELECT 1, id, '1900-01-01', area, floor FROM premises_unit;
INSERT INTO premises_parkingspace (id, operator_id, property_id, code, location, sort_key)
SELECT u, 1, 1, u::text, '', lpad(u::text, 9, '0') FROM generate_series(1, %(units)s) AS u WHERE u %% 10 < 3;

INSERT INTO residency_resident (id, operator_id, property_id, ref, name, name_sort, phone, phone_hash, id_type, id_number, id_number_hash,
    category, emergency_name, emergency_phone, created_at, updated_at)
SELECT u, 1, 1, u::text, name, lpad((u * 7919 %% 1000003)::text, 7, '0'), '', '', '', '', '', 'long_term', '', '', now(), now()
FROM generate_series(1, %(units)s) AS u, LATERAL (
    SELECT substr('赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏', u %% 30 + 1, 1)
        || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华建国', u / 30 %% 26 + 1, 1)
        || substr('一子思雨晨欣梓轩涵宇佳诗若浩然博嘉琪月星', u / 780 %% 20 + 1, 1)) AS made (name);
INSERT INTO residency_tenure (id, operator_id, kind, property_id, unit_id, resident_id, number, category, start, "end", created_at, updated_at)
SELECT u, 1, 'lease', 1, u, u, u::text, 'long_term', date '2025-12-01' + u %% 28, date '2027-11-30' + u %% 28, now(), now()
FROM generate_series(1, %(units)s) AS u;
INSERT INTO residency_tenureterm (operator_id, tenure_id, valid_from, rent, occupants)
SELECT 1, u, '1900-01-01', 2000 + u %% 700 * 10, u %% 4 + 1 FROM generate_series(1, %(units)s) AS u;
INSERT INTO billing_billingaccount (id, operator_id, property_id, tenure_id, uses_credit, created_at)
SELECT u, 1, 1, u, true, now() FROM generate_series(1, %(units)s) AS u;

INSERT INTO billing_feeitem (id, operator_id, category, name, tax_rate, revenue_account, priority)
VALUES (1, 1, 'rent', 'rent', 0, '', 10), (2, 1, 'property', 'property', 0, '', 20),
    (3, 1, 'parking', 'parking', 0, '', 30), (4, 1, 'electricity', 'electricity', 0, '', 40);
INSERT INTO billing_tariff (id, operator_id, property_id, code, name, fee_item_id, basis, tier_scope, cycle_months, anchor, timing,
    lead_days, due_days, proration, rounding)
VALUES (1, 1, 1, 'RENT', 'rent', 1, 'formula', 'period', 1, 'lease', 'advance', 7, 5, 'actual', 'fen'),
    (2, 1, 1, 'AREA', 'area', 2, 'area', 'period', 3, 'calendar', 'advance', 0, 20, 'actual', 'fen'),
    (3, 1, 1, 'PARK', 'parking', 3, 'flat', 'period', 1, 'calendar', 'advance', 0, 10, 'none', 'fen'),
    (4, 1, 1, 'ELEC', 'electricity', 4, 'metered', 'year', 1, 'calendar', 'arrears', 0, 10, 'actual', 'fen');
INSERT INTO billing_tariffversion (operator_id, tariff_id, valid_from, rate, tiers, formula)
VALUES (1, 1, '2020-01-01', NULL, '', 'rent'), (1, 2, '2020-01-01', 2.8, '', ''), (1, 2, '2026-02-01', 3.15, '', ''),
    (1, 3, '2020-01-01', 380, '', ''), (1, 4, '2020-01-01', NULL, '2880:0.4883;4800:0.5383;*:0.7883', ''),
    (1, 4, '2026-06-01', NULL, '2880:0.4983;4800:0.5483;*:0.7983', '');

INSERT INTO metering_meteringpoint (id, operator_id, property_id, unit_id, kind)
SELECT u, 1, 1, u, 'electricity' FROM generate_series(1, %(units)s) AS u;
INSERT INTO metering_meter (id, operator_id, property_id, serial, kind, multiplier, digits)
SELECT u, 1, 1, u::text, 'electricity', 1, 6 FROM generate_series(1, %(units)s) AS u;
INSERT INTO metering_installation (operator_id, meter_id, point_id) SELECT 1, u, u FROM generate_series(1, %(units)s) AS u;
INSERT INTO metering_reading (operator_id, property_id, meter_id, date, value, is_rollover, is_void, reason, source, created_at)
SELECT 1, 1, u, (date '2025-12-01' + u %% 28 + make_interval(months => m))::date, 1000 + u %% 5000 + m * (120 + u %% 400 + 0.37), false,
    false, '', 'workbook', now()
FROM generate_series(1, %(units)s) AS u, generate_series(0, 11) AS m;

-- A year of electricity, and what has come due of the rest since the autumn.
INSERT INTO billing_recurringcharge (operator_id, property_id, account_id, tariff_id, unit_id, point_id, space_id, start, "end",
    discount, billed_until)
SELECT 1, 1, n.id, t.id, n.unit_id, CASE t.id WHEN 4 THEN n.id END, CASE t.id WHEN 3 THEN n.id END, n.start, n.end,
    CASE WHEN t.id = 1 AND n.id %% 20 = 0 THEN 0.05 ELSE 0 END,
    CASE t.id WHEN 1 THEN (n.start + interval '9 months')::date - 1 WHEN 4 THEN NULL ELSE date '2026-09-30' END
FROM residency_tenure n, billing_tariff t WHERE t.id <> 3 OR n.id %% 10 < 3;
