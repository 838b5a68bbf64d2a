//! Speaks with the server's control port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// The control port of a fault server.
#[derive(Clone, Debug)]
pub struct Control {
    address: String,
}

impl Control {
    /// The port at `url`, as the server prints it.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            address: url.trim_start_matches("http://").to_owned(),
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.address
    }

    /// Opens a run of a scenario, in whose answers `token` may stand.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub fn open(&self, scenario: &str, token: &str) -> Result<Value, String> {
        let body = json!({ "scenario": scenario, "token": token });
        self.ask("POST", "/open", &body)
    }

    /// Opens a run that stands before another server at `url`, on the way to which some requests meet `faults`.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub fn open_upstream(&self, url: &str, faults: &[Value], token: &str) -> Result<Value, String> {
        let upstream = json!({ "url": url, "faults": faults });
        let body = json!({ "upstream": upstream, "token": token });
        self.ask("POST", "/open", &body)
    }

    /// What arrived in a run so far.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub fn report(&self, id: &str) -> Result<Value, String> {
        self.ask("GET", &format!("/report?id={id}"), &Value::Null)
    }

    /// Ends a run; gives what arrived.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub fn close(&self, id: &str) -> Result<Value, String> {
        self.ask("POST", "/close", &json!({ "id": id }))
    }

    fn ask(&self, method: &str, target: &str, body: &Value) -> Result<Value, String> {
        let (status, answer) = self
            .exchange(method, target, &body.to_string())
            .map_err(|error| format!("the fault server: {error}"))?;
        if status == 200 {
            Ok(answer)
        } else {
            Err(format!("the fault server: {answer}"))
        }
    }

    fn exchange(&self, method: &str, target: &str, body: &str) -> std::io::Result<(u16, Value)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: control\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        // Whole: of several pieces the second would wait for the first one's acknowledgement.
        stream.write_all(request.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some(("content-length", number)) => length = number.parse().unwrap_or(0),
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        Ok((status, serde_json::from_slice(&answer).unwrap_or_default()))
    }
}
