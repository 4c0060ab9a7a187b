//! Functions that choose among their arguments.

use super::{Translator, Typed, with_own_collation};
use crate::sql::error::SqlError;
use crate::sql::functions::type_number;
use crate::sql::types::SqlType;

impl Translator<'_> {
    /// Functions that choose among their arguments.
    pub(super) fn choice(
        &mut self,
        name: &str,
        arguments: &[Typed],
        shown: &str,
    ) -> Result<Option<Typed>, SqlError> {
        let (code, ty) = match (name, arguments) {
            ("COALESCE" | "NVL", [only]) => (self.code(only), only.ty),
            ("COALESCE" | "NVL" | "IFNULL" | "ISNULL", [_, _, ..]) => {
                let (codes, ty) = self.in_common(arguments)?;
                (format!("coalesce({})", codes.join(", ")), ty)
            }
            ("GREATEST" | "LEAST", [_, ..]) => {
                let (codes, ty) = self.in_common(arguments)?;
                let operator = if name == "GREATEST" { ">" } else { "<" };
                (chosen(&codes, operator), ty)
            }
            ("NULLIF", [left, right]) => {
                let equal = self.compared("=", left, right)?;
                (
                    format!("CASE WHEN {equal} THEN NULL ELSE {} END", self.code(left)),
                    left.ty,
                )
            }
            ("NVL2", [tested, is_there, is_null]) => {
                let condition = format!("({} IS NOT NULL)", self.code(tested));
                let ty = match is_there.ty {
                    SqlType::Varchar => SqlType::Varchar,
                    ty => ty.common(is_null.ty),
                };
                self.either(&condition, is_there, is_null, ty)?
            }
            ("CASEWHEN", [condition, is_true, is_false]) => {
                let condition = self.truth(condition)?;
                self.either(
                    &condition,
                    is_true,
                    is_false,
                    is_true.ty.common(is_false.ty),
                )?
            }
            ("DECODE", [value, rest @ ..]) if rest.len() > 1 => self.decoded(value, rest)?,
            _ => return Ok(None),
        };
        Ok(Some(Typed::new(code, ty, shown.to_owned())))
    }

    fn either(
        &mut self,
        condition: &str,
        first: &Typed,
        second: &Typed,
        ty: SqlType,
    ) -> Result<(String, SqlType), SqlError> {
        let (first, second) = (
            self.converted_late(first, ty),
            self.converted_late(second, ty),
        );
        let code = format!("CASE WHEN {condition} THEN {first} ELSE {second} END");
        Ok((code, ty))
    }

    fn decoded(&mut self, value: &Typed, rest: &[Typed]) -> Result<(String, SqlType), SqlError> {
        let results = rest.chunks(2).map(|pair| pair.last().unwrap_or(value).ty);
        let ty = results.fold(SqlType::Null, SqlType::common);
        let mut text = "CASE".to_owned();
        for pair in rest.chunks(2) {
            match pair {
                [known, result] => {
                    let equal = self.compared("IS", value, known)?;
                    let result = self.converted_late(result, ty);
                    text.push_str(&format!(" WHEN {equal} THEN {result}"));
                }
                [other] => {
                    let other = self.converted_late(other, ty);
                    text.push_str(&format!(" ELSE {other}"));
                }
                _ => {}
            }
        }
        Ok((text + " END", ty))
    }

    fn in_common(&mut self, arguments: &[Typed]) -> Result<(Vec<String>, SqlType), SqlError> {
        let types = arguments.iter().map(|argument| argument.ty);
        let ty = types.fold(SqlType::Null, SqlType::common);
        let mut codes = Vec::new();
        for argument in arguments {
            codes.push(with_own_collation(self.converted_late(argument, ty), ty));
        }
        Ok((codes, ty))
    }

    /// Writes that two values are equal; what cannot be compared fails when it is wanted.
    pub(super) fn compared_late(&mut self, left: &Typed, right: &Typed) -> String {
        if let Ok(compared) = self.compared("=", left, right) {
            return compared;
        }
        let ty = left.ty.common(right.ty);
        let (left, right) = (
            self.converted_late(left, ty),
            self.converted_late(right, ty),
        );
        format!("CASE WHEN {left} IS NOT NULL THEN {left} = {right} END")
    }

    /// Writes a value in another type. What cannot be converted fails when it is wanted: H2
    /// converts what was chosen alone.
    pub(super) fn converted_late(&mut self, typed: &Typed, to: SqlType) -> String {
        if let Ok(converted) = self.converted(typed, to) {
            return self.code(&converted);
        }
        let code = self.code(typed);
        format!(
            "h2_convert({code}, {}, {})",
            type_number(typed.ty),
            type_number(to)
        )
    }
}

fn chosen(codes: &[String], operator: &str) -> String {
    let mut codes = codes.iter();
    let first = codes.next().cloned().unwrap_or_default();
    codes.fold(first, |best, next| {
        format!(
            "CASE WHEN {next} IS NULL THEN {best} WHEN {best} IS NULL OR {next} {operator} {best} \
             THEN {next} ELSE {best} END"
        )
    })
}
