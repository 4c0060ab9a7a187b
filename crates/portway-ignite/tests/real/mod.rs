//! What only real nodes do. Each file is one subject, as in the suite.

pub(crate) mod cluster;
pub(crate) mod configuration;
pub(crate) mod index_query;
pub(crate) mod invoke;
pub(crate) mod remote;
pub(crate) mod versions;

/// Declares one test for each function of this folder, as `run_suite` does for the suite.
#[macro_export]
macro_rules! run_real {
    ($client:path, $($subject:ident::{$($test:ident),+ $(,)?}),+ $(,)?) => {$(
        mod $subject {
            $(
                #[tokio::test]
                async fn $test() {
                    if let Some(client) = $client().await {
                        let test = $crate::real::$subject::$test(client.clone());
                        $crate::suite::run(client, test).await;
                    }
                }
            )+
        }
    )+};
}
