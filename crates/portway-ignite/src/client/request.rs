//! The frame of an operation's request, and what has to hold for it.

use portway_ignite_protocol::{RequestBody, WriterNotes};

use crate::connection::{Connection, Frame};
use crate::error::Error;

use super::encoder::Encoder;
use super::operation::{Need, NeedOf, Operation};

/// A frame with what came up while its values were written.
pub(super) type Written = (Frame, Option<Box<WriterNotes>>);

/// Writes the frame of a request; `None` if it holds objects, and it is not known yet how the
/// cluster wants them.
#[inline]
pub(super) fn written<R: RequestBody>(
    connection: &Connection,
    build: &impl Fn(&Encoder) -> R,
) -> Result<Option<Written>, Error> {
    let binary = connection.binary_at_once();
    let encoder = Encoder::new(binary.unwrap_or_default());
    let mut frame = connection.frame(&build(&encoder), binary.unwrap_or_default())?;
    if binary.is_none() && (frame.asked_for_binary() || encoder.asked_for_binary()) {
        return Ok(None);
    }
    if let Some(notes) = frame.take_notes() {
        encoder.note(notes);
    }
    Ok(Some((frame, encoder.into_notes())))
}

pub(super) fn check_written(operation: &Operation<'_>, notes: &WriterNotes) -> Result<(), Error> {
    match notes.problem() {
        Some(problem) => Err(Error::Encode {
            operation: operation.name(),
            source: problem.clone(),
        }),
        None => Ok(()),
    }
}

#[inline]
pub(super) fn check_need(
    connection: &Connection,
    need: Option<&'static Need>,
) -> Result<(), Error> {
    let Some(&Need { of, what }) = need else {
        return Ok(());
    };
    let dialect = connection.agreement().dialect;
    let is_met = match of {
        NeedOf::Version(version) => dialect.version >= version,
        NeedOf::Feature(feature) => dialect.has(feature),
    };
    if is_met {
        return Ok(());
    }
    Err(Error::Unsupported {
        address: connection.address().clone(),
        feature: what,
    })
}
