//! Queries: scans, SQL, index queries and continuous queries (operations 2000 to 2009).

mod continuous;
mod filter;
mod index;
mod page;
mod rows;
mod scan;
mod sql;

pub use continuous::{ContinuousQueryRequest, EntryEvent, EventKind};
pub use filter::{CodePlatform, RemoteFilter};
pub use index::{IndexCriterion, IndexQueryRequest, IndexRange};
pub use page::{Cursor, Page};
pub use rows::{Rows, SqlFieldsCursor};
pub use scan::ScanRequest;
pub use sql::{QueryTimeout, SqlFieldsRequest, SqlRequest, StatementKind};
