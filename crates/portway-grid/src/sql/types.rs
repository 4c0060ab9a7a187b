//! The types of SQL in Ignite, and their Java classes.

/// The type of a column or of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SqlType {
    Null,
    Varchar,
    Boolean,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Decimal,
    Real,
    Double,
    Time,
    Date,
    Timestamp,
    Binary,
    /// A value of a Java class that SQL cannot look into.
    Object,
    Uuid,
    /// An array of objects.
    Array,
    /// A value that tells its own type, as what is taken out of an array; text where a type is wanted
    /// before there is a value.
    Any,
    /// The value of the entry of this cache; the mirror holds its key.
    Entry(i32),
}

impl SqlType {
    /// Which type wins where two meet (H2's `Value.getOrder`).
    fn order(self) -> u8 {
        match self {
            Self::Null => 2,
            Self::Varchar | Self::Any => 10,
            Self::Boolean => 20,
            Self::TinyInt => 21,
            Self::SmallInt => 22,
            Self::Int => 23,
            Self::BigInt => 24,
            Self::Decimal => 25,
            Self::Real => 26,
            Self::Double => 27,
            Self::Time => 30,
            Self::Date => 31,
            Self::Timestamp => 32,
            Self::Binary => 40,
            Self::Object | Self::Entry(_) => 42,
            Self::Uuid => 43,
            Self::Array => 50,
        }
    }

    /// The type in which values of two types are compared and combined.
    pub(crate) fn common(self, other: Self) -> Self {
        let wins = if self.order() >= other.order() {
            self
        } else {
            other
        };
        if wins == Self::Any {
            Self::Varchar
        } else {
            wins
        }
    }

    /// Whether values of the type are compared by what each of them is.
    pub(crate) fn is_coded(self) -> bool {
        matches!(self, Self::Array | Self::Any)
    }

    /// Whether the type is a whole number; SQLite holds these as integers.
    pub(crate) fn is_integer(self) -> bool {
        matches!(
            self,
            Self::TinyInt | Self::SmallInt | Self::Int | Self::BigInt
        )
    }

    pub(crate) fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::Decimal | Self::Real | Self::Double)
    }

    pub(crate) fn is_temporal(self) -> bool {
        matches!(self, Self::Time | Self::Date | Self::Timestamp)
    }

    /// The class of the values in Java.
    pub(crate) fn java_class(self) -> &'static str {
        match self {
            Self::Varchar | Self::Any => "java.lang.String",
            Self::Boolean => "java.lang.Boolean",
            Self::TinyInt => "java.lang.Byte",
            Self::SmallInt => "java.lang.Short",
            Self::Int => "java.lang.Integer",
            Self::BigInt => "java.lang.Long",
            Self::Decimal => "java.math.BigDecimal",
            Self::Real => "java.lang.Float",
            Self::Double => "java.lang.Double",
            Self::Time => "java.sql.Time",
            Self::Date => "java.sql.Date",
            Self::Timestamp => "java.sql.Timestamp",
            Self::Binary => "[B",
            Self::Uuid => "java.util.UUID",
            Self::Array => super::array::OBJECTS,
            Self::Null | Self::Object | Self::Entry(_) => "java.lang.Object",
        }
    }

    /// The class that is told of a column whose field is of `class`: what only clients have is any
    /// object.
    pub(crate) fn class_told(self, class: &str) -> &str {
        let is_java = class.starts_with("java.") || class.starts_with('[');
        match self {
            Self::Object | Self::Array if is_java => class,
            ty => ty.java_class(),
        }
    }

    /// The SQL type of a Java class, as Ignite maps query entities.
    pub(crate) fn of_java_class(class: &str) -> Self {
        match class {
            "java.lang.String" | "java.lang.Character" | "char" => Self::Varchar,
            "java.lang.Boolean" | "boolean" => Self::Boolean,
            "java.lang.Byte" | "byte" => Self::TinyInt,
            "java.lang.Short" | "short" => Self::SmallInt,
            "java.lang.Integer" | "int" => Self::Int,
            "java.lang.Long" | "long" => Self::BigInt,
            "java.math.BigDecimal" => Self::Decimal,
            "java.lang.Float" | "float" => Self::Real,
            "java.lang.Double" | "double" => Self::Double,
            "java.sql.Time" | "java.time.LocalTime" => Self::Time,
            "java.sql.Date" | "java.time.LocalDate" => Self::Date,
            "java.sql.Timestamp" | "java.util.Date" | "java.time.LocalDateTime" => Self::Timestamp,
            "[B" | "byte[]" => Self::Binary,
            "java.util.UUID" => Self::Uuid,
            class if class.starts_with("[L") || class.starts_with("[[") => Self::Array,
            _ => Self::Object,
        }
    }

    /// The name in SQL.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Varchar | Self::Any => "VARCHAR",
            Self::Boolean => "BOOLEAN",
            Self::TinyInt => "TINYINT",
            Self::SmallInt => "SMALLINT",
            Self::Int => "INTEGER",
            Self::BigInt => "BIGINT",
            Self::Decimal => "DECIMAL",
            Self::Real => "REAL",
            Self::Double => "DOUBLE",
            Self::Time => "TIME",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
            Self::Binary => "VARBINARY",
            Self::Uuid => "UUID",
            Self::Array => "ARRAY",
            Self::Object | Self::Entry(_) => "OTHER",
        }
    }

    /// The type with this name in SQL (H2's names, those that Ignite allows).
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "BOOLEAN" | "BIT" | "BOOL" => Self::Boolean,
            "TINYINT" => Self::TinyInt,
            "SMALLINT" | "INT2" | "YEAR" => Self::SmallInt,
            "INT" | "INTEGER" | "MEDIUMINT" | "INT4" | "SIGNED" => Self::Int,
            "BIGINT" | "INT8" | "LONG" => Self::BigInt,
            "DECIMAL" | "NUMERIC" | "NUMBER" | "DEC" => Self::Decimal,
            "REAL" | "FLOAT4" => Self::Real,
            "DOUBLE" | "DOUBLE PRECISION" | "FLOAT" | "FLOAT8" => Self::Double,
            "TIME" => Self::Time,
            "DATE" => Self::Date,
            "TIMESTAMP" | "DATETIME" | "SMALLDATETIME" => Self::Timestamp,
            "BINARY" | "VARBINARY" | "LONGVARBINARY" | "RAW" | "BYTEA" => Self::Binary,
            "UUID" => Self::Uuid,
            "ARRAY" => Self::Array,
            "OTHER" | "OBJECT" | "JAVA_OBJECT" => Self::Object,
            "VARCHAR"
            | "CHAR"
            | "CHARACTER"
            | "NCHAR"
            | "LONGVARCHAR"
            | "VARCHAR2"
            | "NVARCHAR"
            | "NVARCHAR2"
            | "VARCHAR_CASESENSITIVE"
            // Columns are told apart by case all the same, as a node declares them to H2.
            | "VARCHAR_IGNORECASE"
            | "TEXT"
            | "STRING" => Self::Varchar,
            _ => return None,
        })
    }
}
