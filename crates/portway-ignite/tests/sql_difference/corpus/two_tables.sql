-- Queries over two tables.
-- tables: p t2
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
