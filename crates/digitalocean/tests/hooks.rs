//! Hooks on a client that talks to the stand-in over real sockets (B29).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use snapline_digitalocean::{Attempted, Client, Error, Hook, HookError, Outgoing};
use snapline_mock::{Builder, Mock};
use snapline_runtime::{CallOptions, ErrorKind, Settings};

const TOKEN: &str = "dop_v1_long_enough";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Looks,
    FailsBefore,
    PanicsBefore,
    FailsAfter,
    PanicsAfter,
    TakesTheToken,
}

type Seen = Arc<Mutex<Vec<String>>>;

struct Spy {
    seen: Seen,
    does: Does,
}

impl Hook for Spy {
    fn before_send(&self, request: &mut Outgoing) -> Result<(), HookError> {
        let told = format!("{request:?}");
        assert!(!told.contains(TOKEN) && !request.headers().contains_key("authorization"));
        let (method, operation) = (request.method(), request.operation());
        let line = format!(
            "{method} {operation} {} {}",
            request.attempt(),
            request.url()
        );
        self.seen.lock().unwrap().push(line);
        match self.does {
            Does::FailsBefore => return Err("no trace".into()),
            Does::PanicsBefore => panic!("no {}", "trace"),
            Does::TakesTheToken => request.set_header("Authorization", "Bearer other"),
            _ => request.set_header("traceparent", PARENT),
        }
        Ok(())
    }

    fn after_answer(&self, attempted: &Attempted) -> Result<(), HookError> {
        assert!(!format!("{attempted:?}").contains(TOKEN));
        assert!(attempted.elapsed() > Duration::ZERO);
        let line = format!(
            "{} {} {:?} {}",
            attempted.operation(),
            attempted.attempt(),
            attempted.status(),
            attempted.error().is_some()
        );
        self.seen.lock().unwrap().push(line);
        match self.does {
            Does::FailsAfter => Err("no trace".into()),
            Does::PanicsAfter => panic!("no trace"),
            _ => Ok(()),
        }
    }
}

fn start(builder: Builder) -> Mock {
    let quick = builder.settle(Duration::ZERO).record(true);
    quick.start_blocking().unwrap()
}

fn client(mock: &Mock, does: Does) -> (Client, Seen) {
    let seen = Seen::default();
    let settings = Settings::default()
        .base_url(mock.url())
        .backoff_base(Duration::from_millis(1))
        .backoff_cap(Duration::from_millis(2));
    let client = Client::builder()
        .token(TOKEN)
        .settings(settings)
        .hook(Spy {
            seen: Arc::clone(&seen),
            does,
        })
        .build()
        .unwrap();
    (client, seen)
}

// What a client that only reads, and one that makes a tag, come to.
async fn calls(client: &Client) -> [Result<(), Error>; 2] {
    let listed = client.tags().list().send().await.map(drop);
    let made = client.tags().create("hooked").send().await.map(drop);
    [listed, made]
}

fn posts(mock: &Mock) -> usize {
    let requests = mock.requests();
    requests.iter().filter(|one| one.method == "POST").count()
}

#[tokio::test]
async fn b29_a_hook_sees_each_attempt_and_adds_a_header() {
    let mock = start(Mock::builder().faults(true));
    let (client, seen) = client(&mock, Does::Looks);
    let fault = CallOptions::default().header("x-mock-fault", "503*2");
    client.tags().list().options(fault).send().await.unwrap();
    let url = format!("{}/v2/tags", mock.url());
    let wanted: Vec<String> = [(1, 503), (2, 503), (3, 200)]
        .into_iter()
        .flat_map(|(attempt, status)| {
            [
                format!("GET tags_list {attempt} {url}?per_page=200"),
                format!("tags_list {attempt} Some({status}) false"),
            ]
        })
        .collect();
    assert_eq!(*seen.lock().unwrap(), wanted);
    let requests = mock.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        let headers: BTreeMap<String, String> = request.headers.into_iter().collect();
        assert_eq!(headers.get("traceparent").unwrap(), PARENT);
        assert_eq!(
            headers.get("authorization").unwrap(),
            &format!("Bearer {TOKEN}")
        );
    }
}

#[tokio::test]
async fn b29_a_hook_that_fails_before_lets_nothing_out() {
    for (does, why) in [
        (Does::FailsBefore, "no trace"),
        (Does::PanicsBefore, "it panicked: no trace"),
        (
            Does::TakesTheToken,
            "the header `authorization` is set by the client itself",
        ),
    ] {
        let mock = start(Mock::builder());
        let (client, seen) = client(&mock, does);
        for outcome in calls(&client).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Hook);
            let wanted = format!("the hook `before_send` failed: {why}");
            assert!(error.message().contains(&wanted), "{error}");
            assert!(!error.outcome_unknown() && error.attempts().is_empty());
        }
        assert_eq!(seen.lock().unwrap().len(), 2);
        assert!(mock.requests().is_empty());
    }
}

#[tokio::test]
async fn b29_a_hook_that_fails_after_says_whether_the_service_acted() {
    for (does, why) in [
        (Does::FailsAfter, "no trace"),
        (Does::PanicsAfter, "it panicked: no trace"),
    ] {
        let mock = start(Mock::builder().faults(true));
        let (client, _) = client(&mock, does);
        let [listed, made] = calls(&client).await.map(Result::unwrap_err);
        for error in [&listed, &made] {
            assert_eq!(error.kind(), ErrorKind::Hook);
            let wanted = format!("the hook `after_answer` failed: {why}");
            assert!(error.message().contains(&wanted), "{error}");
            assert_eq!(error.attempts().len(), 1);
        }
        assert!(!listed.outcome_unknown() && made.outcome_unknown());
        assert_eq!((made.status(), posts(&mock)), (Some(201), 1));
        // What was refused was not done.
        let fault = CallOptions::default().header("x-mock-fault", "422*1");
        let refused = client.tags().create("other").options(fault);
        let again = refused.send().await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Hook);
        assert!(!again.outcome_unknown(), "{again}");
    }
}

#[tokio::test]
async fn b29_a_hook_hears_that_no_answer_came() {
    let settings = Settings::default()
        .base_url("http://127.0.0.1:9")
        .max_attempts(1);
    let seen = Seen::default();
    let client = Client::builder()
        .token(TOKEN)
        .settings(settings)
        .hook(Spy {
            seen: Arc::clone(&seen),
            does: Does::Looks,
        })
        .build()
        .unwrap();
    let error = client.tags().list().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(
        seen.lock().unwrap().last().unwrap(),
        "tags_list 1 None true"
    );
}
