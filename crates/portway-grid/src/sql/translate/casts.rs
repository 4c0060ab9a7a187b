//! CAST and CONVERT.

use sqlparser::ast::{CastKind, DataType, Expr};

use super::{Bound, Code, Translator, Typed};
use crate::sql::error::SqlError;
use crate::sql::parse::sql_type;
use crate::sql::types::SqlType;

impl Translator<'_> {
    pub(super) fn cast(
        &mut self,
        expression: &Expr,
        to: &DataType,
        kind: &CastKind,
    ) -> Result<Typed, SqlError> {
        if !matches!(kind, CastKind::Cast | CastKind::DoubleColon) {
            return Err(SqlError::unsupported("this kind of CAST"));
        }
        let (ty, precision, scale) = sql_type(to)?;
        if to
            .to_string()
            .to_uppercase()
            .starts_with("VARCHAR_IGNORECASE")
        {
            return Err(SqlError::unsupported("VARCHAR_IGNORECASE"));
        }
        let value = self.expression(expression)?;
        let mut cast = self.converted(&value, ty)?;
        match (ty, scale, precision) {
            (SqlType::Decimal, Some(scale), precision) => {
                let code = self.code(&cast);
                let precision = precision.unwrap_or(u32::MAX);
                cast.code = Code::Text(format!("h2_decimal({code}, {scale}, {precision})"));
            }
            (SqlType::Timestamp, Some(scale), _) => {
                let code = self.code(&cast);
                cast.code = Code::Text(format!("h2_timestamp({code}, {scale})"));
            }
            (SqlType::Varchar, _, length) if is_fixed(to) => {
                let code = self.code(&cast);
                let length = length.unwrap_or(u32::MAX);
                cast.code = Code::Text(format!("rtrim(substr({code}, 1, {length}), ' ')"));
            }
            (SqlType::Varchar, _, Some(length)) => {
                let code = self.code(&cast);
                cast.code = Code::Text(format!("substr({code}, 1, {length})"));
            }
            _ => {}
        }
        cast.name = format!(
            "CAST({} AS {})",
            value.name,
            shown_type(to, ty, precision, scale)
        );
        cast.is_constant = false;
        cast.scale = scale.filter(|_| ty == SqlType::Decimal);
        let folded = self.folded(cast, &[&value])?;
        Ok(match folded.bound().map(Bound::value) {
            Some(known) if value.is_constant && !known.is_null() => Typed {
                ty,
                ..Typed::literal(known.clone())
            },
            _ => folded,
        })
    }

    /// An operation that the type of its operands does not have: it fails where they are not null.
    pub(super) fn refused(&mut self, what: &str, parts: &[&Typed]) -> Result<Typed, SqlError> {
        let mut codes = vec![format!("'{what}'")];
        for part in parts {
            codes.push(self.code(part));
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let code = format!("h2_refuse({})", codes.join(", "));
        let typed = Typed::new(code, SqlType::Varchar, format!("({})", names.join(" ")));
        self.folded(typed, parts)
    }
}

/// Whether the blanks at the end of a text do not count.
fn is_fixed(ty: &DataType) -> bool {
    matches!(ty, DataType::Char(_) | DataType::Character(_))
}

fn shown_type(to: &DataType, ty: SqlType, precision: Option<u32>, scale: Option<u32>) -> String {
    match (ty, precision, scale) {
        (SqlType::Decimal, Some(precision), Some(scale)) => {
            format!("DECIMAL({precision}, {scale})")
        }
        // The largest of both that H2 knows.
        (SqlType::Decimal, ..) => "DECIMAL(65535, 32767)".to_owned(),
        (SqlType::Varchar, Some(length), _) if is_fixed(to) => format!("CHAR({length})"),
        (SqlType::Varchar, Some(length), _) => format!("VARCHAR({length})"),
        (SqlType::Varchar, None, _) if is_fixed(to) => "CHAR".to_owned(),
        _ => ty.name().to_owned(),
    }
}
