//! What carrying out one statement uses.

use std::sync::Arc;

use portway_ignite_protocol::{BinaryField, BinaryType, Platform, java, tag};

use super::plan::Plan;
use super::running::Searched;
use super::{Answer, Outcome, Request};
use crate::engine::{Call, Engine};
use crate::sql::catalog::Catalog;
use crate::sql::error::{SqlError, state};
use crate::sql::mirror::Mirror;
use crate::sql::parse::Statement;
use crate::sql::table::Table;
use crate::sql::translate::{Given, Translator};

/// What carrying out a statement uses.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) catalog: &'a Catalog,
    pub(crate) mirror: &'a mut Mirror,
    pub(crate) request: &'a Request<'a>,
    /// Which of the grid's statements it is.
    pub(crate) number: i64,
    pub(super) searched: Option<Searched>,
    /// How a query was carried out before, and how it is now if that has changed.
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) new_plan: Option<Arc<Plan>>,
}

impl Run<'_> {
    pub(super) fn carry_out(&mut self, statement: &Statement) -> Answer {
        match statement {
            Statement::Query(query) => self.select(query).map(Outcome::Rows),
            Statement::Explain(query) => self.explain(query).map(Outcome::Rows),
            Statement::Insert { insert, replaces } => {
                self.insert(insert, *replaces).map(Outcome::Updated)
            }
            Statement::Update(update) => self.update(update).map(Outcome::Updated),
            Statement::Delete(delete) => self.delete(delete).map(Outcome::Updated),
            Statement::User(user) => Ok(Outcome::User(user.clone())),
            Statement::Kill(kill) => self.kill(kill).map(|()| Outcome::Updated(0)),
            definition => {
                self.define(definition)?;
                Ok(Outcome::Updated(0))
            }
        }
    }

    fn define(&mut self, statement: &Statement) -> Result<(), SqlError> {
        match statement {
            Statement::CreateTable(create) => self.create_table(create),
            Statement::DropTable(drop) => self.drop_table(drop),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::CreateIndex(create) => self.create_index(create),
            Statement::DropIndex(drop) => self.drop_index(drop),
            Statement::CreateView(create) => self.create_view(create),
            Statement::DropView(drop) => self.drop_view(drop),
            Statement::Statistics => Ok(()),
            _ => Err(SqlError::unsupported("this statement")),
        }
    }

    pub(super) fn translator(&self) -> Translator<'_> {
        Translator::new(Given {
            catalog: self.catalog,
            mirror: self.mirror,
            schema: self.request.schema,
            arguments: self.request.arguments,
            now: self.request.now,
            node: self.request.node,
        })
    }

    /// Refuses new rows that are written in the statement, which a real node sees before it has any.
    pub(super) fn check_dml(&self, table: &Table) -> Result<(), SqlError> {
        if self.engine.check_writable(table.cache).is_ok() {
            return Ok(());
        }
        let message = format!(
            "Failed to execute DML statement. Cluster in read-only mode [stmt={}, \
             params=QueryParameters [args=null, parts=null, timeout=0, lazy=false, pageSize=1024, \
             dataPageScanEnabled=null, autoCommit=true, batchedArgs=null, updateBatchSize=1]]",
            self.request.sql
        );
        Err(SqlError::ignite(state::READ_ONLY, message))
    }

    pub(crate) fn call(&self, table: &Table) -> Call {
        Call {
            cache: table.cache,
            policy: None,
            transaction: None,
            now: self.request.now,
        }
    }

    /// Tells the engine of the types of objects that are about to be stored.
    pub(super) fn register(&mut self, types: &[BinaryType]) -> Result<(), SqlError> {
        for ty in types {
            let known = self.engine.binary_type(ty.id)?;
            let has_schema = |known: &BinaryType| {
                ty.schemas
                    .iter()
                    .all(|schema| known.schemas.contains(schema))
            };
            if known.as_ref().is_some_and(has_schema) {
                continue;
            }
            let name = ty.name.clone().unwrap_or_default();
            debug_assert_eq!(java::type_id(&name), ty.id);
            self.engine.put_type_name(Platform::Java, ty.id, &name)?;
            self.engine
                .put_binary_type(as_known(ty.clone(), known.as_ref()))?;
        }
        Ok(())
    }

    /// The schema and the table that a statement names.
    pub(super) fn named<'n>(&'n self, name: &'n [String]) -> (&'n str, &'n str) {
        match name {
            [.., schema, table] => (schema, table),
            [table] => (self.request.schema, table),
            [] => (self.request.schema, ""),
        }
    }
}

/// A field that clients have described as any object stays one, whatever a statement sets it to.
fn as_known(mut ty: BinaryType, known: Option<&BinaryType>) -> BinaryType {
    let is_object = |field: &&BinaryField| field.type_code == i32::from(tag::OBJECT);
    let objects = known.iter().flat_map(|known| known.fields.iter());
    for object in objects.filter(is_object) {
        let fields = ty.fields.iter_mut().filter(|field| field.id == object.id);
        fields.for_each(|field| field.type_code = object.type_code);
    }
    ty
}
