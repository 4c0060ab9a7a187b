//! The grid of this process, where no real one is named.

use std::sync::{OnceLock, mpsc};

use portway_grid::{Grid, GridConfiguration, Listener};

static ADDRESS: OnceLock<String> = OnceLock::new();

/// Where it listens. It runs until the process ends, on a thread of its own: the runtime of a test
/// ends with the test.
pub(crate) fn address() -> String {
    let start = || {
        let (sender, address) = mpsc::channel();
        std::thread::spawn(move || serve(&sender));
        address.recv().unwrap()
    };
    ADDRESS.get_or_init(start).clone()
}

fn serve(address: &mpsc::Sender<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
        address.send(listener.address().to_string()).unwrap();
        grid.serve(listener);
        std::future::pending::<()>().await;
    });
}
