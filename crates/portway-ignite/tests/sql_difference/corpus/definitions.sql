-- Definitions, DML and what is refused.
-- tables: person t2 t3 t6
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
