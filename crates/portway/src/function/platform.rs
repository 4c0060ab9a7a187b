//! Platforms and processors that packages are made for.

use clap::ValueEnum;

/// Where a package is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    /// AWS Lambda's Node runtime; the program takes Node's place
    LambdaNode,
    /// AWS Lambda's custom runtime (provided.al2023), without JavaScript
    LambdaCustom,
    /// Genezio: a function of type `aws` in genezio.yaml version 2
    Genezio,
    /// Google Cloud Functions, over the Functions Framework
    Google,
    /// Netlify functions, version 2
    Netlify,
    /// Vercel functions, as a Build Output
    Vercel,
    /// Any host of a JavaScript module that exports `handler`
    GenericNode,
}

/// Which processor a package is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// Intel and AMD
    #[value(name = "x86_64", alias = "x64", alias = "amd64")]
    X86_64,
    /// Arm, such as Graviton
    #[value(name = "arm64", alias = "aarch64")]
    Arm64,
}

impl Platform {
    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LambdaNode => "lambda-node",
            Self::LambdaCustom => "lambda-custom",
            Self::Genezio => "genezio",
            Self::Google => "google",
            Self::Netlify => "netlify",
            Self::Vercel => "vercel",
            Self::GenericNode => "generic-node",
        }
    }

    /// Whether the platform starts a JavaScript module.
    pub(crate) fn is_javascript(self) -> bool {
        self != Self::LambdaCustom
    }

    /// Whether the program may take Node's place when Lambda's Runtime API is there.
    pub(crate) fn takes_over(self) -> bool {
        matches!(self, Self::LambdaNode | Self::Genezio | Self::GenericNode)
    }

    /// The header in which the platform itself tells who calls, whatever the caller sent.
    pub(crate) fn address_header(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("x-forwarded-for"),
            Self::Netlify => Some("x-nf-client-connection-ip"),
            Self::Vercel => Some("x-real-ip"),
            Self::LambdaNode | Self::LambdaCustom | Self::Genezio | Self::GenericNode => None,
        }
    }
}

impl Architecture {
    /// The processor of this machine, if packages are made for it.
    pub(crate) fn here() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// As on the command line and in Lambda's settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// As Node's `process.arch` calls it.
    pub(crate) fn in_node(self) -> &'static str {
        match self {
            Self::X86_64 => "x64",
            Self::Arm64 => "arm64",
        }
    }

    /// As target triples begin with it.
    pub(crate) fn in_triples(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}
