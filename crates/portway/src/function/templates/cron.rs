//! A function that a schedule starts; over HTTP it tells what it did last.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Router, routing::get};
use portway_function::{App, BoxError, Cron};

#[derive(Default)]
struct Last(Mutex<Option<Cron>>);

#[portway_function::main]
async fn app() -> App {
    let last = Arc::new(Last::default());
    let shown = Arc::clone(&last);
    let router = Router::new().route("/", get(move || async move { shown.text() }));
    App::new(router).on_cron(move |cron| due(Arc::clone(&last), cron))
}

async fn due(last: Arc<Last>, cron: Cron) -> Result<(), BoxError> {
    println!("{} is due", cron.name);
    *last.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(cron);
    Ok(())
}

impl Last {
    fn text(&self) -> String {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(cron) => format!("{} was due last\n", cron.name),
            None => "nothing was due yet\n".to_owned(),
        }
    }
}
