-- tables: first_keys second_keys
CREATE TABLE first_keys (id INT PRIMARY KEY, v VARCHAR)
CREATE TABLE second_keys (id INT PRIMARY KEY, v VARCHAR)
INSERT INTO first_keys VALUES (1, 'a'), (2, 'b')
INSERT INTO second_keys SELECT * FROM first_keys
INSERT INTO second_keys SELECT * FROM first_keys WHERE id = 1
INSERT INTO second_keys SELECT 1, 'a'
INSERT INTO second_keys (id, v) SELECT 1, 'a' FROM first_keys WHERE id = 1
INSERT INTO second_keys (id, v) SELECT id, 'a' FROM first_keys WHERE id > 0 LIMIT 1
INSERT INTO second_keys (id, v) SELECT * FROM TABLE(id INT = 1, v VARCHAR = 'a')
INSERT INTO second_keys (id, v) SELECT x, 'a' FROM SYSTEM_RANGE(1, 1)
INSERT INTO second_keys SET id = 1, v = 'a'
INSERT INTO second_keys (id, v) VALUES (?, ?) ## int 1 ## text a
MERGE INTO second_keys (id, v) VALUES (9, 'a'), (9, 'b'), (10, 'x'), (9, 'c')
MERGE INTO second_keys (id, v) SELECT 11, v FROM first_keys ORDER BY id
SELECT * FROM second_keys ORDER BY id
