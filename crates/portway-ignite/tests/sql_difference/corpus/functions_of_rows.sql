-- Functions, casts and operators over rows, with nulls in them.
-- tables: kinds
CREATE TABLE kinds (id INT PRIMARY KEY, v VARCHAR, d DATE, ts TIMESTAMP, t TIME, n DECIMAL(10,3), f DOUBLE, l BIGINT, b BINARY, u UUID, ok BOOLEAN, s SMALLINT, r REAL, i INT)
INSERT INTO kinds VALUES (1, 'Hello World', '2020-02-03', '2020-02-03 14:05:06.789', '10:11:12', 1234.567, 1.5, 7, X'0102', '12345678-9abc-def0-1122-334455667788', TRUE, 3, 2.5, 41)
INSERT INTO kinds (id) VALUES (2)
SELECT v, TO_CHAR(n, '9,999.99'), TO_CHAR(d, 'DD Mon YYYY'), TO_CHAR(ts, 'HH24:MI'), TO_CHAR(i), TO_CHAR(v), TO_CHAR(f, '0.00'), TO_CHAR(l, 'XX'), TO_CHAR(ok) FROM kinds
SELECT DATE_TRUNC('month', ts), DATE_TRUNC('day', d), EXTRACT(EPOCH FROM ts), EXTRACT(YEAR FROM d), EXTRACT(HOUR FROM t), ADD_MONTHS(d, 1), ADD_MONTHS(ts, i) FROM kinds
SELECT FORMATDATETIME(ts, 'yyyy-MM-dd''T''HH:mm:ss.SSSXXX'), FORMATDATETIME(d, v), PARSEDATETIME('2020', 'yyyy') FROM kinds
SELECT FORMATDATETIME(ts, 'd.M.yy'), FORMATDATETIME(d, 'EEE'), PARSEDATETIME(FORMATDATETIME(ts, 'yyyyMMdd'), 'yyyyMMdd') FROM kinds
SELECT REGEXP_REPLACE(v, 'o', '0'), REGEXP_LIKE(v, 'w', 'i'), v REGEXP 'W', v NOT REGEXP 'x' FROM kinds
SELECT d - DATE '2020-01-01', ts - d, d + 1, 1 + d, d - 1, ts + 1.5, d - 0.5, t + t, t * 2, t / 2, t - TIME '01:00:00', d + t, ts - t, d + i, ts - i FROM kinds
SELECT t + 1 FROM kinds
SELECT d * 2 FROM kinds
SELECT d + l FROM kinds
SELECT v + v FROM kinds
SELECT v * 2 FROM kinds
SELECT -v FROM kinds
SELECT -ok, -d FROM kinds
SELECT -ok FROM kinds
SELECT ABS(v) FROM kinds
SELECT SIGN(v) FROM kinds
SELECT DATEADD('DAY', i, d), DATEADD('HOUR', 1, d), DATEADD(MICROSECOND, 1, ts), DATEADD('day', 1, ts) FROM kinds
SELECT DATEDIFF('DAY', d, ts), DATEDIFF(ISO_WEEK, d, ts), DATEDIFF('NS', ts, d), DATEDIFF('hour', t, ts) FROM kinds
SELECT DATEADD('MONTH', 1, t) FROM kinds
SELECT COALESCE(i, v) FROM kinds
SELECT COALESCE(v, i) FROM kinds
SELECT NVL2(i, v, 1), NVL2(v, i, 1), GREATEST(i), LEAST(i, l, f) FROM kinds
SELECT CASE WHEN ok THEN i ELSE v END FROM kinds
SELECT i IN (41, 'x') FROM kinds
SELECT i IN ('41', 2), i IN (1, NULL) FROM kinds
SELECT CAST(n AS TINYINT) FROM kinds
SELECT CAST(l AS UUID), CAST(t AS DATE), CAST(d AS TIMESTAMP), CAST(v AS CHAR(5)), CAST(i AS BIGINT) FROM kinds
SELECT CAST(n AS DECIMAL(4,2)) FROM kinds
SELECT CAST(v AS DATE) FROM kinds
SELECT CAST(v AS TIME) FROM kinds
SELECT CAST(v AS TIMESTAMP) FROM kinds
SELECT CAST(v AS UUID) FROM kinds
SELECT CAST(v AS BINARY) FROM kinds
SELECT CAST(v AS BOOLEAN) FROM kinds
SELECT CAST(v AS DECIMAL) FROM kinds
SELECT CAST(v AS DOUBLE) FROM kinds
SELECT CAST(i AS DATE) FROM kinds
SELECT CAST(d AS INT) FROM kinds
SELECT CAST(l * 1000000000000 AS INT) FROM kinds
SELECT LENGTH(b), OCTET_LENGTH(b), LENGTH(v), OCTET_LENGTH(v), BIT_LENGTH(v), LENGTH(i), CHAR_LENGTH(u) FROM kinds
SELECT LOCATE('o', v, -3), INSTR(v, 'o', 6), INSERT(v, 2, 3, 'X'), INSERT(v, i, 3, 'X'), TRANSLATE(v, 'lo', 'x'), SUBSTRING(v, -3), SUBSTRING(v, 2, 3) FROM kinds
SELECT ROUND(n, 1), ROUND(f), ROUND(i), TRUNCATE(n, 1), FLOOR(n), FLOOR(i), ABS(n), MOD(i, 2), BITGET(i, 65), COT(f) FROM kinds
SELECT STRINGENCODE(v), STRINGDECODE(v), ORA_HASH(v, 10), HASH('SHA256', b, 2), XMLTEXT(v), SOUNDEX(v), CONCAT_WS('-', v, i, NULL), RAWTOHEX(v) FROM kinds
SELECT TO_DATE(FORMATDATETIME(d, 'yyyy-MM-dd'), 'YYYY-MM-DD'), TO_TIMESTAMP(FORMATDATETIME(ts, 'yyyy-MM-dd HH:mm'), 'YYYY-MM-DD HH24:MI') FROM kinds
SELECT v || i || n || f || d || ts || ok || u FROM kinds WHERE id = 1
SELECT 'é' || v FROM kinds
SELECT WEEK(d), WEEK(DATE '2019-12-29'), WEEK(DATE '2021-01-02'), ISO_WEEK(d), DAYNAME(d), MONTHNAME(ts), QUARTER(ts) FROM kinds
SELECT id FROM kinds WHERE ts - d = 0 AND EXTRACT(DAY FROM d) = 3
SELECT id FROM kinds WHERE d > '2020-01-01 00:00:00'
SELECT id FROM kinds WHERE u = 'bad'
SELECT id FROM kinds WHERE i = 'x'
SELECT id FROM kinds WHERE b = 'zz'
SELECT id FROM kinds WHERE t > '25:00:00'
SELECT id FROM kinds WHERE d = ? ## text bad
SELECT id FROM kinds WHERE i > ? ## decimal 1.5
SELECT TO_CHAR(?, '99'), DATE_TRUNC('day', ?), ABS(?), ? || 'x' ## int 5 ## timestamp 1580738706789 ## int -5 ## int 7
UPDATE kinds SET v = TO_CHAR(ts, 'YYYY'), d = d + 1, i = DATEDIFF('DAY', d, ts) WHERE id = 1
SELECT v, d, i FROM kinds ORDER BY id
UPDATE kinds SET d = '2020-02-03 01:02:03' WHERE id = 1
UPDATE kinds SET s = 100000 WHERE id = 1
UPDATE kinds SET s = '12x' WHERE id = 1
UPDATE kinds SET u = 'bad' WHERE id = 1
UPDATE kinds SET n = 12345678901.5 WHERE id = 1
INSERT INTO kinds (id, s) VALUES (3, '70000')
INSERT INTO kinds (id, t) VALUES (4, '10:11')
INSERT INTO kinds (id, ts) VALUES (5, '2020-02-03 10:00:00+01:00')
INSERT INTO kinds (id, b) VALUES (6, 'abc')
SELECT * FROM kinds ORDER BY id
SELECT GROUP_CONCAT(v), GROUP_CONCAT(DISTINCT v), GROUP_CONCAT(v ORDER BY id DESC SEPARATOR '-'), LISTAGG(v), STRING_AGG(v, '|') FROM kinds
SELECT GROUP_CONCAT(i SEPARATOR ' / ') FROM kinds
SELECT LISTAGG(v, ', ') WITHIN GROUP (ORDER BY id) FROM kinds
