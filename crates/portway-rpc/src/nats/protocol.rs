//! NATS' service protocol: a service says that it is there, what it has, and what it did.
//!
//! Source: NATS' architecture decision 32, "Service API".

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_nats::{
    Client, Message, SubscribeError,
    datetime::{self, DateTime},
    service::{Info, PingResponse, Stats, endpoint, error::Error},
};
use futures_util::{StreamExt as _, stream::SelectAll};
use serde::Serialize;

use super::{NatsListenOptions, code};
use crate::Status;

/// What a service is asked.
#[derive(Clone, Copy, Debug)]
enum Question {
    Ping,
    Info,
    Stats,
}

/// One service as it shows itself.
#[derive(Debug)]
pub(super) struct Description {
    name: String,
    id: String,
    version: String,
    description: String,
    group: String,
    started: DateTime,
    /// By the names of the methods: their subjects, and what they did.
    endpoints: BTreeMap<String, (String, Mutex<Figures>)>,
}

/// The statistics with a field that the library's type lacks, and some clients want.
#[derive(Serialize)]
struct Statistics {
    #[serde(flatten)]
    stats: Stats,
    metadata: HashMap<String, String>,
}

/// What the handlers of a method did.
#[derive(Clone, Debug, Default)]
struct Figures {
    requests: usize,
    errors: usize,
    time: Duration,
    last_error: Option<Error>,
}

impl Description {
    /// Describes the methods of `service` by their names and subjects.
    pub(super) fn new(
        service: &str,
        methods: impl Iterator<Item = (String, String)>,
        options: &NatsListenOptions,
    ) -> Self {
        let endpoint = |(name, subject)| (name, (subject, Mutex::default()));
        Self {
            // Dots are not allowed in the names of services.
            name: service.replace('.', "-"),
            id: uuid::Uuid::new_v4().simple().to_string(),
            version: options.version.clone(),
            description: options.description.clone(),
            group: options.group.clone(),
            started: now(),
            endpoints: methods.map(endpoint).collect(),
        }
    }

    /// Notes a call of a method that took `time`.
    pub(super) fn note(&self, method: &str, time: Duration, error: Option<&Status>) {
        let Some((_, figures)) = self.endpoints.get(method) else {
            return;
        };
        let mut figures = lock(figures);
        figures.requests += 1;
        figures.time += time;
        if let Some(status) = error {
            figures.errors += 1;
            figures.last_error = Some(Error {
                status: status.message().to_owned(),
                code: code::number(status.code()),
            });
        }
    }

    /// Answers what it is asked, until the future is dropped.
    pub(super) async fn answer_questions(&self, client: &Client) -> Result<(), SubscribeError> {
        let mut questions = SelectAll::new();
        for question in [Question::Ping, Question::Info, Question::Stats] {
            for subject in self.subjects(question) {
                let asked = client.subscribe(subject).await?;
                questions.push(asked.map(move |message| (question, message)));
            }
        }
        while let Some((question, message)) = questions.next().await {
            self.answer(question, message, client).await;
        }
        Ok(())
    }

    /// Everybody is asked, those of a name, or one.
    fn subjects(&self, question: Question) -> [String; 3] {
        let verb = match question {
            Question::Ping => "PING",
            Question::Info => "INFO",
            Question::Stats => "STATS",
        };
        let (name, id) = (&self.name, &self.id);
        [
            format!("$SRV.{verb}"),
            format!("$SRV.{verb}.{name}"),
            format!("$SRV.{verb}.{name}.{id}"),
        ]
    }

    async fn answer(&self, question: Question, message: Message, client: &Client) {
        let Some(reply) = message.reply else { return };
        let answer = match question {
            Question::Ping => json(&self.ping()),
            Question::Info => json(&self.info()),
            Question::Stats => json(&self.stats()),
        };
        if let Err(error) = client.publish(reply, answer.into()).await {
            tracing::debug!(%error, "a question about a service is not answered");
        }
    }

    fn ping(&self) -> PingResponse {
        PingResponse {
            kind: "io.nats.micro.v1.ping_response".to_owned(),
            name: self.name.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            metadata: HashMap::new(),
        }
    }

    fn info(&self) -> Info {
        let endpoint = |(name, (subject, _)): (&String, &(String, _))| endpoint::Info {
            name: name.clone(),
            subject: subject.clone(),
            queue_group: self.group.clone(),
            metadata: HashMap::new(),
        };
        Info {
            kind: "io.nats.micro.v1.info_response".to_owned(),
            name: self.name.clone(),
            id: self.id.clone(),
            description: self.description.clone(),
            version: self.version.clone(),
            metadata: HashMap::new(),
            endpoints: self.endpoints.iter().map(endpoint).collect(),
        }
    }

    fn stats(&self) -> Statistics {
        let endpoint = |(name, (subject, figures)): (&String, &(String, Mutex<Figures>))| {
            let figures = lock(figures).clone();
            let requests = u32::try_from(figures.requests).unwrap_or(u32::MAX);
            endpoint::Stats {
                name: name.clone(),
                subject: subject.clone(),
                requests: figures.requests,
                errors: figures.errors,
                processing_time: figures.time,
                average_processing_time: figures.time.checked_div(requests).unwrap_or_default(),
                last_error: figures.last_error,
                // There is none, but some clients want the field.
                data: Some(serde_json::Value::Null),
                queue_group: self.group.clone(),
            }
        };
        let stats = Stats {
            kind: "io.nats.micro.v1.stats_response".to_owned(),
            name: self.name.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            started: self.started,
            endpoints: self.endpoints.iter().map(endpoint).collect(),
        };
        Statistics {
            stats,
            metadata: HashMap::new(),
        }
    }
}

/// Returns the time in microseconds, and never a whole second: some clients read no other texts.
fn now() -> DateTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let microseconds =
        i128::from(since.as_secs()) * 1_000_000 + i128::from(since.subsec_micros().max(1));
    datetime::from_nanos(microseconds * 1000).unwrap_or_else(|_| datetime::now())
}

fn lock(figures: &Mutex<Figures>) -> MutexGuard<'_, Figures> {
    figures.lock().unwrap_or_else(PoisonError::into_inner)
}

fn json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("texts and numbers always have a form in JSON")
}
