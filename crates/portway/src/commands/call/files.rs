//! What services and messages look like: asked of the server, or read from files.

use std::path::PathBuf;

use portway_rpc::{
    Code, Status,
    reflection::{
        MessageRequest, MessageResponse, ServerReflectionRequest, ServerReflectionResponse,
    },
};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, MethodDescriptor, ServiceDescriptor, prost_types::FileDescriptorProto,
};

use super::{CallOptions, Called, channel::Channel, outcome};
use crate::failure::{Advise as _, Advised};

/// How many files a server may name for one service.
const MAXIMUM_FILES: usize = 2000;

const NO_REFLECTION: &str = "it has no reflection: say by --proto FILE what it serves";

/// What services and messages look like.
pub(super) struct Definitions<'a> {
    pool: DescriptorPool,
    /// Whom to ask, where they do not come from files.
    server: Option<Server<'a>>,
}

struct Server<'a> {
    channel: &'a Channel,
    options: &'a CallOptions,
    /// It knows the older name of reflection only.
    older: bool,
}

impl<'a> Definitions<'a> {
    pub(super) fn of_server(channel: &'a Channel, options: &'a CallOptions) -> Self {
        let server = Server {
            channel,
            options,
            older: false,
        };
        Self {
            pool: DescriptorPool::new(),
            server: Some(server),
        }
    }

    pub(super) fn of_files(protos: &[PathBuf], includes: &[PathBuf]) -> Result<Self, Advised> {
        let mut folders = includes.to_vec();
        if folders.is_empty() {
            let beside = protos.iter().filter_map(|proto| proto.parent());
            folders.extend(beside.map(|folder| match folder.as_os_str().is_empty() {
                true => PathBuf::from("."),
                false => folder.to_owned(),
            }));
        }
        let hint = "look at the file; --include DIR says where its imports are";
        let files = protox::compile(protos, folders).advise("cannot read --proto", hint)?;
        let pool = DescriptorPool::from_file_descriptor_set(files);
        Ok(Self {
            pool: pool.advise("cannot use --proto", hint)?,
            server: None,
        })
    }

    /// Returns the names of all services.
    pub(super) async fn services(&mut self) -> Result<Vec<String>, Advised> {
        let Some(server) = &mut self.server else {
            let names = self.pool.services().map(|it| it.full_name().to_owned());
            return Ok(names.collect());
        };
        let question = MessageRequest::ListServices(String::new());
        match server.ask(question).await? {
            MessageResponse::ListServicesResponse(list) => {
                Ok(list.service.into_iter().map(|it| it.name).collect())
            }
            other => Err(server.strange(&other)),
        }
    }

    pub(super) async fn service(&mut self, name: &str) -> Result<ServiceDescriptor, Advised> {
        if let Some(server) = &mut self.server {
            let files = server.files_of(name).await?;
            let added = self.pool.add_file_descriptor_protos(files);
            added.advise(
                format_args!("the server tells nonsense of {name}"),
                "say by --proto FILE what it serves",
            )?;
        }
        self.pool.get_service_by_name(name).ok_or_else(|| {
            Advised::wrong_use(
                format_args!("there is no service {name}"),
                "`portway call` with the target alone lists the services",
            )
        })
    }

    pub(super) fn method(
        &self,
        service: &ServiceDescriptor,
        name: &str,
    ) -> Result<MethodDescriptor, Advised> {
        service
            .methods()
            .find(|it| it.name() == name)
            .ok_or_else(|| {
                let methods: Vec<_> = service.methods().map(|it| it.name().to_owned()).collect();
                Advised::wrong_use(
                    format_args!("{} has no method {name}", service.full_name()),
                    format_args!("it has {}", methods.join(", ")),
                )
            })
    }
}

