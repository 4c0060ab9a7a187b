-- Expressions and functions.
-- tables: p
CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR, age INT, salary DECIMAL(10,2), born DATE, seen TIMESTAMP, ok BOOLEAN, score DOUBLE, t TIME, u UUID, bin BINARY, l BIGINT, s SMALLINT, b TINYINT, r REAL, c CHAR(3))
INSERT INTO p (id,name,age,salary,born,seen,ok,score,t,u,bin,l,s,b,r,c) VALUES (1,'Ann',30,10.5,'1990-01-02','2020-01-02 03:04:05',true,1.5,'12:34:56','12345678-9abc-def0-1122-334455667788',X'0102',5,6,7,1.25,'ab')
SELECT * FROM p
SELECT x.id + 1, x.name || 'z', x.age > 3, (x.id), NOT x.ok, x.id IS NULL, x.id BETWEEN 1 AND 2, x.id IN (1,2), x.name LIKE 'A%', -x.id, x.id AS foo, "X"."ID" FROM p x
SELECT id + l, s + b, b + b, r + 1, r * score, salary + 1, salary * salary, salary / 3, score / 2, l / 2, id % 2, s * 2, l * 2.5, id + '1', r + salary FROM p
SELECT CAST(t AS VARCHAR), CAST(seen AS VARCHAR), CAST(born AS VARCHAR), CAST(u AS VARCHAR), CAST(ok AS VARCHAR), CAST(score AS VARCHAR), CAST(salary AS VARCHAR), CAST(r AS VARCHAR), CAST(bin AS VARCHAR) FROM p
SELECT age + ?, ? + age, ? + 1, name || ? FROM p ## int 1 ## int 2 ## int 3 ## text x
SELECT id FROM p WHERE seen > '2019-01-01' AND born = '1990-01-02'
SELECT id FROM p WHERE seen > ? ## text 2019-01-01
SELECT id FROM p WHERE u = '12345678-9abc-def0-1122-334455667788'
SELECT id FROM p WHERE ok
SELECT id FROM p WHERE ok = 1
SELECT id FROM p WHERE name = NULL
SELECT id FROM p WHERE salary = 10.50
SELECT NULL, TRUE, FALSE, 12345678901, 1.5e3, DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00', TIME '10:11:12', X'00ff'
SELECT TRIM('  a '), LTRIM(' a'), RTRIM('a '), TRIM(BOTH 'x' FROM 'xax'), REPLACE('abc','b','z'), POSITION('b','abc'), LOCATE('b','abc'), INSTR('abc','b'), LEFT('abc',2), RIGHT('abc',2), LPAD('a',3,'x'), RPAD('a',3), REPEAT('ab',2), SPACE(2), ASCII('a'), CHAR(65), LOWER('A'), INITCAP('a')
SELECT DAY_OF_WEEK(born), DAY_OF_YEAR(born), DAY_OF_MONTH(born), WEEK(born), QUARTER(born), HOUR(seen), MINUTE(seen), SECOND(seen), DAYNAME(born), MONTHNAME(born), ISO_WEEK(born), ISO_YEAR(born), ISO_DAY_OF_WEEK(born) FROM p
SELECT FORMATDATETIME(seen,'yyyy-MM-dd HH:mm'), PARSEDATETIME('2020-01-02','yyyy-MM-dd'), TIMESTAMPADD('HOUR',1,seen), TIMESTAMPDIFF('DAY',born,seen), DATEDIFF(DAY,born,seen), DATEADD(MONTH,1,seen), seen + 1, born + 1, seen - 1, born - born, TRUNC(seen) FROM p
SELECT id FROM p ORDER BY nosuch
SELECT x.nosuch FROM p x
SELECT y.id FROM p x
SELECT id, COUNT(*) FROM p
SELECT COUNT(*) FROM p GROUP BY nosuch
SELECT nofunc(1)
SELECT UPPER()
SELECT id FROM p WHERE
SELECT * FROM p WHERE id = ?
SELECT id FROM p a, p b
SELECT * FROM PUBLIC.p
SELECT * FROM nosch.p
SELECT "id" FROM p
SELECT id id2, COUNT(*) cnt FROM p GROUP BY id ORDER BY cnt
SELECT * FROM (SELECT id, name n FROM p) q WHERE q.n = 'Ann'
SELECT * FROM SYSTEM_RANGE(1,3)
SELECT id FROM p WHERE id IN (SELECT id FROM p)
VALUES (1,2)
WITH q AS (SELECT 1 a) SELECT * FROM q
SELECT id FROM p MINUS SELECT 1
SELECT id FROM p INTERSECT SELECT 1
SELECT TOP 1 id FROM p
SELECT id FROM p FETCH FIRST ROW ONLY
SELECT GROUP_CONCAT(name), GROUP_CONCAT(name ORDER BY id SEPARATOR '|'), STDDEV_POP(id), VAR_SAMP(id) FROM p
SELECT RANDOM_UUID() IS NOT NULL, USER(), DATABASE() IS NULL, SCHEMA()
SELECT CASE id WHEN 1 THEN 'a' ELSE 'b' END, CASE WHEN id = 1 THEN 1 ELSE 2.5 END FROM p
SELECT 2147483647 + 1
SELECT id + 2147483647 FROM p
SELECT id / 0 FROM p
SELECT CAST('x' AS INT)
SELECT CAST(name AS INT) FROM p
INSERT INTO p (id, age) VALUES (5, 'abc')
INSERT INTO p (id, age) VALUES (6, '12')
INSERT INTO p (id, name) VALUES (7, 12)
INSERT INTO p (id, nosuch) VALUES (7, 12)
INSERT INTO p (id, name) VALUES (8)
INSERT INTO nosuch (id) VALUES (8)
INSERT INTO p (id, name) VALUES (NULL, 'x')
INSERT INTO p (id, name) VALUES (50,'a'),(50,'b')
INSERT INTO p (id, name) VALUES (?,?) ## int 51
INSERT INTO p (id, b) VALUES (52,1000)
INSERT INTO p (id, c) VALUES (53,'abcdef')
INSERT INTO p (id, salary) VALUES (54,123456789012.123)
UPDATE p SET nosuch = 1
UPDATE p SET name = NULL WHERE id=6
UPDATE nosuch SET a=1
DELETE FROM nosuch
DELETE FROM p WHERE nosuch = 1
SELECT id FROM p WHERE _key = 6
MERGE INTO p (id, name) KEY (id) VALUES (60,'k')
MERGE INTO p VALUES (1)
DELETE FROM p WHERE id > 50 LIMIT 1
DELETE FROM p
DROP TABLE p
CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR(3) NOT NULL, d INT DEFAULT 7, dec DECIMAL(4,2))
INSERT INTO p (id, name) VALUES (1,'abcd')
INSERT INTO p (id, name) VALUES (1,NULL)
INSERT INTO p (id) VALUES (1)
INSERT INTO p (id,name) VALUES (1,'abc')
INSERT INTO p (id,name,dec) VALUES (2,'abc',123.456)
INSERT INTO p (id,name,dec) VALUES (3,'abc',12.456)
SELECT * FROM p
UPDATE p SET name = 'toolong'
UPDATE p SET d = DEFAULT
CREATE INDEX ON p (name)
CREATE INDEX IDX1 ON p (name DESC, d)
CREATE INDEX IDX2 ON p (nosuch)
CREATE INDEX IDX3 ON nosuch (x)
ALTER TABLE p ADD COLUMN (x INT, y VARCHAR)
ALTER TABLE p ADD COLUMN IF NOT EXISTS x INT
ALTER TABLE p DROP COLUMN id
ALTER TABLE nosuch ADD COLUMN x INT
ALTER TABLE IF EXISTS nosuch ADD COLUMN x INT
SELECT * FROM p
DROP TABLE p
GRANT x
SHOW TABLES
