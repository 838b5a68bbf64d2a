//! The client against the stand-in, which checks signatures, times, tokens and every request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use snapline_mock::ovhcloud::{
    APPLICATION_KEY, APPLICATION_SECRET, CLIENT_ID, CLIENT_SECRET, CONSUMER_KEY, TOKENS,
};
use snapline_mock::{Builder, Mock, Recorded};
use snapline_ovhcloud::models::{NetappProtocol, NetappShareStatus, NetappSnapshotType};
use snapline_ovhcloud::{CallOptions, Client, ClientBuilder, ErrorKind, Nullable};

/// More than any of these waits takes.
const SOON: Duration = Duration::from_secs(10);
const QUICK: Duration = Duration::from_millis(5);

fn mock(builder: Builder) -> Mock {
    builder
        .settle(Duration::from_millis(20))
        .faults(true)
        .start_blocking()
        .unwrap()
}

fn plain(mock: &Mock) -> ClientBuilder {
    Client::builder()
        .base_url(mock.ovhcloud_url())
        .backoff_base(Duration::from_millis(1))
        .backoff_cap(Duration::from_millis(2))
}

fn signing(mock: &Mock) -> Client {
    plain(mock)
        .application_key(APPLICATION_KEY)
        .application_secret(APPLICATION_SECRET)
        .consumer_key(CONSUMER_KEY)
        .build()
        .unwrap()
}

