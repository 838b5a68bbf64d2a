//! A raw HTTP client, so that tests can send what a real client never would.
#![allow(dead_code, reason = "each test file uses a part of it")]
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use snapline_mock::{Builder, Mock};

/// A server whose things are done at once.
pub(crate) fn quick() -> Mock {
    start(Mock::builder().settle(Duration::ZERO))
}

pub(crate) fn start(builder: Builder) -> Mock {
    builder.start_blocking().unwrap()
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The text at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> String {
        match self.json().pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => panic!("nothing at {pointer}: {self:?}"),
        }
    }

    pub(crate) fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{self:?}");
        self
    }
}

/// One connection, kept open between requests.
pub(crate) struct Client {
    stream: TcpStream,
    /// What stands before every path: empty, or `/case/<name>/<run>`.
    pub(crate) prefix: String,
}

impl Client {
    pub(crate) fn new(mock: &Mock) -> Self {
        Self::to(&mock.url())
    }

    pub(crate) fn to(url: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap();
        let (host, prefix) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let stream = TcpStream::connect(host).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            prefix: prefix.to_owned(),
        }
    }

    /// Sends a request with exactly these headers, beside Host and Content-Length.
    pub(crate) fn raw(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        self.write(method, path, headers, body);
        self.read()
    }

    /// Whether a request was carried out without an answer, as far as a client sees.
    pub(crate) fn is_lost(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> bool {
        self.write(method, path, headers, body);
        self.stream.read(&mut [0]).unwrap() == 0
    }

    /// Everything that comes in answer to a GET, until the connection is closed.
    pub(crate) fn until_the_end(&mut self, path: &str) -> String {
        self.write("GET", path, &[("Authorization", "Bearer test")], b"");
        let mut whole = Vec::new();
        self.stream.read_to_end(&mut whole).unwrap();
        String::from_utf8(whole).unwrap()
    }

    fn write(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let host = self.stream.peer_addr().unwrap();
        let prefix = &self.prefix;
        let mut head = format!("{method} {prefix}{path} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.write_all(&bytes).unwrap();
    }

    /// Sends a request as a well-behaved client does.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let mut headers = vec![
            ("Authorization", "Bearer test"),
            ("User-Agent", "snapline/0 test/0"),
        ];
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        self.raw(method, path, &headers, body.as_bytes())
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, None)
    }

    pub(crate) fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(&body))
    }

    pub(crate) fn delete(&mut self, path: &str) -> Reply {
        self.send("DELETE", path, None)
    }

    fn read(&mut self) -> Reply {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            let read = self.stream.read(&mut chunk).unwrap();
            assert!(read > 0, "the connection closed early");
            bytes.extend_from_slice(&chunk[..read]);
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(0, |(_, value)| value.parse().unwrap());
        let mut body = bytes[end + 4..].to_vec();
        while body.len() < length {
            let read = self.stream.read(&mut chunk).unwrap();
            assert!(read > 0, "the connection closed early");
            body.extend_from_slice(&chunk[..read]);
        }
        Reply {
            status,
            headers,
            text: String::from_utf8(body).unwrap(),
        }
    }

    /// Makes a share and gives its id.
    pub(crate) fn share(&mut self, name: &str) -> String {
        let body = serde_json::json!({"name": name, "size_gib": 60, "region": "ams3", "vpc_ids": ["vpc-1"]});
        self.post("/v2/nfs", body).ok().at("/share/id")
    }

    /// Asks until a text stands at a pointer, for at most five seconds.
    pub(crate) fn until(&mut self, path: &str, pointer: &str, expected: &str) {
        let begun = Instant::now();
        loop {
            let reply = self.get(path).ok();
            if reply.at(pointer) == expected {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "never {expected}: {reply:?}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
