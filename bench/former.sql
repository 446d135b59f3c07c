-- Those who lived there before, two to a unit, and what is still to be billed of their stays: ten months of rent each. Numbers go on where
-- the present ones of property.sql end.

INSERT INTO residency_resident (id, operator_id, property_id, ref, name, name_sort, phone, phone_hash, id_type, id_number, id_number_hash,
    category, emergency_name, emergency_phone, created_at, updated_at)
SELECT r, 1, 1, r::text, name, lpad((r::bigint * 7919 %% 1000003)::text, 7, '0'), '', '', '', '', '',
    (ARRAY['long_term', 'short_term'])[r %% 2 + 1], '', '', now(), now()
FROM generate_series(%(units)s + 1, %(units)s * 3) AS r, LATERAL (
    SELECT substr('高林郭马罗梁宋唐许邓冯程曾彭吕苏卢蒋蔡贾丁薛叶余潘杜戴夏钟汪', r %% 30 + 1, 1)
        || substr('志建国文海春晓红玉梅兰珍凤荣福贵祥安宁康泰和平顺利', r / 30 %% 25 + 1, 1)
        || substr('一子思雨晨欣梓轩涵宇佳诗若浩然博嘉琪月星', r / 750 %% 20 + 1, 1)) AS made (name);
INSERT INTO residency_tenure (id, operator_id, kind, property_id, unit_id, resident_id, number, category, state, start, "end", created_at, updated_at)
SELECT t, 1, 'lease', 1, unit, t, t::text, 'long_term', 'ended', start, (start + interval '2 years')::date - 1, now(), now()
FROM generate_series(%(units)s + 1, %(units)s * 3) AS t, LATERAL (SELECT (t - 1) %% %(units)s + 1) AS home (unit),
    LATERAL (SELECT date '2021-12-01' + unit %% 28 + CASE WHEN t > %(units)s * 2 THEN 730 ELSE 0 END) AS made (start);
INSERT INTO residency_tenureterm (operator_id, tenure_id, valid_from, rent, occupants)
SELECT 1, t, '1900-01-01', 1800 + t %% 600 * 10, t %% 4 + 1 FROM generate_series(%(units)s + 1, %(units)s * 3) AS t;
INSERT INTO billing_billingaccount (id, operator_id, property_id, tenure_id, uses_credit, created_at)
SELECT t, 1, 1, t, true, now() FROM generate_series(%(units)s + 1, %(units)s * 3) AS t;
INSERT INTO billing_recurringcharge (operator_id, property_id, account_id, tariff_id, unit_id, start, "end", discount, billed_until)
SELECT 1, 1, n.id, 1, n.unit_id, n.start, n.end, 0, (n.start + interval '14 months')::date - 1
FROM residency_tenure n WHERE n.id > %(units)s;
