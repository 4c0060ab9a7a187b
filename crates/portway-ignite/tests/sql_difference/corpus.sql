-- Definitions, DML and what is refused.
CREATE TABLE IF NOT EXISTS person (id INT PRIMARY KEY, name VARCHAR, age INT, salary DECIMAL(10,2), born DATE, seen TIMESTAMP, ok BOOLEAN, score DOUBLE)
CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR)
INSERT INTO person (id,name,age,salary,born,seen,ok,score) VALUES (1,'Ann',30,10.5,'1990-01-02','2020-01-02 03:04:05.123456789',true,1.5),(2,'Bob',40,20,NULL,NULL,false,2.5),(3,'Cid',NULL,NULL,NULL,NULL,NULL,NULL)
INSERT INTO person (id,name) VALUES (1,'X')
SELECT * FROM person
SELECT * FROM person ORDER BY id DESC LIMIT 1
SELECT 1
SELECT 1+1, 1/2, 1.0/3, 'a'||'b', 5%3, -id, id+1, id*1.5, age/7 FROM person ORDER BY 1
SELECT COUNT(*), COUNT(age), SUM(age), AVG(age), MIN(age), MAX(name), SUM(salary), AVG(salary), SUM(score), AVG(score) FROM person
SELECT COUNT(*) c, SUM(id) AS total FROM person
SELECT COUNT(*) FROM person WHERE id > ? ## int 1
SELECT p.id, p.* FROM person p WHERE p.name LIKE 'A%'
SELECT name FROM nosuch
SELECT nocol FROM person
SELEC 1
SELECT
SELECT * FROM
SELECT id FROM person WHERE name = 5
SELECT id FROM person WHERE id = 'abc'
SELECT id FROM person WHERE id = '1'
SELECT CAST('12' AS INT), CAST(1 AS VARCHAR), CAST('1.50' AS DECIMAL(10,1)), CAST('2020-02-03' AS DATE), CAST(1.7 AS INT)
SELECT 1/0
SELECT UPPER(name), LENGTH(name), SUBSTRING(name,1,2), CONCAT(name,'x'), COALESCE(age,-1), IFNULL(age,0), ABS(-5), ROUND(1.256,2), MOD(7,3) FROM person WHERE id=1
SELECT CASE WHEN age > 35 THEN 'old' WHEN age IS NULL THEN NULL ELSE 'young' END FROM person ORDER BY id
SELECT DISTINCT ok FROM person
SELECT ok, COUNT(*) FROM person GROUP BY ok HAVING COUNT(*) > 0 ORDER BY ok
SELECT id FROM person ORDER BY age
SELECT id FROM person ORDER BY age DESC
SELECT id FROM person UNION SELECT 99
SELECT id FROM person UNION ALL SELECT 1 ORDER BY 1
SELECT id FROM person ORDER BY id OFFSET 1
SELECT id FROM person ORDER BY id LIMIT 1 OFFSET 1
SELECT id FROM person ORDER BY id OFFSET 1 ROWS FETCH FIRST 1 ROW ONLY
SELECT id FROM person WHERE id IN (1,3) AND EXISTS (SELECT 1 FROM person q WHERE q.id = person.id)
SELECT a.id, b.id FROM person a JOIN person b ON a.id = b.id + 1 ORDER BY 1
SELECT a.id, b.id FROM person a LEFT JOIN person b ON a.id = b.id + 1 ORDER BY 1
SELECT ?, ? ## int 1 ## text x
UPDATE person SET age = age + 1 WHERE id = 1
UPDATE person SET age = ? WHERE name = ? ## int 77 ## text Bob
DELETE FROM person WHERE id = 3
MERGE INTO person (id, name) VALUES (1, 'Anna'), (9, 'New')
SELECT * FROM person
UPDATE person SET id = 5 WHERE id = 1
INSERT INTO person (name) VALUES ('x')
INSERT INTO person VALUES (20,'V',1,1,NULL,NULL,NULL,NULL)
INSERT INTO person (id,name,age) SELECT id+100, name, age FROM person
CREATE INDEX person_age ON person (age)
CREATE INDEX person_age ON person (age)
CREATE INDEX IF NOT EXISTS person_age ON person (age)
DROP INDEX nosuch
DROP INDEX person_age
ALTER TABLE person ADD COLUMN city VARCHAR
ALTER TABLE person ADD COLUMN city VARCHAR
SELECT id, city FROM person WHERE id=1
ALTER TABLE person DROP COLUMN city
ALTER TABLE person DROP COLUMN city
SET STREAMING ON
DROP TABLE nosuch
DROP TABLE person
DROP TABLE IF EXISTS person
CREATE TABLE t2 (a INT, b INT, c VARCHAR, PRIMARY KEY (a,b)) WITH "cache_name=T2C,key_type=T2K,value_type=T2V,affinity_key=a,template=replicated,backups=1,atomicity=transactional"
INSERT INTO t2 (a,b,c) VALUES (1,2,'x')
SELECT * FROM t2
CREATE TABLE t3 (a INT, b INT)
CREATE TABLE t4 (a INT PRIMARY KEY)
CREATE TABLE t5 (a INT PRIMARY KEY, b VARCHAR) WITH "bogus=1"
CREATE TABLE t6 (a INT PRIMARY KEY, b VARCHAR) WITH "wrap_value=false"
INSERT INTO t6 (a,b) VALUES (1,'q')
DROP TABLE t6
DROP TABLE t2
BEGIN
COMMIT

