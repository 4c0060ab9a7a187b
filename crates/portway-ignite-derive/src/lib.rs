//! The derive macro of portway-ignite: Rust structures as Apache Ignite binary objects.
