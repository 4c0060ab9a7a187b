//! An Apache Ignite endpoint without a JVM: one node, embedded or alone.
