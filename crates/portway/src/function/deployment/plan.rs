//! What is run to bring a package to its platform: commands of the platform's own CLI, and nothing else.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::super::{Architecture, Platform};
use crate::failure::Advised;

/// What to deploy, and as what.
#[derive(Debug, Clone)]
pub(crate) struct DeployOptions {
    pub(crate) platform: Platform,
    pub(crate) architecture: Architecture,
    /// The name of the function there.
    pub(crate) name: String,
    /// Where it runs, for platforms that want to be told.
    pub(crate) region: Option<String>,
    /// AWS: makes the function, with this role; without it, one that is there gets the code.
    pub(crate) role: Option<String>,
    /// Vercel and Netlify: the public one, in place of a preview.
    pub(crate) is_production: bool,
    /// Further words for the last command.
    pub(crate) further: Vec<String>,
}

/// A command of a platform's CLI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) words: Vec<String>,
    /// Where it is run; none: anywhere.
    pub(crate) folder: Option<PathBuf>,
}

/// How a platform's CLI tells whether somebody is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    /// This command succeeds, and prints something.
    Command(&'static [&'static str]),
    /// This variable is set, or this file is in the home folder.
    Stored {
        variable: &'static str,
        file: &'static str,
    },
}

/// A platform's CLI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cli {
    pub(crate) program: &'static str,
    pub(crate) install: &'static str,
    pub(crate) login: Login,
    pub(crate) log_in: &'static str,
}

impl Cli {
    /// The one that deploys to a platform.
    ///
    /// # Errors
    /// If there is none for it.
    pub(crate) fn of(platform: Platform) -> Result<Self, Advised> {
        Ok(match platform {
            Platform::LambdaNode | Platform::LambdaCustom => Self {
                program: "aws",
                install: "install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
                login: Login::Command(&["sts", "get-caller-identity", "--query", "Account"]),
                log_in: "log in: aws configure sso, or aws configure",
            },
            Platform::Genezio => Self {
                program: "genezio",
                install: "install it: npm install --global genezio",
                login: Login::Stored {
                    variable: "GENEZIO_TOKEN",
                    file: ".geneziorc",
                },
                log_in: "log in: genezio login",
            },
            Platform::Google => Self {
                program: "gcloud",
                install: "install it: https://cloud.google.com/sdk/docs/install",
                login: Login::Command(&[
                    "auth",
                    "list",
                    "--filter=status:ACTIVE",
                    "--format=value(account)",
                ]),
                log_in: "log in: gcloud auth login",
            },
            Platform::Netlify => Self {
                program: "netlify",
                install: "install it: npm install --global netlify-cli",
                login: Login::Command(&["api", "getCurrentUser"]),
                log_in: "log in: netlify login",
            },
            Platform::Vercel => Self {
                program: "vercel",
                install: "install it: npm install --global vercel",
                login: Login::Command(&["whoami"]),
                log_in: "log in: vercel login",
            },
            Platform::GenericNode => {
                return Err(Advised::wrong_use(
                    "generic-node is no platform that has a CLI",
                    "copy the package to where it is to run, or choose another --platform",
                ));
            }
        })
    }
}

/// The commands that deploy `package`, whose files are in `folder`.
///
/// # Errors
/// If something is missing that the platform wants to be told.
pub(crate) fn steps(
    options: &DeployOptions,
    package: &Path,
    folder: &Path,
) -> Result<Vec<Step>, Advised> {
    let program = Cli::of(options.platform)?.program;
    let words = match options.platform {
        Platform::LambdaNode | Platform::LambdaCustom => lambda(options, package)?,
        Platform::Google => google(options, folder)?,
        Platform::Genezio => plain(&["deploy", "--backend"]),
        Platform::Netlify => {
            let mut words = plain(&[
                "deploy",
                "--no-build",
                "--dir",
                "public",
                "--functions",
                "functions",
            ]);
            words.extend(options.is_production.then(|| "--prod".to_owned()));
            words
        }
        Platform::Vercel | Platform::GenericNode => {
            let mut words = plain(&["deploy", "--prebuilt", "--yes"]);
            words.extend(options.is_production.then(|| "--prod".to_owned()));
            words
        }
    };
    let is_anywhere = matches!(
        options.platform,
        Platform::LambdaNode | Platform::LambdaCustom | Platform::Google
    );
    let all = std::iter::once(program.to_owned())
        .chain(words)
        .chain(options.further.iter().cloned());
    Ok(vec![Step {
        words: all.collect(),
        folder: (!is_anywhere).then(|| folder.to_owned()),
    }])
}

