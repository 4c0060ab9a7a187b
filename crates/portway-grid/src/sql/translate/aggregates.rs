//! Aggregates, in the types that H2 gives them.

use sqlparser::ast::{
    DuplicateTreatment, Expr, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, OrderByExpr,
};

use super::expression::unreadable;
use super::grouping::Place;
use super::order::order_options;
use super::select::unenclosed;
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code, state};
use crate::sql::functions::type_number;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// What H2 computes of several rows; the last ones a node refuses.
const AGGREGATES: [&str; 25] = [
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "GROUP_CONCAT",
    "STRING_AGG",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "STDDEV",
    "STDDEVP",
    "VAR_POP",
    "VAR_SAMP",
    "VARIANCE",
    "VARP",
    "BOOL_AND",
    "BOOL_OR",
    "EVERY",
    "SOME",
    "SELECTIVITY",
    "MEDIAN",
    "BIT_AND",
    "BIT_OR",
    "HISTOGRAM",
    "ARRAY_AGG",
];

impl Translator<'_> {
    /// The aggregate with this name, if it is one.
    pub(super) fn aggregate(
        &mut self,
        name: &str,
        list: &FunctionArgumentList,
    ) -> Result<Option<Typed>, SqlError> {
        if !AGGREGATES.contains(&name) {
            return Ok(None);
        }
        let read = |translator: &mut Self| translator.aggregate_here(name, list);
        let typed = match self.innermost().place {
            // Values of changes have no rows that one could count.
            Place::Elsewhere => read(self)?,
            _ => self.at(Place::Aggregate, read)?,
        };
        self.note_aggregate(&typed.name)?;
        Ok(Some(typed))
    }

    fn aggregate_here(
        &mut self,
        name: &str,
        list: &FunctionArgumentList,
    ) -> Result<Typed, SqlError> {
        let distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
        let Some(first) = list.args.first() else {
            return Err(unreadable(name));
        };
        if let FunctionArg::Unnamed(FunctionArgExpr::Wildcard) = first {
            if name != "COUNT" || distinct {
                return Err(unreadable(name));
            }
            let counted = Typed::new("count(*)".into(), SqlType::BigInt, "COUNT(*)".into());
            return Ok(counted);
        }
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) = first else {
            return Err(unreadable(name));
        };
        match name {
            "COUNT" | "SUM" | "AVG" | "MIN" | "MAX" if list.args.len() > 1 => Err(unreadable(name)),
            "COUNT" | "SUM" | "AVG" | "MIN" | "MAX" => {
                self.simple_aggregate(name, argument, distinct)
            }
            "GROUP_CONCAT" | "STRING_AGG" => self.group_concat(name, argument, list, distinct),
            _ => {
                let argument = self.expression(argument)?;
                let shown = self.shown_argument(name, &argument, list, distinct)?;
                let message = format!(
                    "Unsupported expression: {}({shown}) [type=Aggregate]",
                    first_name(name),
                );
                Err(SqlError::ignite(state::INTERNAL, message))
            }
        }
    }

    /// The argument of an aggregate that a node refuses, as it shows it.
    fn shown_argument(
        &mut self,
        name: &str,
        argument: &Typed,
        list: &FunctionArgumentList,
        distinct: bool,
    ) -> Result<String, SqlError> {
        if name != "ARRAY_AGG" {
            return Ok(unenclosed(&argument.name).to_owned());
        }
        let mut shown = match distinct {
            true => format!("DISTINCT {}", argument.name),
            false => unenclosed(&argument.name).to_owned(),
        };
        for clause in &list.clauses {
            let FunctionArgumentClause::OrderBy(terms) = clause else {
                continue;
            };
            let mut shown_terms = Vec::new();
            for term in terms {
                let typed = self.expression(&term.expr)?;
                shown_terms.push(typed.name + order_options(term));
            }
            shown.push_str(&format!(" ORDER BY {}", shown_terms.join(", ")));
        }
        Ok(shown)
    }

    fn simple_aggregate(
        &mut self,
        name: &str,
        argument: &Expr,
        distinct: bool,
    ) -> Result<Typed, SqlError> {
        let argument = self.expression(argument)?;
        let shown = unenclosed(&argument.name);
        let shown = match distinct {
            true => format!("{name}(DISTINCT {})", argument.name),
            false => format!("{name}({shown})"),
        };
        let set = if distinct { "DISTINCT " } else { "" };
        let (code, ty) = match name {
            "COUNT" => {
                let code = self.comparable(&argument);
                (format!("count({set}{code})"), SqlType::BigInt)
            }
            "MIN" | "MAX" => {
                let code = self.comparable(&argument);
                let code = format!("{}({code})", name.to_lowercase());
                match argument.ty {
                    // What has no type before there is a value is put together as text.
                    SqlType::Any => (self.as_text(code), SqlType::Varchar),
                    ty => (code, ty),
                }
            }
            _ => self.sum(name, &argument, set)?,
        };
        let scale = if ty == SqlType::Decimal {
            argument.scale
        } else {
            None
        };
        let code = match (name, scale) {
            // What comes of parts that are put together comes with the digits of its column.
            ("SUM" | "AVG" | "MIN" | "MAX", Some(scale)) => format!("h2_scale({code}, {scale})"),
            _ => code,
        };
        let typed = Typed::new(code, ty, shown);
        Ok(Typed { scale, ..typed })
    }

    fn as_text(&mut self, code: String) -> String {
        let value = Typed::new(code, SqlType::Any, String::new());
        self.converted_late(&value, SqlType::Varchar)
    }

    fn sum(
        &mut self,
        name: &str,
        argument: &Typed,
        set: &str,
    ) -> Result<(String, SqlType), SqlError> {
        let has_no_sum = match argument.ty {
            SqlType::Boolean => name == "AVG",
            ty => matches!(ty, SqlType::Varchar | SqlType::Array | SqlType::Any),
        };
        if has_no_sum {
            let shown = format!("{name}({})", unenclosed(&argument.name));
            let message = format!("SUM or AVG on wrong data type for \"{shown}\"");
            return Err(SqlError::parse(code::SUM_OF_WRONG_TYPE, message));
        }
        let argument = match argument.ty {
            ty if ty.is_number() => argument.clone(),
            // It counts those that are true.
            SqlType::Boolean if name == "SUM" => self.converted(argument, SqlType::Int)?,
            _ => self.converted(argument, SqlType::Decimal)?,
        };
        let from = argument.ty;
        let to = match (name, from) {
            ("AVG", ty) => ty,
            (_, SqlType::BigInt | SqlType::Decimal) => SqlType::Decimal,
            (_, SqlType::Real | SqlType::Double) => SqlType::Double,
            _ => SqlType::BigInt,
        };
        let code = self.comparable(&argument);
        if matches!(from, SqlType::Real | SqlType::Double) {
            return Ok((format!("h2_float_{}({set}{code})", name.to_lowercase()), to));
        }
        let function = if name == "SUM" { "h2_sum" } else { "h2_avg" };
        if !set.is_empty() {
            // SQLite takes DISTINCT with one argument alone: the sum of the different values.
            return self.sum_of_distinct(name, &code, from, to);
        }
        let types = format!("{}, {}", type_number(from), type_number(to));
        Ok((format!("{function}({types}, {code})"), to))
    }

    fn sum_of_distinct(
        &mut self,
        name: &str,
        code: &str,
        from: SqlType,
        to: SqlType,
    ) -> Result<(String, SqlType), SqlError> {
        if from == SqlType::Decimal {
            return Err(SqlError::unsupported("SUM(DISTINCT) of decimals"));
        }
        let bigint = type_number(SqlType::BigInt);
        let sum = match name {
            "SUM" => format!("sum(DISTINCT {code})"),
            _ => format!("(sum(DISTINCT {code}) / count(DISTINCT {code}))"),
        };
        Ok((
            format!("h2_convert({sum}, {bigint}, {})", type_number(to)),
            to,
        ))
    }

    fn group_concat(
        &mut self,
        function: &str,
        argument: &Expr,
        list: &FunctionArgumentList,
        distinct: bool,
    ) -> Result<Typed, SqlError> {
        let argument = self.expression(argument)?;
        let text = self.converted(&argument, SqlType::Varchar)?;
        let text = self.code(&text);
        let mut separator = self.behind_comma(function, list)?;
        let mut order = String::new();
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::Separator(value) => {
                    let text = value.value.clone().into_string().unwrap_or_default();
                    separator = Some(Typed::literal(SqlValue::Varchar(text)));
                }
                FunctionArgumentClause::OrderBy(terms) => order = self.ordered(terms)?,
                _ => return Err(SqlError::unsupported("this clause of GROUP_CONCAT")),
            }
        }
        let shown = separator
            .iter()
            .map(|text| format!(" SEPARATOR {}", text.name));
        let shown = shown.collect::<String>();
        let name = format!(
            "GROUP_CONCAT({}{shown})",
            unenclosed_but_operators(&argument, &shown)
        );
        let code = if distinct {
            format!("group_concat(DISTINCT {text})")
        } else {
            let comma = || Typed::literal(SqlValue::Varchar(",".to_owned()));
            let separator = separator.unwrap_or_else(comma);
            let separator = self.converted(&separator, SqlType::Varchar)?;
            format!("group_concat({text}, {}{order})", self.code(&separator))
        };
        Ok(Typed::new(code, SqlType::Varchar, name))
    }

    /// The separator of `STRING_AGG`, its second argument; the others have one alone.
    fn behind_comma(
        &mut self,
        function: &str,
        list: &FunctionArgumentList,
    ) -> Result<Option<Typed>, SqlError> {
        match (function, list.args.as_slice()) {
            ("STRING_AGG", [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(separator))]) => {
                self.expression(separator).map(Some)
            }
            ("GROUP_CONCAT", [_]) => Ok(None),
            _ => Err(SqlError::parse(
                code::SYNTAX,
                format!("Syntax error in {function}"),
            )),
        }
    }

    fn ordered(&mut self, terms: &[OrderByExpr]) -> Result<String, SqlError> {
        let mut written = Vec::new();
        for term in terms {
            let typed = self.expression(&term.expr)?;
            written.push(self.comparable(&typed) + order_options(term));
        }
        Ok(format!(" ORDER BY {}", written.join(", ")))
    }
}

/// The name by which H2 knows an aggregate that has several.
fn first_name(name: &str) -> &str {
    match name {
        "STDDEV" => "STDDEV_SAMP",
        "STDDEVP" => "STDDEV_POP",
        "VARIANCE" => "VAR_SAMP",
        "VARP" => "VAR_POP",
        "EVERY" => "BOOL_AND",
        "SOME" => "BOOL_OR",
        name => name,
    }
}

/// What stands before a separator keeps its parentheses.
fn unenclosed_but_operators<'t>(argument: &'t Typed, separator: &str) -> &'t str {
    if separator.is_empty() && argument.ty != SqlType::Array {
        unenclosed(&argument.name)
    } else {
        &argument.name
    }
}
