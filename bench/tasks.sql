-- Years of tasks: three for each unit, the last two thousand still to do, some of them late; every twentieth the manager's own.

INSERT INTO workforce_task (id, operator_id, property_id, number, kind, title, details, unit_id, priority, assignee_id, "group", due_at, state, reason,
    source, source_key, created_at, taken_at, started_at, ended_at)
SELECT n, 1, 1, n, (ARRAY['cleaning', 'inspection', 'repair', 'care', 'call'])[n %% 5 + 1], '巡检 ' || n, '', n %% %(units)s + 1, 2,
    CASE WHEN n %% 20 = 0 THEN %(user)s END, '', due, CASE WHEN n > %(units)s * 3 - 2000 THEN 'open' ELSE 'done' END, '',
    '', '', due - interval '2 days', NULL, NULL, CASE WHEN n > %(units)s * 3 - 2000 THEN NULL ELSE due END
FROM (SELECT n, now() + interval '7 days' - (%(units)s * 3 - n) * interval '10 minutes' AS due FROM generate_series(1, %(units)s * 3) AS n) AS made;
INSERT INTO workforce_taskstep (operator_id, task_id, position, text, needs_photo, result, note)
SELECT 1, t.id, s, '第 ' || s || ' 项', false, CASE WHEN t.state = 'done' THEN 'ok' ELSE '' END, ''
FROM workforce_task t, generate_series(1, 3) AS s WHERE t.id %% 5 = 0;
SELECT setval('workforce_task_id_seq', %(units)s * 3 + 1);
ANALYZE workforce_task, workforce_taskstep