fn plain(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn lambda(options: &DeployOptions, package: &Path) -> Result<Vec<String>, Advised> {
    let mut words = plain(&["lambda"]);
    let file = format!("fileb://{}", package.display());
    let architecture = options.architecture.name();
    match &options.role {
        None => {
            words.extend(plain(&[
                "update-function-code",
                "--function-name",
                &options.name,
            ]));
            words.extend(plain(&[
                "--zip-file",
                &file,
                "--architectures",
                architecture,
            ]));
        }
        Some(role) => {
            let (runtime, handler) = match options.platform {
                Platform::LambdaCustom => ("provided.al2023", "bootstrap"),
                _ => ("nodejs22.x", "index.handler"),
            };
            words.extend(plain(&[
                "create-function",
                "--function-name",
                &options.name,
            ]));
            words.extend(plain(&[
                "--zip-file",
                &file,
                "--architectures",
                architecture,
            ]));
            words.extend(plain(&[
                "--runtime",
                runtime,
                "--handler",
                handler,
                "--role",
                role,
            ]));
        }
    }
    if let Some(region) = &options.region {
        words.extend(plain(&["--region", region]));
    }
    Ok(words)
}

fn google(options: &DeployOptions, folder: &Path) -> Result<Vec<String>, Advised> {
    if options.architecture != Architecture::X86_64 {
        return Err(Advised::wrong_use(
            "Google runs functions on x86_64 only",
            "choose --arch x86_64",
        ));
    }
    let region = options.region.as_deref().ok_or_else(|| {
        Advised::wrong_use(
            "Google wants to be told where the function is to run",
            "add --region, as in --region europe-west1",
        )
    })?;
    let mut words = plain(&["functions", "deploy", &options.name, "--gen2"]);
    words.extend(plain(&[
        "--runtime",
        "nodejs22",
        "--entry-point",
        "handler",
        "--trigger-http",
    ]));
    words.extend(plain(&[
        "--region",
        region,
        "--source",
        &folder.display().to_string(),
    ]));
    Ok(words)
}

/// As a shell would take it.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(folder) = &self.folder {
            write!(
                formatter,
                "cd {} && ",
                quoted(&folder.display().to_string())
            )?;
        }
        let words: Vec<_> = self.words.iter().map(|word| quoted(word)).collect();
        formatter.write_str(&words.join(" "))
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@,+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(platform: Platform) -> DeployOptions {
        DeployOptions {
            platform,
            architecture: Architecture::X86_64,
            name: "hello".into(),
            region: None,
            role: None,
            is_production: false,
            further: Vec::new(),
        }
    }

    fn text(options: &DeployOptions) -> String {
        let steps = steps(options, Path::new("/p/hello.zip"), Path::new("/p/my hello"));
        let steps = steps.expect("commands");
        let texts: Vec<_> = steps.iter().map(ToString::to_string).collect();
        texts.join("\n")
    }

    #[test]
    fn a_function_that_is_there_gets_code_and_one_with_a_role_is_made() {
        let mut options = options(Platform::LambdaNode);
        assert_eq!(
            text(&options),
            "aws lambda update-function-code --function-name hello --zip-file fileb:///p/hello.zip --architectures x86_64"
        );
        options.role = Some("arn:aws:iam::1:role/r".into());
        assert!(text(&options).contains("create-function"));
        assert!(text(&options).contains("--runtime nodejs22.x --handler index.handler"));
    }

    #[test]
    fn commands_are_written_as_a_shell_takes_them() {
        let mut options = options(Platform::Vercel);
        options.further = vec!["it's".into()];
        options.is_production = true;
        assert_eq!(
            text(&options),
            r"cd '/p/my hello' && vercel deploy --prebuilt --yes --prod 'it'\''s'"
        );
    }

    #[test]
    fn what_a_platform_wants_to_be_told_is_asked_for() {
        let mut options = options(Platform::Google);
        let here = Path::new(".");
        assert!(steps(&options, here, here).is_err());
        options.region = Some("europe-west1".into());
        assert!(text(&options).contains("--entry-point handler"));
        options.architecture = Architecture::Arm64;
        assert!(steps(&options, here, here).is_err());
    }
}
