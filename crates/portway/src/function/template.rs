//! What new projects start from.

use std::borrow::Cow;

use clap::ValueEnum;

/// What a new project starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Routes: `GET /` answers {"msg":"Hello rust!"}
    Http,
    /// Typed methods over JSON-RPC, with a TypeScript client
    JsonRpc,
    /// Work that a schedule starts
    Cron,
    /// A page on which guests with an invitation enrol at a gateway
    Enrolment,
}

/// What a template writes.
pub(super) struct Contents {
    /// Files beside the manifest.
    pub(super) files: Vec<(&'static str, Cow<'static, str>)>,
    /// Our crates that it uses by name.
    pub(super) crates: &'static [&'static str],
    /// Further crates of ours that these need.
    pub(super) needed_crates: &'static [&'static str],
    /// Dependencies besides axum and our crates, as lines of the manifest.
    pub(super) dependencies: &'static str,
}

const SERDE: &str = "serde = { version = \"1\", features = [\"derive\"] }\n";
const ENROLMENT: &str = "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n\
                         tokio = { version = \"1\", features = [\"sync\", \"time\"] }\n";

const ENROLMENT_STRAIGHT: &str = concat!(
    "portway-ignite = { version = \"",
    env!("CARGO_PKG_VERSION"),
    "\", features = [\"tls\"] }\n",
    "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n",
    "tokio = { version = \"1\", features = [\"sync\", \"time\"] }\n"
);

/// What stands for the addresses of a grid in the source.
const GRID_ADDRESSES: &str = "\"GRID_ADDRESSES\"";

impl Template {
    /// What it writes; an enrolment goes straight to `grid`, if one is named.
    pub(super) fn contents(self, grid: Option<&str>) -> Contents {
        match (self, grid) {
            (Self::Http, _) => one_file(include_str!("templates/http.rs"), SERDE),
            (Self::JsonRpc, _) => one_file(include_str!("templates/json_rpc.rs"), ""),
            (Self::Cron, _) => one_file(include_str!("templates/cron.rs"), ""),
            (Self::Enrolment, None) => Contents {
                files: enrolment(include_str!("templates/enrolment/place.rs").into()),
                crates: &["portway-function", "portway-control", "portway-rpc"],
                needed_crates: &["portway-function-macros", "portway-rpc-macros"],
                dependencies: ENROLMENT,
            },
            (Self::Enrolment, Some(grid)) => straight_to(grid),
        }
    }
}

fn one_file(text: &'static str, dependencies: &'static str) -> Contents {
    Contents {
        files: vec![("src/main.rs", text.into())],
        crates: &["portway-function"],
        needed_crates: &["portway-function-macros"],
        dependencies,
    }
}

fn straight_to(grid: &str) -> Contents {
    let place = include_str!("templates/enrolment/place_grid.rs");
    Contents {
        files: enrolment(
            place
                .replacen(GRID_ADDRESSES, &format!("{grid:?}"), 1)
                .into(),
        ),
        crates: &[
            "portway-function",
            "portway-control",
            "portway-gateway",
            "portway-rpc",
        ],
        needed_crates: &[
            "portway-dataplane",
            "portway-function-macros",
            "portway-ignite",
            "portway-ignite-derive",
            "portway-ignite-protocol",
            "portway-rpc-macros",
            "portway-xdp",
        ],
        dependencies: ENROLMENT_STRAIGHT,
    }
}

/// The files of an enrolment, with its way to the gateway.
fn enrolment(place: Cow<'static, str>) -> Vec<(&'static str, Cow<'static, str>)> {
    macro_rules! file {
        ($name:literal) => {
            (
                concat!("src/", $name),
                include_str!(concat!("templates/enrolment/", $name)).into(),
            )
        };
    }
    vec![
        file!("main.rs"),
        file!("gateway.rs"),
        ("src/place.rs", place),
        file!("page/index.html"),
        file!("page/style.css"),
        file!("page/enrol.js"),
        file!("page/qr.js"),
    ]
}
