-- Index queries: `? CACHE TYPE | FIELD OPERATOR VALUE, ... | OPTION ...`.
-- tables: iq iq_pair iq_key iq_none iq_text iq_kind
CREATE TABLE iq (id INT PRIMARY KEY, age INT, name VARCHAR, big BIGINT, price DECIMAL(10,2), weight DOUBLE, born DATE, seen TIMESTAMP, code UUID) WITH "CACHE_NAME=IQ,VALUE_TYPE=portway.Iq"
CREATE INDEX iq_age ON iq (age)
CREATE INDEX iq_age_name ON iq (age DESC, name)
CREATE INDEX iq_name ON iq (name DESC)
CREATE INDEX iq_big_age ON iq (big, age)
CREATE INDEX iq_price ON iq (price)
CREATE INDEX iq_weight ON iq (weight)
CREATE INDEX iq_born ON iq (born)
CREATE INDEX iq_seen ON iq (seen)
CREATE INDEX iq_code ON iq (code)
INSERT INTO iq VALUES (1, 10, 'anna', 5, 1.50, 1.5, '2020-01-01', '2020-01-01 10:00:00', '00000000-0000-0000-0000-000000000001'), (2, 20, 'bert', 5, 2.00, 2.5, '2020-01-02', '2020-01-02 10:00:00', '00000000-0000-0000-0000-000000000002'), (3, 20, 'carl', 6, 10.00, 3.5, '2020-01-03', '2020-01-03 10:00:00', 'ffffffff-0000-0000-0000-000000000003'), (-4, 30, 'dora', 6, -1.00, -4.5, '2020-01-04', '2020-01-04 10:00:00', '00000000-0000-0000-0000-000000000004'), (300, 20, 'anna', 7, 2.0, 1e9, '1960-01-01', '1960-01-01 00:00:00', '00000000-0000-0000-0000-000000000005'), (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
? IQ portway.Iq
? IQ Iq
? IQ portway.iq
? IQ portway.Iq | AGE = int 20
? IQ portway.Iq | age = int 20
? IQ portway.Iq | Age = int 20
? IQ portway.Iq | AGE > int 10
? IQ portway.Iq | AGE >= int 10
? IQ portway.Iq | AGE < int 20
? IQ portway.Iq | AGE <= int 20
? IQ portway.Iq | AGE between int 10, int 20
? IQ portway.Iq | AGE in int 30, int 10, int 10, int 11
? IQ portway.Iq | AGE in int 20, null
? IQ portway.Iq | AGE = null
? IQ portway.Iq | AGE > null
? IQ portway.Iq | AGE < null
? IQ portway.Iq | AGE >= null
? IQ portway.Iq | AGE <= null
? IQ portway.Iq | AGE > int 10 | AGE < int 30
? IQ portway.Iq | AGE > int 10 | age <= int 20
? IQ portway.Iq | AGE > int 30 | AGE < int 10
? IQ portway.Iq | AGE between int 30, int 10
? IQ portway.Iq | AGE in int 10, int 20 | AGE > int 10
? IQ portway.Iq | AGE in int 10, int 20 | AGE > int 20
? IQ portway.Iq | AGE > int 20 | AGE in int 10, int 20
? IQ portway.Iq | AGE in int 10 | AGE in int 20
? IQ portway.Iq | AGE = int 20 | index IQ_AGE
? IQ portway.Iq | AGE = int 20 | index iq_age
? IQ portway.Iq | AGE <= int 20 | index IQ_AGE_NAME
? IQ portway.Iq | AGE >= int 20 | index IQ_AGE_NAME
? IQ portway.Iq | AGE > int 30 | AGE < int 10 | index IQ_AGE_NAME
? IQ portway.Iq | AGE between int 30, int 10 | index IQ_AGE_NAME
? IQ portway.Iq | AGE in int 10, null, int 30 | index IQ_AGE_NAME
? IQ portway.Iq | AGE = int 20 | NAME > text anna
? IQ portway.Iq | NAME > text anna | AGE = int 20
? IQ portway.Iq | AGE >= int 20 | NAME < text carl
? IQ portway.Iq | AGE > int 10 | NAME in text anna, text dora
? IQ portway.Iq | AGE in int 30, int 20 | NAME >= text anna
? IQ portway.Iq | AGE = int 20 | NAME = text bert | _KEY = int 2
? IQ portway.Iq | AGE = int 20 | _KEY > int 2
? IQ portway.Iq | index IQ_AGE
? IQ portway.Iq | index IQ_AGE_NAME
? IQ portway.Iq | index IQ_NAME
? IQ portway.Iq | index IQ_BIG_AGE
? IQ portway.Iq | index _key_PK
? IQ portway.Iq | index _KEY_PK
? IQ portway.Iq | index _key_PK_hash
? IQ portway.Iq | index _key_PK_proxy
? IQ portway.Iq | index NONE
? IQ portway.Iq | index none
? IQ portway.Iq | index IQ_NAME | AGE = int 20
? IQ portway.Iq | NAME < text bert
? IQ portway.Iq | NAME >= text bert
? IQ portway.Iq | NAME = null
? IQ portway.Iq | NAME in text bert, text anna
? IQ portway.Iq | BIG = long 5
? IQ portway.Iq | BIG > long 5 | AGE > int 20
? IQ portway.Iq | BIG < long 7 | AGE < int 20
? IQ portway.Iq | BIG = int 5
? IQ portway.Iq | BIG < double 5.5
? IQ portway.Iq | AGE = long 20
? IQ portway.Iq | AGE < double 20.5
? IQ portway.Iq | AGE < decimal 20.5
? IQ portway.Iq | AGE = decimal 20.0
? IQ portway.Iq | AGE > short 10
? IQ portway.Iq | PRICE >= decimal 2
? IQ portway.Iq | PRICE = int 2
? IQ portway.Iq | PRICE < double 2.5
? IQ portway.Iq | WEIGHT > double 1.5
? IQ portway.Iq | WEIGHT > int 1
? IQ portway.Iq | WEIGHT < float 2.5
? IQ portway.Iq | SEEN > timestamp 1577959200000
? IQ portway.Iq | SEEN <= timestamp 1577959200000
? IQ portway.Iq | BORN > timestamp 1577923200000
? IQ portway.Iq | BORN > timestamp 1577959200000
? IQ portway.Iq | BORN >= timestamp 1577923200000
? IQ portway.Iq | CODE > uuid 00000000-0000-0000-0000-000000000002
? IQ portway.Iq | CODE = uuid 00000000-0000-0000-0000-000000000002
? IQ portway.Iq | _KEY > int 1
? IQ portway.Iq | _KEY < int 3
? IQ portway.Iq | _KEY in int 300, int 1
? IQ portway.Iq | ID > int 1
? IQ portway.Iq | ID > int 1 | index _key_PK
? IQ portway.Iq | _VAL = int 1
? IQ portway.Iq | WRONG = int 1
? IQ portway.Iq | AGE = int 1 | WRONG = int 1
? IQ portway.Iq | AGE = int 1 | WRONG = int 1 | index IQ_AGE
? IQ portway.Iq | AGE > int 0 | limit 2
? IQ portway.Iq | AGE in int 10, int 20 | limit 3
? IQ portway.Iq | AGE > int 0 | page 1
? IQ portway.Iq | AGE > int 0 | page 2 | limit 3
? IQ portway.Iq | AGE > int 0 | local
? IQ portway.Iq | AGE > int 0 | partition 1
? IQ portway.Iq | AGE > int 0 | partition 2
? IQ portway.Iq | AGE > int 0 | partition 1024
? IQ portway.Iq | AGE > int 0 | partition 5000
? IQ portway.None | AGE > int 0
? IQ portway.None
? IQ_MISSING portway.Iq
DROP INDEX iq_age
? IQ portway.Iq | AGE = int 20
? IQ portway.Iq | AGE = int 20 | index IQ_AGE
CREATE TABLE iq_pair (a INT, b VARCHAR, c INT, d INT, PRIMARY KEY (a, b)) WITH "CACHE_NAME=IQ_PAIR,VALUE_TYPE=portway.IqPair,KEY_TYPE=portway.IqPairKey,AFFINITY_KEY=b"
INSERT INTO iq_pair VALUES (2, 'x', 1, 9), (1, 'y', 2, 8), (1, 'x', 2, 7), (3, 'a', NULL, 7)
CREATE INDEX iq_pair_c ON iq_pair (c)
? IQ_PAIR portway.IqPair
? IQ_PAIR portway.IqPair | A = int 1
? IQ_PAIR portway.IqPair | A >= int 1 | B > text a
? IQ_PAIR portway.IqPair | B >= text x
? IQ_PAIR portway.IqPair | index AFFINITY_KEY
? IQ_PAIR portway.IqPair | C = int 2
? IQ_PAIR portway.IqPair | C = int 2 | A = int 1
? IQ_PAIR portway.IqPair | C = int 2 | A = int 1 | B = text y
? IQ_PAIR portway.IqPair | C = int 2 | B = text y
? IQ_PAIR portway.IqPair | D = int 7
CREATE TABLE iq_key (id VARCHAR PRIMARY KEY, v INT) WITH "CACHE_NAME=IQ_KEY,WRAP_VALUE=false"
INSERT INTO iq_key VALUES ('b', 1), ('a', 2), ('ä', 3), ('Z', 4)
? IQ_KEY java.lang.Integer
? IQ_KEY Integer
? IQ_KEY java.lang.Integer | _KEY > text Z
? IQ_KEY java.lang.Integer | ID > text Z
CREATE TABLE iq_none (id INT PRIMARY KEY, age INT) WITH "CACHE_NAME=IQ_NONE,VALUE_TYPE=portway.IqNone"
CREATE INDEX iq_none_age ON iq_none (age)
? IQ_NONE portway.IqNone | AGE > text abc
? IQ_NONE portway.IqNone | AGE > int 1
CREATE TABLE iq_text (id INT PRIMARY KEY, age INT, name VARCHAR) WITH "CACHE_NAME=IQ_TEXT,VALUE_TYPE=portway.IqText"
CREATE INDEX iq_text_age ON iq_text (age)
CREATE INDEX iq_text_name ON iq_text (name)
INSERT INTO iq_text VALUES (1, 10, 'a'), (2, 20, 'b'), (3, NULL, NULL)
? IQ_TEXT portway.IqText | AGE > text abc
? IQ_TEXT portway.IqText | AGE = text 10
? IQ_TEXT portway.IqText | NAME = int 1
? IQ_TEXT portway.IqText | AGE in text abc, int 1
? IQ_TEXT portway.IqText | AGE between text abc, int 1
? IQ_TEXT portway.IqText | AGE = bool true
? IQ_TEXT portway.IqText | AGE = uuid 00000000-0000-0000-0000-000000000005
? IQ_TEXT portway.IqText | AGE > int 0 | partition 5000 | local
? IQ_TEXT portway.IqText | AGE > int 0 | partition 1 | local
? IQ_TEXT portway.IqText | NONE > int 0 | local
? IQ_TEXT portway.IqText | AGE > int 0 | local
? IQ_TEXT portway.Nope | local
? IQ_TEXT portway.Nope | partition 5000
? IQ_TEXT portway.IqText | AGE > float 9.5
? IQ_TEXT portway.IqText | AGE < bool true
? IQ_TEXT portway.IqText | AGE > bool false
? IQ_TEXT portway.IqText | NAME between text b, text a
? IQ_TEXT portway.IqText | NAME in text b, text a | NAME > text b
? IQ_TEXT portway.IqText | NAME in text b, text a | NAME > int 1
? IQ_TEXT portway.IqText | AGE > text a | AGE < int 5
? IQ_TEXT portway.IqText | AGE = bytes a
CREATE TABLE iq_kind (id INT PRIMARY KEY, d DATE, t TIME, s TIMESTAMP, p DECIMAL, f REAL, w DOUBLE, b BOOLEAN, y TINYINT, x BINARY, u UUID) WITH "CACHE_NAME=IQ_KIND,VALUE_TYPE=portway.IqKind"
INSERT INTO iq_kind VALUES (1, '2020-01-01', '10:00:00', '2020-01-01 10:00:00', 1.5, 1.5, 1.5, true, 1, X'01', '00000000-0000-0000-0000-000000000001')
INSERT INTO iq_kind VALUES (2, '2020-01-02', '11:00:00', '2020-01-01 10:00:01', 2.5, 2.5, 2.5, false, -1, X'ff', 'ffffffff-0000-0000-0000-000000000001')
CREATE INDEX iq_kind_d ON iq_kind (d)
CREATE INDEX iq_kind_t ON iq_kind (t)
CREATE INDEX iq_kind_s ON iq_kind (s)
CREATE INDEX iq_kind_p ON iq_kind (p)
CREATE INDEX iq_kind_f ON iq_kind (f)
CREATE INDEX iq_kind_w ON iq_kind (w)
CREATE INDEX iq_kind_b ON iq_kind (b)
CREATE INDEX iq_kind_y ON iq_kind (y)
CREATE INDEX iq_kind_x ON iq_kind (x)
CREATE INDEX iq_kind_u ON iq_kind (u)
? IQ_KIND portway.IqKind | D between timestamp 1577959200000, timestamp 1577923200000
? IQ_KIND portway.IqKind | T > time 36000000
? IQ_KIND portway.IqKind | T between time 36000001, time 36000000
? IQ_KIND portway.IqKind | T > timestamp 36000000
? IQ_KIND portway.IqKind | S > date 1577872800000
? IQ_KIND portway.IqKind | D > date 1577872800000
? IQ_KIND portway.IqKind | D >= date 1577836800000
? IQ_KIND portway.IqKind | P between decimal 2.50, decimal 1.5
? IQ_KIND portway.IqKind | P between decimal 1.50, decimal 1.5
? IQ_KIND portway.IqKind | F between float 2.5, float 1
? IQ_KIND portway.IqKind | F between double 0, double 1.5
? IQ_KIND portway.IqKind | W between float 0, float 1.5
? IQ_KIND portway.IqKind | W between double 1e10, double 1.5
? IQ_KIND portway.IqKind | B = bool true
? IQ_KIND portway.IqKind | B > bool false
? IQ_KIND portway.IqKind | B between bool true, bool false
? IQ_KIND portway.IqKind | B = int 7
? IQ_KIND portway.IqKind | Y > int -1
? IQ_KIND portway.IqKind | Y = byte 1
? IQ_KIND portway.IqKind | X > bytes a
? IQ_KIND portway.IqKind | U between uuid ffffffff-0000-0000-0000-000000000001, uuid 00000000-0000-0000-0000-000000000001
? IQ_KIND portway.IqKind | U between uuid 00000000-0000-0000-0000-000000000001, uuid ffffffff-0000-0000-0000-000000000001
