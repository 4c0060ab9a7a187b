-- Columns that are fields of objects in objects: the cache is made by `nested.rs`.
SELECT * FROM "nested".person
SELECT _KEY, name, city, road, no FROM "nested".person ORDER BY _KEY
SELECT "address.city" FROM "nested".person
SELECT p.address.city FROM "nested".person p
SELECT COLUMN_NAME, TYPE, NULLABLE, PK, AFFINITY_COLUMN FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = 'nested'
SELECT INDEX_NAME, COLUMNS FROM SYS.INDEXES WHERE SCHEMA_NAME = 'nested'
SELECT COLUMN_NAME, COLUMN_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'PERSON' AND TABLE_SCHEMA = 'nested'
SELECT _KEY FROM "nested".person WHERE city = 'Ulm'
SELECT _KEY FROM "nested".person WHERE city IS NULL
SELECT _KEY FROM "nested".person WHERE no > 3
? nested portway.nested.Person | CITY = text Ulm
? nested portway.nested.Person | address.city = text Ulm
? nested portway.nested.Person | index by_city
? nested portway.nested.Person | index BY_CITY
INSERT INTO "nested".person (_KEY, name, city, no) VALUES (4, 'dora', 'Mainz', 7)
SELECT _KEY, name, city, road, no FROM "nested".person ORDER BY _KEY
SELECT _VAL FROM "nested".person WHERE _KEY = 4
INSERT INTO "nested".person (_KEY, name) VALUES (5, 'emil')
SELECT _VAL FROM "nested".person WHERE _KEY = 5
UPDATE "nested".person SET city = 'Kiel' WHERE _KEY = 1
SELECT _VAL FROM "nested".person WHERE _KEY = 1
UPDATE "nested".person SET no = 9, name = 'karl' WHERE _KEY = 3
SELECT _VAL FROM "nested".person WHERE _KEY = 3
UPDATE "nested".person SET city = NULL WHERE _KEY = 2
SELECT _VAL FROM "nested".person WHERE _KEY = 2
UPDATE "nested".person SET city = 'Bonn', name = 'bertram' WHERE _KEY = 2
SELECT _VAL FROM "nested".person WHERE _KEY = 2
UPDATE "nested".person SET road = 'x' WHERE _KEY = 3
SELECT name FROM "nested".person WHERE city = 'Bonn'
DROP INDEX "nested".by_city
? nested portway.nested.Person | CITY = text Bonn
CREATE INDEX by_road ON "nested".person (road DESC, no)
? nested portway.nested.Person | ROAD > text A
SELECT name FROM "nested".person WHERE road > 'A' ORDER BY road
MERGE INTO "nested".person (_KEY, name, road) VALUES (1, 'anna', 'Ring')
SELECT _KEY, _VAL FROM "nested".person ORDER BY _KEY
DELETE FROM "nested".person WHERE city = 'Bonn'
SELECT COUNT(*) FROM "nested".person
