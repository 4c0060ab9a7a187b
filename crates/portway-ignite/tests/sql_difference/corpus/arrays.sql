-- Columns of arrays: the cache is made by `arrays.rs`.
-- tables: ta tb tc ld
SELECT COLUMN_NAME, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, NULLABLE, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'HOLDER' AND TABLE_SCHEMA = 'arrays'
SELECT SQL FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'HOLDER'
CREATE TABLE ta (id INT PRIMARY KEY, a ARRAY)
SELECT COLUMN_NAME, TYPE FROM SYS.TABLE_COLUMNS WHERE TABLE_NAME = 'TA'
SELECT COLUMN_NAME, DATA_TYPE, TYPE_NAME, COLUMN_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'TA'
INSERT INTO ta (id, a) VALUES (1, (1, 2))
INSERT INTO ta (id, a) VALUES (2, ?) ## objects (int 1; text a)
INSERT INTO ta (id, a) VALUES (3, ?) ## ints (1; 2)
INSERT INTO ta (id, a) VALUES (4, 'x')
INSERT INTO ta (id, a) VALUES (5, NULL)
SELECT * FROM ta ORDER BY id
CREATE TABLE tb (id INT PRIMARY KEY, o OTHER, b BINARY, v VARCHAR)
INSERT INTO tb (id, o) VALUES (1, (1, 2))
INSERT INTO tb (id, o) VALUES (2, ?) ## objects (int 1; text a)
INSERT INTO tb (id, o) VALUES (3, ?) ## ints (1; 2)
INSERT INTO tb (id, o) VALUES (4, ?) ## texts (a; b)
INSERT INTO tb (id, o) VALUES (5, ?) ## list (int 1)
INSERT INTO tb (id, b) VALUES (6, (1, 2))
INSERT INTO tb (id, b) VALUES (7, ?) ## objects (int 1; text a)
INSERT INTO tb (id, b) VALUES (8, ?) ## ints (1; 2)
INSERT INTO tb (id, b) VALUES (9, ?) ## bytes ab
INSERT INTO tb (id, v) VALUES (10, (1, 2))
INSERT INTO tb (id, v) VALUES (11, ?) ## objects (int 1; text a)
INSERT INTO tb (id, v) VALUES (12, ?) ## texts (a; b)
INSERT INTO tb (id, v) VALUES ((1, 2), 'x')
INSERT INTO tb (id, o) VALUES (13, ?) ## objects (int 1; objects (text a; long 2); bytes ab; uuid 00000000-0000-0000-0000-000000000001)
INSERT INTO tb (id, o) SELECT x + 20, (x, 'a') FROM SYSTEM_RANGE(1, 2)
MERGE INTO tb (id, o) VALUES (30, (1, 2))
UPDATE tb SET o = (3, 4) WHERE id = 1
UPDATE tb SET o = ? WHERE id = 2 ## objects (int 9)
SELECT * FROM tb ORDER BY id
SELECT id, ARRAY_GET(o, 1) FROM tb ORDER BY id
SELECT id, ARRAY_LENGTH(o) FROM tb ORDER BY id
SELECT id, CAST(o AS ARRAY) FROM tb WHERE id = 1
DELETE FROM tb WHERE id IN (SELECT x FROM TABLE(x INT = ?)) ## objects (int 1; int 2)
SELECT id FROM tb ORDER BY id
SELECT t.id, t.v FROM TABLE(i INT = ?) q JOIN tb t ON t.id = q.i ORDER BY 1 ## objects (int 4; int 9; int 99)
SELECT id FROM tb WHERE id = ANY(?) ORDER BY id ## objects (int 4; int 9)
SELECT id FROM tb WHERE (id, v) = (10, '(1, 2)') ORDER BY id
SELECT id FROM tb WHERE (id, v) IN ((10, '(1, 2)'), (4, NULL)) ORDER BY id
SELECT id FROM tb WHERE (id, id) < (10, 2) ORDER BY id
SELECT id FROM tb WHERE (id, id) > (10, 2) ORDER BY id
SELECT id, (id, v) FROM tb ORDER BY (0 - id, 1)
SELECT (id, v), COUNT(*) FROM tb GROUP BY (id, v)
SELECT (id, v) FROM tb ORDER BY 1
SELECT id / 10, ARRAY_AGG(id) FROM tb GROUP BY id / 10
SELECT MAX((id, v)) FROM tb
SELECT id FROM tb WHERE ARRAY_CONTAINS((4, 9), id) ORDER BY id
SELECT id FROM tb WHERE ARRAY_CONTAINS(?, id) ORDER BY id ## objects (int 4; int 9)
SELECT ARRAY_GET((id, v), 1) + 1 FROM tb ORDER BY id
SELECT DISTINCT (id / 10, 1) FROM tb
CREATE TABLE tc (a ARRAY PRIMARY KEY, b INT)
INSERT INTO tc VALUES ((1, 2), 1)
INSERT INTO tc VALUES ((1, 2), 2)
SELECT * FROM tc
ALTER TABLE tb ADD COLUMN arr ARRAY
SELECT * FROM "arrays".holder ORDER BY _KEY
SELECT COLUMN_NAME, TYPE FROM SYS.TABLE_COLUMNS WHERE TABLE_NAME = 'HOLDER'
SELECT COLUMN_NAME, DATA_TYPE, TYPE_NAME, COLUMN_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'HOLDER' AND TABLE_SCHEMA = 'arrays'
SELECT _KEY, ARRAY_GET(objects, 2), ARRAY_LENGTH(objects) FROM "arrays".holder ORDER BY _KEY
SELECT _KEY, ARRAY_GET(ints, 2), ARRAY_LENGTH(ints) FROM "arrays".holder ORDER BY _KEY
SELECT _KEY, ARRAY_GET(texts, 2), ARRAY_LENGTH(texts) FROM "arrays".holder ORDER BY _KEY
SELECT _KEY, ARRAY_LENGTH(list) FROM "arrays".holder ORDER BY _KEY
SELECT _KEY, ARRAY_LENGTH(any) FROM "arrays".holder ORDER BY _KEY
SELECT _KEY, ARRAY_GET(any, 1) FROM "arrays".holder ORDER BY _KEY
SELECT _KEY FROM "arrays".holder WHERE objects = (1, 'a', NULL) ORDER BY _KEY
SELECT _KEY FROM "arrays".holder WHERE objects = ? ORDER BY _KEY ## objects (int 1; text b)
SELECT _KEY FROM "arrays".holder WHERE texts = ? ORDER BY _KEY ## texts (x)
SELECT _KEY FROM "arrays".holder WHERE list = ? ORDER BY _KEY ## list (int 2)
SELECT _KEY FROM "arrays".holder ORDER BY objects, _KEY
SELECT _KEY FROM "arrays".holder ORDER BY objects DESC, _KEY
SELECT objects, COUNT(*) FROM "arrays".holder GROUP BY objects
SELECT DISTINCT objects FROM "arrays".holder
SELECT COUNT(DISTINCT objects) FROM "arrays".holder
SELECT MAX(objects), MIN(objects) FROM "arrays".holder
SELECT CAST(objects AS VARCHAR) FROM "arrays".holder ORDER BY _KEY
SELECT LENGTH(objects) FROM "arrays".holder ORDER BY _KEY
SELECT objects || 'x' FROM "arrays".holder ORDER BY _KEY
SELECT ARRAY_CONTAINS(objects, 'a') FROM "arrays".holder ORDER BY _KEY
SELECT COALESCE(objects, (9,)) FROM "arrays".holder ORDER BY _KEY
SELECT objects FROM "arrays".holder WHERE _KEY < 3 UNION SELECT (1, 'b')
INSERT INTO "arrays".holder (_KEY, objects, ints, texts, list, any) VALUES (10, ?, ?, ?, ?, ?) ## objects (int 1) ## ints (1) ## texts (a) ## list (int 1) ## objects (int 2)
INSERT INTO "arrays".holder (_KEY, objects) VALUES (11, (1, 'z'))
INSERT INTO "arrays".holder (_KEY, ints) VALUES (12, (1, 2))
INSERT INTO "arrays".holder (_KEY, texts) VALUES (13, ('a', 'b'))
INSERT INTO "arrays".holder (_KEY, any) VALUES (14, (1, 2))
INSERT INTO "arrays".holder (_KEY, objects) VALUES (15, 5)
INSERT INTO "arrays".holder (_KEY, objects) VALUES (16, ?) ## texts (a)
INSERT INTO "arrays".holder (_KEY, objects) VALUES (17, ?) ## ints (1)
INSERT INTO "arrays".holder (_KEY, texts) VALUES (18, ?) ## objects (text a)
UPDATE "arrays".holder SET objects = (7, 8) WHERE _KEY = 1
SELECT * FROM "arrays".holder ORDER BY _KEY
SELECT _VAL FROM "arrays".holder WHERE _KEY = 11
= arrays ## int 1 ## int 10 ## int 11 ## int 12 ## int 13 ## int 14 ## int 15 ## int 16 ## int 17 ## int 18
SELECT _KEY FROM "arrays".holder WHERE objects > (1, 'a') ORDER BY _KEY
INSERT INTO tb (id, o) VALUES (51, ?) ## ints (1; 2)
INSERT INTO tb (id, v) VALUES (52, 'x')
UPDATE tb SET o = (3, 4) WHERE id = 51
UPDATE tb SET o = ? WHERE id = 51 ## objects (int 9)
UPDATE tb SET v = (3, 'a') WHERE id = 51
UPDATE tb SET v = ? WHERE id = 52 ## texts (p; q)
UPDATE tb SET b = (1, 2) WHERE id = 51
UPDATE "arrays".holder SET objects = (7, 8), texts = ('x', 'y') WHERE _KEY = 2
UPDATE "arrays".holder SET texts = (7, 8) WHERE _KEY = 2
UPDATE "arrays".holder SET texts = objects WHERE _KEY = 2
UPDATE "arrays".holder SET objects = texts WHERE _KEY = 3
INSERT INTO "arrays".holder (_KEY, texts) VALUES (60, (1, 'b'))
INSERT INTO "arrays".holder (_KEY, texts) VALUES (61, (NULL, 'b'))
INSERT INTO "arrays".holder (_KEY, texts) VALUES (62, ?) ## texts (a)
INSERT INTO "arrays".holder (_KEY, objects) VALUES (63, (1, (2, 'x'), X'aa', DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00', 1.50, NULL, TRUE))
SELECT _KEY, objects, texts FROM "arrays".holder ORDER BY _KEY
SELECT v, b FROM tb WHERE id > 50 ORDER BY id
CREATE TABLE ld (id INT PRIMARY KEY, v VARCHAR, d DECIMAL(10, 2))
INSERT INTO ld VALUES (1, 'a', 1.5), (2, 'b', 2.5), (3, NULL, NULL)
SELECT id FROM ld WHERE v IN (?) ORDER BY id ## texts (a; b)
SELECT id FROM ld WHERE d IN (?) ORDER BY id ## objects (decimal 1.5)
SELECT id FROM ld WHERE (v, d) = ('a', 1.5) ORDER BY id
SELECT id FROM ld WHERE (v, d) = (?, ?) ORDER BY id ## text a ## decimal 1.50
SELECT id FROM ld WHERE (v, d) = (?, ?) ORDER BY id ## null ## null
SELECT id FROM ld WHERE (id, v) IN (SELECT id, v FROM ld) ORDER BY id
SELECT id FROM ld WHERE (id, v) IN (SELECT (id, v) FROM ld WHERE id < 3) ORDER BY id
SELECT id FROM ld WHERE (id, v) = (SELECT id, v FROM ld WHERE id = 2) ORDER BY id
SELECT id FROM ld WHERE NOT (v, id) = ('a', 1) ORDER BY id
SELECT id FROM ld WHERE (v, id) <> ('a', 1) ORDER BY id
SELECT id FROM ld WHERE (v, id) NOT IN (('a', 1), ('b', 2)) ORDER BY id
SELECT id FROM ld WHERE ARRAY_GET((v, d), 1) = 'a' ORDER BY id
SELECT id FROM ld WHERE ARRAY_GET((v, d), 2) > 2 ORDER BY id
SELECT id FROM ld t WHERE EXISTS (SELECT 1 FROM TABLE(i INT = ?) q WHERE q.i = t.id) ORDER BY id ## objects (int 1; int 3)
SELECT id FROM ld WHERE id IN (SELECT i FROM TABLE(i INT = ?)) ORDER BY id ## objects (int 1; int 3)
SELECT ld.id, q.n FROM TABLE(i INT = ?, n VARCHAR = ?) q LEFT JOIN ld ON ld.id = q.i ORDER BY q.i ## objects (int 1; int 9) ## texts (x; y)
UPDATE ld SET v = 'z' WHERE (id, v) IN ((1, 'a'), (3, NULL))
DELETE FROM ld WHERE (id, v) = (3, 'z')
SELECT * FROM ld ORDER BY id
MERGE INTO ld (id, v) SELECT q.i, q.n FROM TABLE(i INT = ?, n VARCHAR = ?) q ## objects (int 7; int 8) ## texts (x; y)
INSERT INTO ld (id, v) SELECT * FROM TABLE(i INT = ?, n VARCHAR = ?) ## objects (int 17; int 18) ## texts (x; y)
SELECT * FROM ld ORDER BY id
SELECT id, (id, v) FROM ld ORDER BY (id, v) DESC
SELECT id, (id, v) a FROM ld ORDER BY a DESC
SELECT id FROM ld ORDER BY (d, v), id