-- Expressions and functions.
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

-- Queries over two tables.
CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR, age INT, salary DECIMAL(10,2), born DATE, seen TIMESTAMP, ok BOOLEAN, score DOUBLE, l BIGINT, city INT)
INSERT INTO p (id,name,age,salary,born,seen,ok,score,l,city) VALUES (1,'Ann',30,10.5,'1990-01-02','2020-01-02 03:04:05',true,1.5,5,1),(2,'Bob',40,20.25,'1991-02-03',NULL,false,2.5,6,1),(3,'Cid',NULL,NULL,NULL,NULL,NULL,NULL,7,2),(4,'Dee',25,7,'1985-12-31','2021-05-05 00:00:00',true,0.5,8,NULL)
CREATE TABLE t2 (id INT PRIMARY KEY, title VARCHAR)
INSERT INTO t2 (id, title) VALUES (1,'Rome'),(2,'Oslo'),(3,'Bern')
SELECT p.name, c.title FROM p, t2 c WHERE p.city = c.id ORDER BY p.name
SELECT p.name, c.title FROM p INNER JOIN t2 c ON p.city = c.id ORDER BY 1
SELECT c.title, COUNT(p.id) cnt, AVG(p.age), SUM(p.salary) FROM t2 c LEFT JOIN p ON p.city = c.id GROUP BY c.title ORDER BY c.title
SELECT c.title FROM t2 c WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.city = c.id) ORDER BY 1
SELECT name FROM p WHERE age > (SELECT AVG(age) FROM p) ORDER BY name
SELECT name, (SELECT title FROM t2 WHERE t2.id = p.city) AS t FROM p ORDER BY name
SELECT city, MAX(age) m FROM p GROUP BY city HAVING MAX(age) > 20 ORDER BY m DESC
SELECT DISTINCT city FROM p ORDER BY city
SELECT name FROM p WHERE name LIKE '_n%' OR name LIKE 'B%' ORDER BY name
SELECT name FROM p WHERE name NOT LIKE 'A%' ORDER BY name
SELECT name FROM p WHERE age IS NOT NULL AND age BETWEEN 25 AND 35 ORDER BY name
SELECT name FROM p WHERE age NOT BETWEEN 25 AND 35
SELECT name FROM p WHERE age IN (25, 40, 99) ORDER BY name
SELECT name FROM p WHERE age NOT IN (25, 40) ORDER BY name
SELECT name FROM p WHERE city IN (SELECT id FROM t2 WHERE title = 'Rome') ORDER BY name
SELECT name FROM p WHERE (age > 20 AND ok) OR city = 2 ORDER BY name
SELECT name FROM p WHERE NOT ok ORDER BY name
SELECT name, age FROM p ORDER BY age DESC, name LIMIT 2
SELECT name FROM p ORDER BY name LIMIT ? OFFSET ? ## int 2 ## int 1
SELECT name FROM p WHERE id = ? OR name = ? ORDER BY id ## int 1 ## text Bob
SELECT name FROM p WHERE born > ? ORDER BY id ## text 1989-01-01
SELECT name FROM p WHERE salary >= ? ORDER BY id ## int 10
SELECT name FROM p WHERE score = ? ## double 2.5
SELECT name FROM p WHERE ok = ? ORDER BY 1 ## bool true
SELECT UPPER(name) u FROM p ORDER BY u
SELECT name || '-' || age FROM p ORDER BY id
SELECT COALESCE(age, 0) + 1 FROM p ORDER BY id
SELECT CASE WHEN age >= 30 THEN 'A' WHEN age < 30 THEN 'B' ELSE 'C' END c, COUNT(*) FROM p GROUP BY CASE WHEN age >= 30 THEN 'A' WHEN age < 30 THEN 'B' ELSE 'C' END ORDER BY c
SELECT YEAR(born) y, COUNT(*) FROM p GROUP BY YEAR(born) ORDER BY y
SELECT COUNT(DISTINCT city) FROM p
SELECT MIN(name), MAX(born), MIN(seen), MAX(ok) FROM p
SELECT SUM(age) / COUNT(age) FROM p
SELECT AVG(score), SUM(l), AVG(l) FROM p
SELECT SUM(age) FROM p WHERE id > 100
SELECT COUNT(*) FROM p WHERE id > 100
SELECT MAX(age) FROM p WHERE id > 100
SELECT a.name, b.name FROM p a JOIN p b ON a.city = b.city AND a.id < b.id
SELECT * FROM (SELECT city, COUNT(*) c FROM p GROUP BY city) q WHERE q.c > 1
SELECT id FROM p WHERE id > 1 UNION SELECT id FROM t2 ORDER BY 1
SELECT id FROM p UNION ALL SELECT id FROM t2 ORDER BY id LIMIT 3
SELECT name FROM p UNION SELECT title FROM t2 ORDER BY name
SELECT age FROM p UNION SELECT salary FROM p ORDER BY 1
SELECT id, name FROM p WHERE id < 3 INTERSECT SELECT id, name FROM p WHERE id > 1
SELECT id FROM p EXCEPT SELECT id FROM t2
SELECT "P"."NAME" FROM "PUBLIC"."P" WHERE "P"."ID" = 1
SELECT P.NAME FROM PUBLIC.P P WHERE P.ID = 1
SELECT name AS "Name", age AS "the age" FROM p WHERE id = 1
SELECT id AS x FROM p ORDER BY x DESC LIMIT 1
SELECT name n, LENGTH(name) FROM p WHERE LENGTH(name) = 3 ORDER BY n
SELECT CAST(age AS VARCHAR) FROM p ORDER BY id
SELECT CAST('true' AS BOOLEAN), CAST('1' AS BOOLEAN), CAST(0 AS BOOLEAN), CAST('12:00:00' AS TIME)
SELECT CAST('abc' AS DATE)
SELECT id FROM p WHERE born = 'garbage'
SELECT salary * 2, salary + age, salary / age, score * age, age * 1.1 FROM p WHERE id = 1
SELECT -salary, -score, -l, +id FROM p WHERE id = 1
SELECT 10 / 3, 10.0 / 3, 10 / 3.0, 7 % 3, 7.5 % 2, 1e0 / 3
SELECT 1 = 1, 1 <> 2, 1 < 2, 'a' < 'b', NULL IS NULL, 1 IS NOT NULL, NOT TRUE
SELECT 'it''s', 'a' || 'b' || 'c', '' , NULL || 'a'
SELECT 1 FROM p WHERE 1 = 0
SELECT COUNT(*), COUNT(1), COUNT(NULL) FROM p
SELECT id FROM p WHERE name = 'Ann' AND name = 'Bob'
SELECT p.* FROM p JOIN t2 ON p.city = t2.id WHERE t2.title = 'Oslo'
SELECT t2.*, p.name FROM p JOIN t2 ON p.city = t2.id ORDER BY p.id
SELECT id FROM p JOIN t2 ON p.city = t2.id
SELECT name FROM p ORDER BY LENGTH(name), name DESC
SELECT name FROM p ORDER BY 2
SELECT name FROM p GROUP BY name ORDER BY COUNT(*), name
SELECT city, name FROM p GROUP BY city, name ORDER BY city, name
SELECT COUNT(*) + 1 FROM p
SELECT MAX(age) - MIN(age) FROM p
SELECT SUM(age) s FROM p HAVING SUM(age) > 10
SELECT GROUP_CONCAT(name) FROM p WHERE id = 1
SELECT ABS(-1), ROUND(1.5), FLOOR(-1.5), SIGN(-2.5), MOD(5, 3), POWER(2, 10), SQRT(16)
SELECT LOWER('ABC'), TRIM(' a '), REPLACE('aXbX', 'X', '-'), SUBSTRING('hello', 2, 3), LEFT('hello', 2), RIGHT('hello', 2), LPAD('7', 3, '0'), INSTR('hello', 'l'), LOCATE('l', 'hello')
SELECT IFNULL(NULL, 'x'), NVL(NULL, 1), NULLIF(1, 2), GREATEST(1, 5, 3), LEAST(4, 2), COALESCE(NULL, NULL, 3)
SELECT DATEADD('MONTH', 1, DATE '2020-01-31'), DATEDIFF('MONTH', DATE '2020-01-31', DATE '2020-03-01'), EXTRACT(YEAR FROM DATE '2020-05-06'), DAY_OF_WEEK(DATE '2020-01-01')
SELECT UNKNOWN_COLUMN
SELECT p.id FROM p WHERE q.id = 1
SELECT id FROM p WHERE id = 1 AND
SELECT FROM p
INSERT INTO t2 (id, title) SELECT id + 10, name FROM p WHERE id < 3
INSERT INTO t2 (id, title) VALUES (4, UPPER('paris')), (5, NULL)
SELECT * FROM t2 ORDER BY id
UPDATE t2 SET title = title || '!' WHERE id > 10
UPDATE t2 SET title = (SELECT name FROM p WHERE p.id = t2.id) WHERE id < 3
UPDATE p SET age = age + 1, salary = salary * 2 WHERE age > 26
SELECT id, age, salary FROM p ORDER BY id
SELECT * FROM t2 ORDER BY id
DELETE FROM t2 WHERE id IN (SELECT id FROM p) AND id > 3
DELETE FROM t2 WHERE title IS NULL
MERGE INTO t2 (id, title) VALUES (1, 'Milan'), (100, 'New')
SELECT COUNT(*), MAX(id) FROM t2
UPDATE p SET age = NULL WHERE id = 1
SELECT id FROM p WHERE age IS NULL ORDER BY id
INSERT INTO p (id, name, born) VALUES (?, ?, ?) ## int 20 ## text Arg ## text 2000-02-29
INSERT INTO p (id, seen) VALUES (21, '2000-02-29 10:00:00.5')
INSERT INTO p (id, seen) VALUES (22, 'nonsense')
INSERT INTO p (id, ok) VALUES (23, 1)
INSERT INTO p (id, l) VALUES (24, 99999999999999999999)
INSERT INTO p (id, age) VALUES (25, 1.7)
INSERT INTO p (id, score) VALUES (26, '1.5')
INSERT INTO p (id, salary) VALUES (27, 1.555)
SELECT id, name, age, salary, born, seen, ok, score, l FROM p WHERE id > 19 ORDER BY id
CREATE INDEX pi ON p (age, name DESC)
SELECT name FROM p WHERE age > 20 ORDER BY age, name
SELECT name FROM p WHERE age = 41 AND name > 'A'
DROP INDEX IF EXISTS nosuchindex
DROP INDEX pi
ALTER TABLE t2 ADD COLUMN extra INT
UPDATE t2 SET extra = id * 2 WHERE id < 3
SELECT * FROM t2 ORDER BY id
ALTER TABLE t2 DROP COLUMN extra
SELECT * FROM t2 ORDER BY id LIMIT 1
SELECT _key FROM t2 ORDER BY _key LIMIT 2
SELECT id FROM p WHERE _key > 3 ORDER BY 1
SELECT * FROM p WHERE id = '1x'
DELETE FROM p
DROP TABLE p
DROP TABLE t2