fn account(mock: &Mock) -> Client {
    plain(mock)
        .client_id(CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .token_url(mock.ovhcloud_token_url())
        .build()
        .unwrap()
}

fn to(mock: &Mock, path: &str) -> Vec<Recorded> {
    let all = mock.requests().into_iter();
    all.filter(|request| request.target.ends_with(path))
        .collect()
}

fn clocks(mock: &Mock) -> usize {
    to(mock, "/auth/time").len()
}

fn tokens(mock: &Mock) -> usize {
    to(mock, TOKENS).len()
}

#[tokio::test]
async fn the_life_of_a_snapshot_with_signed_requests() {
    let mock = mock(Mock::builder());
    let client = signing(&mock);
    let service = client.netapp().list().send().await.unwrap()[0].id.clone();
    let shares = client.netapp().shares();
    let snapshots = client.netapp().snapshots();
    let share = shares
        .create(&service, NetappProtocol::Nfs, 100)
        .name("scans")
        .send()
        .await
        .unwrap();
    assert_eq!(share.status, Some(NetappShareStatus::Creating));
    let early = snapshots
        .create(&service, &share.id)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (early.status(), early.code()),
        (Some(409), Some("Client::Conflict"))
    );
    shares
        .wait_until_available(&service, &share.id)
        .first_interval(QUICK)
        .timeout(SOON)
        .await
        .unwrap();

    let taken = snapshots
        .create(&service, &share.id)
        .name("before")
        .send()
        .await
        .unwrap();
    assert_eq!(taken.type_, Some(NetappSnapshotType::Manual));
    let ready = snapshots
        .wait_until_available(&service, &share.id, &taken.id)
        .first_interval(QUICK)
        .timeout(SOON)
        .await
        .unwrap();
    assert!(ready.path.unwrap().ends_with(".snapshot/before"));

    // Without details only ids come.
    let short = snapshots.list(&service, &share.id).send().await.unwrap();
    assert_eq!(short.len(), 2);
    assert!(short.iter().all(|snapshot| snapshot.name.is_none()));
    let long = snapshots
        .list(&service, &share.id)
        .detail(true)
        .send()
        .await
        .unwrap();
    let automatic = long
        .iter()
        .find(|snapshot| snapshot.type_ == Some(NetappSnapshotType::Automatic))
        .unwrap();
    let held = snapshots
        .hold(&service, &share.id, &automatic.id)
        .send()
        .await
        .unwrap();
    assert_ne!(held.id, automatic.id);
    assert_eq!(held.type_, Some(NetappSnapshotType::Manual));

    let renamed = snapshots
        .update(&service, &share.id, &taken.id)
        .description(Nullable::Null)
        .name("after")
        .send()
        .await
        .unwrap();
    assert_eq!(renamed.name.as_deref(), Some("after"));
    let sent = mock.requests();
    let put = sent.iter().rev().find(|request| request.method == "PUT");
    assert!(String::from_utf8_lossy(&put.unwrap().body).contains(r#""description":null"#));

    let refused = shares.delete(&service, &share.id).send().await.unwrap_err();
    assert!(
        refused.message().contains("manual snapshots, 2"),
        "{refused}"
    );
    assert!(
        refused.request_id().unwrap().starts_with("EU.ext-mock."),
        "{refused:?}"
    );
    for id in [&taken.id, &held.id] {
        snapshots
            .delete(&service, &share.id, id)
            .send()
            .await
            .unwrap();
        snapshots
            .wait_until_deleted(&service, &share.id, id)
            .first_interval(QUICK)
            .timeout(SOON)
            .await
            .unwrap();
    }
    shares.delete(&service, &share.id).send().await.unwrap();
    shares
        .wait_until_deleted(&service, &share.id)
        .first_interval(QUICK)
        .timeout(SOON)
        .await
        .unwrap();
    assert_eq!(clocks(&mock), 1, "the time is asked once");
}

#[tokio::test]
async fn a_share_holds_200_snapshots() {
    let mock = mock(Mock::builder().settle(Duration::ZERO));
    let client = plain(&mock).token("ready").build().unwrap();
    let service = client.netapp().list().send().await.unwrap()[0].id.clone();
    let shares = client.netapp().shares();
    let share = shares
        .create(&service, NetappProtocol::Nfs, 100)
        .send()
        .await
        .unwrap();
    shares
        .wait_until_available(&service, &share.id)
        .first_interval(QUICK)
        .await
        .unwrap();
    let snapshots = client.netapp().snapshots();
    // One was taken by the policy.
    for _ in 1..200 {
        snapshots.create(&service, &share.id).send().await.unwrap();
    }
    let full = snapshots
        .create(&service, &share.id)
        .send()
        .await
        .unwrap_err();
    assert_eq!(full.status(), Some(409));
    assert!(full.message().contains("200 snapshots"), "{full}");
}

#[tokio::test]
async fn b1_a_clock_that_is_off_is_asked_once_and_again_when_it_moved() {
    let mock = mock(Mock::builder().clock_ahead(7200));
    let client = signing(&mock);
    for _ in 0..3 {
        client.netapp().list().send().await.unwrap();
    }
    assert_eq!(clocks(&mock), 1);
    mock.set_clock_ahead(-7200);
    // A POST, too: it was refused at the gate and not carried out.
    let service = "5e8a1f70-3c24-4b6d-9a17-d20f4c8be631";
    let made = client
        .netapp()
        .shares()
        .create(service, NetappProtocol::Nfs, 100)
        .options(CallOptions::default().max_attempts(1));
    let made = made.send_raw().await.unwrap();
    let seen: Vec<_> = made
        .attempts()
        .iter()
        .map(|attempt| attempt.status)
        .collect();
    assert_eq!(seen, [Some(400), Some(201)]);
    assert_eq!(clocks(&mock), 2);
    let requests = mock.requests();
    let posts: Vec<_> = requests
        .iter()
        .filter(|request| request.method == "POST")
        .collect();
    assert_ne!(
        posts[0].header("x-ovh-signature"),
        posts[1].header("x-ovh-signature")
    );
}

#[tokio::test]
async fn b1_each_attempt_has_a_signature_of_its_own() {
    let mock = mock(Mock::builder());
    let client = signing(&mock);
    let options = CallOptions::default()
        .header("x-mock-fault", "503*2,delay:600")
        .max_attempts(3);
    client
        .netapp()
        .list()
        .options(options)
        .send()
        .await
        .unwrap();
    let requests = to(&mock, "/storage/netapp");
    assert_eq!(requests.len(), 3);
    let of = |name: &str| -> std::collections::BTreeSet<String> {
        requests
            .iter()
            .map(|request| request.header(name).unwrap().to_owned())
            .collect()
    };
    // The stand-in would have refused one that does not fit its time.
    assert!(
        of("x-ovh-timestamp").len() >= 2,
        "{:?}",
        of("x-ovh-timestamp")
    );
    assert_eq!(of("x-ovh-timestamp").len(), of("x-ovh-signature").len());
    assert_eq!(clocks(&mock), 1);
}

#[tokio::test]
async fn b1_b15_signatures_cover_queries_and_odd_characters() {
    let mock = mock(Mock::builder());
    let client = signing(&mock);
    let service = "5e8a1f70-3c24-4b6d-9a17-d20f4c8be631";
    let netapp = client.netapp();
    let shares = netapp.shares();
    shares
        .list(service)
        .detail(true)
        .mount_point_name("a b+c&d=é%")
        .send()
        .await
        .unwrap();
    // No such share, but a sound signature: the API answers, not the gate.
    let error = shares.get(service, "a b/é?").send().await.unwrap_err();
    assert_eq!(error.code(), Some("Client::NotFound"), "{error}");
    let path = format!("/storage/netapp/{service}/share?detail=false&");
    let options = CallOptions::default;
    client.request("GET", &path, None, options()).await.unwrap();
    let error = client
        .request("GET", "/storage/netapp?", None, options())
        .await;
    error.unwrap();
}

#[tokio::test]
async fn b1_b8_bad_credentials_are_told_as_the_gate_tells_them() {
    let mock = mock(Mock::builder());
    let client = plain(&mock)
        .application_key(APPLICATION_KEY)
        .application_secret("hunter2")
        .consumer_key(CONSUMER_KEY)
        .build()
        .unwrap();
    let error = client.netapp().list().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.code(), Some("INVALID_SIGNATURE"));
    assert!(error.request_id().is_some());
    assert_eq!(error.attempts().len(), 1);
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("hunter2"), "B19: {shown}");
}