impl Definitions<'_> {
    /// Finds the method that is served on a subject of NATS: `SERVICE.METHOD`, perhaps behind a
    /// prefix and a dot.
    pub(super) fn of_subject(&self, subject: &str) -> Option<Called> {
        let methods = self
            .pool
            .services()
            .flat_map(|it| it.methods().collect::<Vec<_>>());
        let found = methods.filter_map(|method| {
            let service = subject.strip_suffix(method.name())?.strip_suffix('.')?;
            let prefix = service.strip_suffix(method.parent_service().full_name())?;
            let whole = prefix.is_empty() || prefix.ends_with('.');
            whole.then(|| (prefix.len(), service.to_owned(), method))
        });
        // Names may end alike: the longest one is meant.
        let (_, service, method) = found.min_by_key(|(prefix, ..)| *prefix)?;
        Some(Called { method, service })
    }
}

impl Server<'_> {
    /// Asks one question, by the older name of reflection if the newer one is not known.
    async fn ask(&mut self, question: MessageRequest) -> Result<MessageResponse, Advised> {
        let answer = match self.ask_once(&question).await {
            Err(status) if status.code() == Code::Unimplemented && !self.older => {
                self.older = true;
                self.ask_once(&question).await
            }
            answer => answer,
        };
        let answer = answer.map_err(|status| match status.code() {
            Code::Unimplemented => Advised::wrong_use(
                format_args!("{} does not tell what it serves", self.channel.place()),
                NO_REFLECTION,
            ),
            _ => outcome::failed(self.channel.place(), status),
        })?;
        match answer.message_response {
            Some(MessageResponse::ErrorResponse(error)) => Err(Advised::wrong_use(
                format_args!("{}: {}", self.channel.place(), error.error_message),
                "`portway call` with the target alone lists the services",
            )),
            Some(response) => Ok(response),
            None => Err(Advised::failed(
                format_args!("{} gave an empty answer", self.channel.place()),
                "say by --proto FILE what it serves",
            )),
        }
    }

    async fn ask_once(
        &self,
        question: &MessageRequest,
    ) -> Result<ServerReflectionResponse, Status> {
        let (mut requests, mut responses) = self.channel.reflect(self.older, self.options).await?;
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(question.clone()),
        };
        requests.send(request).await?;
        requests.finish();
        responses.only().await
    }

    /// Returns the file that defines a symbol, and all that it imports.
    async fn files_of(&mut self, symbol: &str) -> Result<Vec<FileDescriptorProto>, Advised> {
        let question = MessageRequest::FileContainingSymbol(symbol.to_owned());
        let mut files = self.files(question).await?;
        while let Some(missing) = first_missing(&files) {
            // Protobuf's own files are known here, and not by every server.
            let own = DescriptorPool::global().get_file_by_name(&missing);
            let more = match own {
                Some(file) => vec![file.file_descriptor_proto().clone()],
                None => {
                    self.files(MessageRequest::FileByFilename(missing.clone()))
                        .await?
                }
            };
            let new: Vec<_> = more
                .into_iter()
                .filter(|file| !files.iter().any(|known| known.name() == file.name()))
                .collect();
            if !new.iter().any(|file| file.name() == missing) || files.len() > MAXIMUM_FILES {
                return Err(Advised::failed(
                    format_args!("the server does not tell what is in {missing}"),
                    "say by --proto FILE what it serves",
                ));
            }
            files.extend(new);
        }
        Ok(files)
    }

    async fn files(
        &mut self,
        question: MessageRequest,
    ) -> Result<Vec<FileDescriptorProto>, Advised> {
        let answer = match self.ask(question).await? {
            MessageResponse::FileDescriptorResponse(answer) => answer,
            other => return Err(self.strange(&other)),
        };
        let files = answer.file_descriptor_proto.into_iter();
        let files: Result<Vec<_>, _> = files.map(FileDescriptorProto::decode).collect();
        files.advise(
            "the server tells nonsense of its files",
            "say by --proto FILE what it serves",
        )
    }

    fn strange(&self, _answer: &MessageResponse) -> Advised {
        Advised::failed(
            format_args!("{} answered another question", self.channel.place()),
            "say by --proto FILE what it serves",
        )
    }
}

/// Returns the name of a file that is imported and not there.
fn first_missing(files: &[FileDescriptorProto]) -> Option<String> {
    let known = |name: &String| files.iter().any(|file| file.name() == name);
    let mut imports = files.iter().flat_map(|file| &file.dependency);
    imports.find(|name| !known(name)).cloned()
}
