//! What the generated client sends and reads, over a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

use snapline_runtime::Settings;
use snapline_wire::{Client, models};

/// One request as it arrived: its first line, its headers in lower case, its body.
struct Arrived {
    line: String,
    headers: Vec<String>,
    body: String,
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        let begins = format!("{name}: ");
        self.headers.iter().find_map(|line| line.strip_prefix(&begins))
    }
}

/// A server that answers each request with the next of these, and a client of it.
fn served(answers: &'static [&'static str]) -> (Client, mpsc::Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let mut headers = Vec::new();
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap();
                match header.trim_end().split_once(": ") {
                    Some((name, value)) => headers.push(format!("{}: {value}", name.to_lowercase())),
                    None => break,
                }
            }
            let mut arrived = Arrived { line: line.trim_end().to_owned(), headers, body: String::new() };
            let length = arrived.header("content-length").map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            arrived.body = String::from_utf8(body).unwrap();
            tell.send(arrived).unwrap();
            let (head, body) = answer.split_once("\n\n").unwrap();
            let head = head.replace('\n', "\r\n");
            let length = body.len();
            let mut stream = reader.into_inner();
            write!(stream, "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").unwrap();
        }
    });
    let settings = Settings::default().base_url(format!("http://{address}"));
    let client = Client::builder().token("key").settings(settings).build();
    (client.unwrap(), told)
}

#[tokio::test]
async fn o50_o51_lists_stand_under_one_name_and_json_of_a_kind_is_asked_for() {
    let (client, told) = served(&["200 OK\ncontent-type: application/vnd.wire+json\n\n{\"things\":[]}"]);
    let call = client.things().list().ids(["a", "b,c", "d e"]).sizes([1, 2]).tags(["x", "y"]).all(true);
    call.states([models::ThingsListStatesItem::Made, models::ThingsListStatesItem::Broken]).send().await.unwrap();
    let arrived = told.recv().unwrap();
    let (path, query) = arrived.line.split_once('?').unwrap();
    assert_eq!(path, "GET /things");
    let query = query.strip_suffix(" HTTP/1.1").unwrap();
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        ["all=true", "ids=a,b%2Cc,d%20e", "sizes=1%7C2", "states=made%20broken", "tags=x", "tags=y"]
    );
    let accept = arrived.header("accept").unwrap();
    assert_eq!(accept, "application/vnd.wire+json, application/json");
    assert_eq!(arrived.header("x-wire-key"), Some("key"));
    assert_eq!(arrived.header("authorization"), None);
}

#[tokio::test]
async fn o51_an_absent_and_an_empty_list_are_not_sent() {
    let (client, told) = served(&["200 OK\n\n{\"things\":[]}", "200 OK\n\n{\"things\":[]}"]);
    client.things().list().send().await.unwrap();
    client.things().list().ids(Vec::<String>::new()).send().await.unwrap();
    assert_eq!(told.recv().unwrap().line, "GET /things HTTP/1.1");
    assert_eq!(told.recv().unwrap().line, "GET /things HTTP/1.1");
}

#[tokio::test]
async fn o52_null_is_null_where_the_document_allows_it() {
    let (client, _told) = served(&[
        "200 OK\ncontent-type: application/json; charset=utf-8\n\n{\"id\":\"t\",\"job\":null,\"last\":null}",
        "200 OK\n\n{\"id\":\"t\",\"job\":{\"id\":\"j\"}}",
    ]);
    let response = client.things().get("t").send_raw().await.unwrap();
    assert!(response.drift().is_empty(), "{:?}", response.drift());
    assert_eq!((&response.value().job, &response.value().last), (&None, &None));
    let thing = client.things().get("t").send().await.unwrap();
    assert_eq!(thing.job.map(|job| job.id).as_deref(), Some("j"));
}

#[tokio::test]
async fn the_upper_half_of_uint64_is_taken_and_what_is_below_0_is_told() {
    let (client, _told) = served(&[
        "200 OK\n\n{\"id\":\"t\",\"job\":null,\"last\":null,\"size\":18446744073709551615}",
        "200 OK\n\n{\"id\":\"t\",\"job\":null,\"last\":null,\"size\":-1}",
    ]);
    let response = client.things().get("t").send_raw().await.unwrap();
    assert_eq!((response.value().size, response.drift().len()), (Some(u64::MAX), 0));
    let response = client.things().get("t").send_raw().await.unwrap();
    assert_eq!((response.value().size, response.drift().len()), (None, 1));
    assert!(String::from_utf8_lossy(response.body()).contains("-1"));
}

#[tokio::test]
async fn o49_a_problem_has_its_code_and_its_message() {
    let (client, _told) = served(&[
        "404 Not Found\ncontent-type: application/problem+json\n\n\
         {\"type\":\"https://wire.example/none\",\"title\":\"Nothing there\",\"detail\":\"There is no such thing.\"}",
        "404 Not Found\ncontent-type: application/problem+json\n\n{\"title\":\"Nothing there\"}",
    ]);
    let error = client.things().get("t").send().await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.code(), Some("https://wire.example/none"));
    assert!(error.to_string().contains("There is no such thing."), "{error}");
    let error = client.things().get("t").send().await.unwrap_err();
    assert!(error.to_string().contains("Nothing there"), "{error}");
}

#[tokio::test]
async fn o50_a_body_is_sent_as_what_the_document_calls_it() {
    let (client, told) = served(&["200 OK\n\n{\"id\":\"t\",\"job\":null,\"last\":null}"]);
    client.things().patch("t").name("new").send().await.unwrap();
    let arrived = told.recv().unwrap();
    let kinds = arrived.headers.iter().filter(|line| line.starts_with("content-type: "));
    assert_eq!(kinds.collect::<Vec<_>>(), ["content-type: application/merge-patch+json"]);
    assert_eq!(arrived.body, "{\"name\":\"new\"}");
}

#[tokio::test]
async fn o53_a_shape_goes_by_the_name_of_its_component() {
    let (client, told) = served(&["204 No Content\n\n", "204 No Content\n\n"]);
    client.pets().cat().lives(9).send().await.unwrap();
    client.pets().create(models::Pet::Dog { barks: Some(true) }).send().await.unwrap();
    assert_eq!(told.recv().unwrap().body, "{\"petType\":\"Cat\",\"lives\":9}");
    assert_eq!(told.recv().unwrap().body, "{\"petType\":\"Dog\",\"barks\":true}");
}
