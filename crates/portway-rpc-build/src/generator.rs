//! Writes a service as the trait that the macro of portway-rpc takes.

use std::{collections::HashMap, fmt::Write as _};

use prost_build::{Comments, Method, Service};
use prost_types::method_options::IdempotencyLevel;

use crate::payload::Payload;

/// Writes a service as the trait that the macro of portway-rpc takes: there is one place that
/// makes clients and servers.
#[derive(Debug)]
pub(crate) struct ServiceGenerator {
    /// Fields of bulk bytes by the full names of their messages.
    pub(crate) payloads: HashMap<String, Payload>,
}

impl prost_build::ServiceGenerator for ServiceGenerator {
    fn generate(&mut self, service: Service, code: &mut String) {
        let name = match service.package.as_str() {
            "" => service.proto_name.clone(),
            package => format!("{package}.{}", service.proto_name),
        };
        put_comments(
            code,
            &service.comments,
            "",
            &format!("The service `{name}`."),
        );
        put(
            code,
            format_args!("#[::portway_rpc::service(name = {name:?}, protobuf)]\n"),
        );
        put(code, format_args!("pub trait {} {{\n", service.name));
        for method in &service.methods {
            put_method(code, method, &self.payloads);
        }
        code.push_str("}\n");
    }
}

fn put_method(code: &mut String, method: &Method, payloads: &HashMap<String, Payload>) {
    put_comments(
        code,
        &method.comments,
        "    ",
        &format!("The method `{}`.", method.proto_name),
    );
    let idempotent = if is_idempotent(method) {
        ", idempotent"
    } else {
        ""
    };
    let payload = |option: &str, message: &str| match payloads.get(message) {
        Some(Payload { field, number }) => format!(", {option}({field} = {number})"),
        None => String::new(),
    };
    let request = payload("request_payload", &method.input_proto_type);
    let response = payload("response_payload", &method.output_proto_type);
    put(
        code,
        format_args!(
            "    #[rpc(name = {:?}{idempotent}{request}{response})]\n",
            method.proto_name
        ),
    );
    put(
        code,
        format_args!("    async fn {}(\n        &self,\n", method.name),
    );
    code.push_str("        context: ::portway_rpc::Context,\n");
    let (input, output) = (&method.input_type, &method.output_type);
    if method.client_streaming {
        put(
            code,
            format_args!("        requests: ::portway_rpc::Receiving<{input}>,\n"),
        );
    } else {
        put(code, format_args!("        request: {input},\n"));
    }
    let returned = if method.server_streaming {
        put(
            code,
            format_args!("        responses: ::portway_rpc::Sending<{output}>,\n"),
        );
        "()"
    } else {
        output
    };
    put(
        code,
        format_args!("    ) -> ::core::result::Result<{returned}, ::portway_rpc::Status>;\n"),
    );
}

fn is_idempotent(method: &Method) -> bool {
    !matches!(
        method.options.idempotency_level(),
        IdempotencyLevel::IdempotencyUnknown
    )
}

fn put_comments(code: &mut String, comments: &Comments, indentation: &str, otherwise: &str) {
    if comments.leading.is_empty() {
        return put(code, format_args!("{indentation}/// {otherwise}\n"));
    }
    for line in &comments.leading {
        put(code, format_args!("{indentation}///{line}\n"));
    }
}

fn put(code: &mut String, text: std::fmt::Arguments<'_>) {
    // A String takes everything.
    let _infallible = code.write_fmt(text);
}
