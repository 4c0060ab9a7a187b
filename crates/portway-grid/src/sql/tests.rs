//! Statements against an engine.
