//! What the services of a program look like, for writing clients: `--describe` prints it.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value};

/// The version of the printed form.
const VERSION: u32 = 1;

/// A service that the program contains. Submitted by the macro's code.
#[derive(Debug)]
pub struct Registered {
    /// Describes the service.
    pub describe: fn(&mut Describer) -> ServiceDescription,
}

inventory::collect!(Registered);

/// Collects the types that services use.
#[derive(Debug)]
pub struct Describer {
    input: SchemaGenerator,
    output: SchemaGenerator,
}

/// A service.
#[derive(Debug, Serialize)]
pub struct ServiceDescription {
    /// Its name.
    pub name: &'static str,
    /// Its documentation.
    pub documentation: &'static str,
    /// Its methods, in the order of the source.
    pub methods: Vec<MethodDescription>,
}

/// A method of a service.
#[derive(Debug, Serialize)]
pub struct MethodDescription {
    /// Its name.
    pub name: &'static str,
    /// Its documentation.
    pub documentation: &'static str,
    /// Its parameters, in order.
    pub parameters: Vec<ParameterDescription>,
    /// The JSON schema of its result.
    pub result: Schema,
    /// The JSON schema of its own errors, if it can fail.
    pub error: Option<Schema>,
}

/// A parameter of a method.
#[derive(Debug, Serialize)]
pub struct ParameterDescription {
    /// Its name.
    pub name: &'static str,
    /// Its JSON schema.
    pub schema: Schema,
}

impl Describer {
    fn new() -> Self {
        Self {
            input: SchemaSettings::draft2020_12()
                .for_deserialize()
                .into_generator(),
            output: SchemaSettings::draft2020_12()
                .for_serialize()
                .into_generator(),
        }
    }

    /// The schema of something that callers send.
    pub fn input<T: JsonSchema>(&mut self) -> Schema {
        self.input.subschema_for::<T>()
    }

    /// The schema of something that callers get.
    pub fn output<T: JsonSchema>(&mut self) -> Schema {
        self.output.subschema_for::<T>()
    }

    fn definitions(mut self) -> (Map<String, Value>, Map<String, Value>) {
        (
            self.input.take_definitions(true),
            self.output.take_definitions(true),
        )
    }
}

#[derive(Serialize)]
struct Description {
    version: u32,
    services: Vec<ServiceDescription>,
    /// Types in parameters; `$ref` in a parameter's schema points here.
    input: Map<String, Value>,
    /// Types in results and errors; `$ref` in their schemas points here.
    output: Map<String, Value>,
}

/// The description of all services of the program, as one JSON object.
pub(crate) fn describe() -> String {
    let mut describer = Describer::new();
    let mut services: Vec<_> = inventory::iter::<Registered>
        .into_iter()
        .map(|registered| (registered.describe)(&mut describer))
        .collect();
    services.sort_by_key(|service| service.name);
    let (input, output) = describer.definitions();
    let description = Description {
        version: VERSION,
        services,
        input,
        output,
    };
    let mut text = serde_json::to_string(&description)
        .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    text.push('\n');
    text
}
