//! Events that are no HTTP request: what a platform sends, told apart by its form.

use serde_json::Value;

/// Something that a platform sent, other than an HTTP request.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A schedule is due.
    Cron(Cron),
    /// A queue delivers messages.
    Queue(Vec<Message>),
    /// None of these: most likely an HTTP request in the platform's form.
    Other(Value),
}

/// A schedule that is due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Cron {
    /// The name of the schedule: `EventBridge`'s rule, or the name of Genezio's method.
    pub name: String,
    /// The schedule itself (five or six fields), where the platform tells it.
    pub schedule: Option<String>,
    /// When it was due (RFC 3339), where the platform tells it.
    pub time: Option<String>,
}

/// One message of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Message {
    /// The queue's name for this delivery; a failure is told by it.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// The queue it comes from (its resource name).
    pub source: String,
    /// How often it was delivered, this time included.
    pub deliveries: u32,
}

impl Event {
    /// Tells events apart: `EventBridge`'s schedules (`source` is `aws.events`), Genezio's (`genezioEventType` is `cron`), and
    /// batches of SQS (`Records` of `eventSource` `aws:sqs`).
    #[must_use]
    pub fn of(payload: Value) -> Self {
        if text(&payload, "genezioEventType") == Some("cron") {
            return Self::Cron(genezio_cron(&payload));
        }
        if text(&payload, "source") == Some("aws.events") {
            return Self::Cron(schedule(&payload));
        }
        match records(&payload) {
            Some(messages) => Self::Queue(messages),
            None => Self::Other(payload),
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn owned(value: &Value, key: &str) -> Option<String> {
    text(value, key).map(ToOwned::to_owned)
}

fn genezio_cron(payload: &Value) -> Cron {
    Cron {
        name: owned(payload, "methodName").unwrap_or_default(),
        schedule: owned(payload, "cronString"),
        time: None,
    }
}

/// The rule's name is the last part of the first resource: `arn:aws:events:REGION:ACCOUNT:rule/NAME`.
fn schedule(payload: &Value) -> Cron {
    let resource = payload.pointer("/resources/0").and_then(Value::as_str);
    let name = resource.and_then(|resource| resource.rsplit('/').next());
    Cron {
        name: name.unwrap_or_default().to_owned(),
        schedule: None,
        time: owned(payload, "time"),
    }
}

fn records(payload: &Value) -> Option<Vec<Message>> {
    let records = payload.get("Records")?.as_array()?;
    if records.is_empty() {
        return None;
    }
    records.iter().map(message).collect()
}

fn message(record: &Value) -> Option<Message> {
    if text(record, "eventSource") != Some("aws:sqs") {
        return None;
    }
    let count = record.pointer("/attributes/ApproximateReceiveCount");
    let deliveries = count
        .and_then(Value::as_str)
        .and_then(|count| count.parse().ok());
    Some(Message {
        id: owned(record, "messageId")?,
        body: owned(record, "body")?,
        source: owned(record, "eventSourceARN").unwrap_or_default(),
        deliveries: deliveries.unwrap_or(1),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_of_event_bridge_is_a_cron_event_with_the_name_of_its_rule() {
        let event = Event::of(json!({
            "source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-01-02T03:04:05Z",
            "resources": ["arn:aws:events:eu-central-1:123456789012:rule/nightly"],
        }));
        let expected = Cron {
            name: "nightly".into(),
            schedule: None,
            time: Some("2026-01-02T03:04:05Z".into()),
        };
        assert_eq!(event, Event::Cron(expected));
    }

    #[test]
    fn a_cron_event_of_genezio_has_the_name_of_its_method() {
        let event = Event::of(
            json!({"genezioEventType": "cron", "methodName": "sweep", "cronString": "* * * * *"}),
        );
        let expected = Cron {
            name: "sweep".into(),
            schedule: Some("* * * * *".into()),
            time: None,
        };
        assert_eq!(event, Event::Cron(expected));
    }

    #[test]
    fn a_batch_of_a_queue_is_its_messages() {
        let record = json!({
            "messageId": "1", "body": "work", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:q",
            "attributes": {"ApproximateReceiveCount": "3"},
        });
        let expected = Message {
            id: "1".into(),
            body: "work".into(),
            source: "arn:aws:sqs:q".into(),
            deliveries: 3,
        };
        assert_eq!(
            Event::of(json!({"Records": [record]})),
            Event::Queue(vec![expected])
        );
    }

    #[test]
    fn records_of_something_else_are_left_alone() {
        let payload = json!({"Records": [{"eventSource": "aws:s3"}]});
        assert_eq!(Event::of(payload.clone()), Event::Other(payload));
        let payload = json!({"Records": []});
        assert_eq!(Event::of(payload.clone()), Event::Other(payload));
    }
}
