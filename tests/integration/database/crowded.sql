-- Two large runs and many small ones; the parameters are those of `crowded.py`.
CREATE TEMPORARY TABLE crowd (i INTEGER, no TEXT, run TEXT, state TEXT, platform TEXT, method TEXT);

INSERT INTO crowd
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :jobs + :runs)
SELECT
    i,
    CAST(1000000000 + i AS TEXT),
    '01RUN' || CAST(1000000000 + CASE WHEN i > :jobs THEN i - :jobs WHEN i % 100 < 40 THEN :going + 1 ELSE 0 END AS TEXT),
    CASE
        WHEN i > :jobs + :going THEN 'done'
        WHEN i > :jobs THEN 'in_flight'
        WHEN i % 100 < 40 THEN 'done'
        WHEN i % 100 < 70 THEN 'in_flight'
        ELSE 'queued'
    END,
    CASE i % 4 WHEN 0 THEN 'chat_gpt' WHEN 1 THEN 'claude' WHEN 2 THEN 'gemini' ELSE 'perplexity' END,
    CASE i % 4 WHEN 3 THEN 'live' ELSE 'standard' END
FROM n;

INSERT INTO accounts (name, balance_nanos, balance_at) VALUES ('default', 5000000000, 1.0);

INSERT INTO runs (
    id, account, campaign, fingerprint, generation, state, options, created_at, manifest,
    reserve_standard_nanos, reserve_float_nanos, reserve_live_nanos, reserved_nanos
)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :runs)
SELECT
    '01RUN' || CAST(1000000000 + i AS TEXT), 'default', 'trial', CAST(i AS TEXT), 1,
    CASE WHEN i <= :going + 1 THEN 'running' ELSE 'finished' END, '{}', 1.0,
    CASE WHEN i > :going + 1 THEN 'manifest' END,
    35, 10, 40, CASE WHEN i <= :going THEN 9 ELSE 0 END
FROM n;

INSERT INTO jobs (id, run_id, position, platform, method, model, parameters, row_no, repeat, state, due_at)
SELECT no, run, i, platform, method, 'm', '{}', i, 0, state, 0.0 FROM crowd;

INSERT INTO rows (run_id, row_no, row_id, line_no, prompt, variables)
SELECT run, i, no, i, '?', '{}' FROM crowd;

INSERT INTO deliveries (job_id, row_no, run_id)
SELECT no, i, run FROM crowd;

INSERT INTO attempts (
    id, job_id, run_id, account, platform, method, model, state, created_at, send_by, boot_id, boot_s,
    posted_at, received_at, settled_at, due_at
)
SELECT
    '01A' || no, no, run, 'default', platform, method, 'm',
    CASE state WHEN 'done' THEN 'settled' ELSE 'sent' END, 1.0, 1.0, 'b', 1.0,
    1.0 + i,
    CASE state WHEN 'done' THEN 60.0 + i END,
    CASE state WHEN 'done' THEN 60.0 + i END,
    CASE state WHEN 'in_flight' THEN 1.0 + i END
FROM crowd WHERE state <> 'queued';

INSERT INTO provider_tasks (provider_id, attempt_id, seen_at, segment, line_no, line_sha256)
SELECT 'p' || no, '01A' || no, 1.0, CASE state WHEN 'done' THEN 's' || no END, 1, no
FROM crowd WHERE state <> 'queued';

INSERT INTO segments (key, run_id, platform, answers, bytes, stored_at)
SELECT 's' || no, run, platform, 1, 100, 1.0 * i FROM crowd WHERE state = 'done' AND (i < 900 OR i > :jobs);

DROP TABLE crowd;
