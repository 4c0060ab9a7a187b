//! Answers to questions of reflection.

use crate::{
    Code, Context, Receiving, Sending, Status,
    reflection::{
        ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
        MessageRequest, MessageResponse, Reflection, ServerReflectionRequest,
        ServerReflectionResponse, ServiceResponse, proto,
    },
};

impl Reflection {
    fn answer(&self, question: &MessageRequest) -> Option<MessageResponse> {
        let file = match question {
            MessageRequest::FileByFilename(name) => Some(name.as_str()),
            MessageRequest::FileContainingSymbol(symbol) => self.index.file_of_symbol(symbol),
            MessageRequest::FileContainingExtension(extension) => self
                .index
                .file_of_extension(&extension.containing_type, extension.extension_number),
            MessageRequest::AllExtensionNumbersOfType(extended) => {
                return self.extension_numbers(extended);
            }
            MessageRequest::ListServices(_) => return Some(self.list()),
        };
        let files = FileDescriptorResponse {
            file_descriptor_proto: self.index.with_imports(file?)?,
        };
        Some(MessageResponse::FileDescriptorResponse(files))
    }

    fn extension_numbers(&self, extended: &str) -> Option<MessageResponse> {
        let numbers = ExtensionNumberResponse {
            base_type_name: extended.to_owned(),
            extension_number: self.index.extension_numbers(extended)?,
        };
        Some(MessageResponse::AllExtensionNumbersResponse(numbers))
    }

    fn list(&self) -> MessageResponse {
        let names = self.services.get().map_or(&[][..], Vec::as_slice);
        let services = names.iter().map(|name| ServiceResponse {
            name: (*name).to_owned(),
        });
        MessageResponse::ListServicesResponse(ListServiceResponse {
            service: services.collect(),
        })
    }

    async fn converse(
        &self,
        mut requests: Receiving<ServerReflectionRequest>,
        mut responses: Sending<ServerReflectionResponse>,
    ) -> Result<(), Status> {
        while let Some(request) = requests.receive().await? {
            let question = request.message_request.as_ref();
            let question = question.ok_or_else(|| Status::invalid_argument("nothing is asked"))?;
            let answer = self.answer(question).unwrap_or_else(|| not_found(question));
            let response = ServerReflectionResponse {
                valid_host: request.host.clone(),
                original_request: Some(request),
                message_response: Some(answer),
            };
            responses.send(response).await?;
        }
        Ok(())
    }
}

fn not_found(question: &MessageRequest) -> MessageResponse {
    let what = match question {
        MessageRequest::FileByFilename(name) => format!("no file {name:?}"),
        MessageRequest::FileContainingSymbol(symbol) => format!("no symbol {symbol:?}"),
        MessageRequest::FileContainingExtension(extension) => format!(
            "no extension {} of {:?}",
            extension.extension_number, extension.containing_type
        ),
        MessageRequest::AllExtensionNumbersOfType(name) => format!("no type {name:?}"),
        MessageRequest::ListServices(_) => "no list".to_owned(),
    };
    MessageResponse::ErrorResponse(ErrorResponse {
        error_code: i32::from(Code::NotFound.number()),
        error_message: format!("{what} is known here"),
    })
}

impl proto::v1::ServerReflection for Reflection {
    async fn server_reflection_info(
        &self,
        _: Context,
        requests: Receiving<ServerReflectionRequest>,
        responses: Sending<ServerReflectionResponse>,
    ) -> Result<(), Status> {
        self.converse(requests, responses).await
    }
}

impl proto::v1alpha::ServerReflection for Reflection {
    async fn server_reflection_info(
        &self,
        _: Context,
        requests: Receiving<ServerReflectionRequest>,
        responses: Sending<ServerReflectionResponse>,
    ) -> Result<(), Status> {
        self.converse(requests, responses).await
    }
}