#[tokio::test]
async fn b1_one_token_for_many_calls_at_once() {
    let mock = mock(Mock::builder());
    let client = account(&mock);
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.netapp().list().send().await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens(&mock), 1);
    // Each is refused once, one of them gets the next token.
    mock.revoke_tokens();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let options = CallOptions::default().max_attempts(1);
                client.netapp().list().options(options).send().await
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens(&mock), 2);
}

#[tokio::test]
async fn b1_a_token_is_renewed_before_it_ends() {
    let mock = mock(Mock::builder().token_life(Duration::from_secs(1)));
    let client = account(&mock);
    client.netapp().list().send().await.unwrap();
    client.netapp().list().send().await.unwrap();
    assert_eq!(tokens(&mock), 1);
    tokio::time::sleep(Duration::from_millis(930)).await;
    let listed = client.netapp().list().send_raw().await.unwrap();
    assert_eq!(tokens(&mock), 2);
    assert_eq!(listed.attempts().len(), 1, "it was not refused first");
}

#[tokio::test]
async fn b1_a_token_that_is_refused_twice_ends_the_call() {
    let mock = mock(Mock::builder().token_life(Duration::ZERO));
    let client = account(&mock);
    let error = client.netapp().list().send().await.unwrap_err();
    assert_eq!((error.status(), error.attempts().len()), (Some(401), 2));
}

#[tokio::test]
async fn b1_b19_an_unknown_account_and_a_token_url_that_is_down() {
    let mock = mock(Mock::builder());
    let client = plain(&mock)
        .client_id(CLIENT_ID)
        .client_secret("hunter2")
        .token_url(mock.ovhcloud_token_url())
        .build()
        .unwrap();
    let error = client.netapp().list().send().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert!(
        error.message().contains("no token can be got by OAuth2"),
        "{error}"
    );
    assert_eq!(error.attempts().len(), 1, "a definite refusal");
    assert!(!format!("{error:?}{client:?}").contains("hunter2"));

    let client = plain(&mock)
        .client_id(CLIENT_ID)
        .client_secret("hunter2")
        .token_url("http://127.0.0.1:1/token")
        .build()
        .unwrap();
    let service = "5e8a1f70-3c24-4b6d-9a17-d20f4c8be631";
    let call = client
        .netapp()
        .shares()
        .create(service, NetappProtocol::Nfs, 100);
    let error = call.send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(
        error.attempts().len(),
        4,
        "nothing was sent, so it may be tried again"
    );
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn b19_tokens_that_are_sent_or_received_are_not_shown() {
    let mock = mock(Mock::builder());
    let client = plain(&mock).token("ready").build().unwrap();
    let service = client.netapp().list().send().await.unwrap()[0].id.clone();
    let got = client.netapp().get_metrics_token(&service);
    let got = got.send_raw().await.unwrap();
    let token = got.value().token.clone().unwrap();
    let shown = format!("{:?} {got:?}", got.value());
    assert!(shown.contains("token: [redacted]"), "{shown}");
    assert!(!shown.contains(&token), "{shown}");
    let written = serde_json::to_value(got.value()).unwrap();
    assert_eq!(written["token"], token.as_str());

    let confirm = client.netapp().confirm_termination(&service, "hunter2");
    let shown = format!("{confirm:?}");
    assert!(
        shown.contains("[redacted]") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[tokio::test]
async fn b2_secrets_do_not_go_over_plain_http() {
    let error = Client::builder()
        .base_url("https://api.example")
        .client_id("me")
        .client_secret("hunter2")
        .token_url("http://tokens.example/token")
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("`token_url`"), "{error}");
}

#[tokio::test]
async fn b13_a_page_instead_of_json() {
    let mock = mock(Mock::builder());
    let client = plain(&mock).token("ready").build().unwrap();
    let options = CallOptions::default()
        .header("x-mock-fault", "503*1")
        .max_attempts(1);
    let error = client
        .netapp()
        .list()
        .options(options)
        .send()
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(503), None));
    assert!(error.request_id().is_some());
}
