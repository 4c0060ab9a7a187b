//! What is said over the control socket.

use std::sync::Arc;

use portway_dataplane::{AccessRule, AccessRules, Workers};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{report, run::Running};

/// Bytes of a request or an answer with its line feed. Ten thousand access rules of IPv6 fit.
pub(super) const LONGEST_LINE: usize = 2 << 20;

/// Access rules that may be in force; further ones are refused. What is asked of the modes is ten thousand.
const MOST_RULES: usize = 100_000;

/// What can be asked for. Those without arguments have braces too, or serde would take any for them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    /// What ports and threads have counted.
    Statistics {},
    /// Lets a thread serve its ports again; all threads, if none is named.
    Start {
        #[serde(default)]
        thread: Option<String>,
    },
    /// Lets a thread leave its ports alone; all threads, if none is named.
    Stop {
        #[serde(default)]
        thread: Option<String>,
    },
    /// The access rules, in their order.
    Rules {},
    /// Puts these access rules in the place of all others.
    SetRules { rules: Vec<String> },
    /// Adds access rules behind the others.
    AddRules { rules: Vec<String> },
    /// Removes the rules that read like one of these.
    RemoveRules { rules: Vec<String> },
}

/// Answers one line.
pub(super) fn answer(line: &[u8], running: &Running) -> Value {
    let request: Result<Request, _> = serde_json::from_slice(line);
    let answer = request
        .map_err(|error| format!("this is no request: {error}"))
        .and_then(|request| obey(request, running));
    match answer {
        Ok(Value::Object(mut fields)) => {
            fields.insert("ok".to_owned(), true.into());
            Value::Object(fields)
        }
        Ok(other) => other,
        Err(error) => refusal(&error),
    }
}

/// The answer to what cannot be done.
pub(super) fn refusal(error: &str) -> Value {
    json!({"ok": false, "error": error})
}

fn obey(request: Request, running: &Running) -> Result<Value, String> {
    let workers = &running.workers;
    match request {
        Request::Statistics {} => serde_json::to_value(report::of(running)).map_err(text),
        Request::Start { thread } => done(workers.resume(thread.as_deref())),
        Request::Stop { thread } => done(workers.pause(thread.as_deref())),
        Request::Rules {} => Ok(tell(&running.rules.current())),
        Request::SetRules { rules } => change(running, |_| parse(&rules)),
        Request::AddRules { rules } => change(running, |old| {
            let mut all = old.to_vec();
            all.extend(parse(&rules)?);
            Ok(all)
        }),
        Request::RemoveRules { rules } => change(running, |old| {
            let unwanted = parse(&rules)?;
            let kept = old.iter().filter(|rule| !unwanted.contains(rule));
            Ok(kept.copied().collect())
        }),
    }
}

/// Compiles new rules and puts them in force; tells how many there are now.
fn change(
    running: &Running,
    make: impl FnOnce(&[AccessRule]) -> Result<Vec<AccessRule>, String>,
) -> Result<Value, String> {
    running.rules.change(|old| {
        let rules = make(old.rules())?;
        if rules.len() > MOST_RULES {
            return Err(format!("at most {MOST_RULES} rules can be in force"));
        }
        let rules = Arc::new(AccessRules::new(rules));
        put_in_force(&running.workers, &rules)?;
        Ok(rules)
    })?;
    Ok(json!({"count": running.rules.current().rules().len()}))
}

fn put_in_force(workers: &Workers, rules: &Arc<AccessRules>) -> Result<(), String> {
    workers.replace_rules(rules).map_err(text)
}

fn parse(rules: &[String]) -> Result<Vec<AccessRule>, String> {
    let parsed = rules.iter().map(|rule| rule.parse().map_err(text));
    parsed.collect()
}

fn tell(rules: &AccessRules) -> Value {
    let rules = rules.rules().iter().map(ToString::to_string);
    json!({"rules": rules.collect::<Vec<_>>()})
}

fn done(result: Result<(), impl std::fmt::Display>) -> Result<Value, String> {
    result.map(|()| json!({})).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_a_request_does_not_have_are_refused() {
        for command in ["statistics", "start", "stop", "rules"] {
            let plain = json!({"command": command});
            assert!(
                serde_json::from_value::<Request>(plain).is_ok(),
                "{command}"
            );
            let wrong = json!({"command": command, "thraed": "fwd:0"});
            let error = serde_json::from_value::<Request>(wrong).unwrap_err();
            assert!(error.to_string().contains("`thraed`"), "{error}");
        }
    }
}
