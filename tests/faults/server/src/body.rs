//! The bytes of an answer.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::script::{Framing, Gzip, Step};

/// What stands for what in headers and bodies.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    pub(crate) base: String,
    pub(crate) other: String,
    pub(crate) token: String,
}

impl Words {
    /// Puts the real values in.
    pub(crate) fn fill(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let text = text
            .replace("{base}", &self.base)
            .replace("{other}", &self.other)
            .replace("{token}", &self.token);
        fill_times(&text)
    }
}

/// Puts times in: `{date:+2}` as HTTP writes them, `{unix:+2}` in seconds, `{time:+2}` as RFC 3339 has them.
#[must_use]
pub fn fill_times(text: &str) -> String {
    let text = times(text, "{date:", httpdate::fmt_http_date);
    let text = times(&text, "{time:", |moment| {
        let written = OffsetDateTime::from(moment).format(&Rfc3339);
        written.unwrap_or_default()
    });
    times(&text, "{unix:", |moment| {
        moment
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
            .to_string()
    })
}

fn times(text: &str, mark: &str, write: impl Fn(SystemTime) -> String) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        done.push_str(before);
        match after.split_once('}') {
            Some((offset, tail)) => {
                let offset: i64 = offset.parse().unwrap_or(0);
                let by = Duration::from_secs(offset.unsigned_abs());
                let now = SystemTime::now();
                let moment = if offset < 0 {
                    now.checked_sub(by)
                } else {
                    now.checked_add(by)
                };
                done.push_str(&write(moment.unwrap_or(now)));
                rest = tail;
            }
            None => {
                done.push_str(mark);
                rest = after;
            }
        }
    }
    done.push_str(rest);
    done
}

/// An answer ready to be written.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The answer of a step that has one.
    pub(crate) fn of(step: &Step, words: &Words) -> Option<Self> {
        let mut reply = Self {
            status: step.status?,
            headers: Vec::new(),
            body: Bytes::from(content(step, words)),
        };
        if step.json.is_some() {
            let json = "application/json".to_owned();
            reply.headers.push(("content-type".to_owned(), json));
        }
        Some(reply.spoilt(step, words))
    }

    /// The same with the step's status and headers, and packed as it says.
    pub(crate) fn spoilt(mut self, step: &Step, words: &Words) -> Self {
        self.status = step.status.unwrap_or(self.status);
        let replaced = |name: &str| {
            let mut names = step.headers.iter().map(|(name, _)| name);
            names.any(|own| own.eq_ignore_ascii_case(name))
        };
        let mut headers: Vec<(String, String)> = step
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), words.fill(value)))
            .collect();
        self.headers.retain(|(name, _)| !replaced(name));
        headers.append(&mut self.headers);
        if let Some(gzip) = step.gzip {
            self.body = Bytes::from(pack(&self.body, gzip));
            headers.push(("content-encoding".into(), "gzip".into()));
        }
        Self { headers, ..self }
    }

    /// The answer in HTTP/1.1: its head, and its body as it goes over the wire.
    pub(crate) fn http1(&self, step: &Step) -> (Vec<u8>, Bytes) {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut body = self.body.clone();
        match step.framing {
            Framing::Length => {
                let length = step.content_length.unwrap_or(body.len() as u64);
                // These have no body, and a length would be wrong.
                if !matches!(self.status, 204 | 304) || step.content_length.is_some() {
                    head.push_str(&format!("content-length: {length}\r\n"));
                }
            }
            Framing::Chunked => {
                head.push_str("transfer-encoding: chunked\r\n");
                let mut chunks = Vec::new();
                for chunk in body.chunks(4096) {
                    chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    chunks.extend_from_slice(chunk);
                    chunks.extend_from_slice(b"\r\n");
                }
                chunks.extend_from_slice(b"0\r\n\r\n");
                body = Bytes::from(chunks);
            }
            Framing::Close => head.push_str("connection: close\r\n"),
            Framing::None => body = Bytes::new(),
        }
        head.push_str("\r\n");
        if let Some(most) = step.send_bytes {
            body.truncate(most);
        }
        (head.into_bytes(), body)
    }
}

fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}

fn content(step: &Step, words: &Words) -> Vec<u8> {
    if let Some(json) = &step.json {
        return words.fill(&json.to_string()).into_bytes();
    }
    if let Some(text) = &step.text {
        return words.fill(text).into_bytes();
    }
    if let Some(hex) = &step.hex {
        let digits: Vec<u8> = hex
            .chars()
            .filter_map(|c| c.to_digit(16))
            .filter_map(|digit| u8::try_from(digit).ok())
            .collect();
        return digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect();
    }
    if let Some(repeat) = &step.repeat {
        let mut body = repeat.before.clone().into_bytes();
        body.extend_from_slice(&repeat.unit.as_bytes().repeat(repeat.times));
        body.extend_from_slice(repeat.after.as_bytes());
        return body;
    }
    Vec::new()
}

fn pack(body: &[u8], gzip: Gzip) -> Vec<u8> {
    match gzip {
        Gzip::Not => return body.to_vec(),
        Gzip::Two => {
            let (first, second) = body.split_at(body.len() / 2);
            return [pack(first, Gzip::Good), pack(second, Gzip::Good)].concat();
        }
        Gzip::Good | Gzip::Cut | Gzip::Checksum => {}
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a Vec cannot fail.
    let mut packed = match encoder.write_all(body).and_then(|()| encoder.finish()) {
        Ok(packed) => packed,
        Err(_) => return Vec::new(),
    };
    match gzip {
        Gzip::Cut => packed.truncate(packed.len() / 2),
        Gzip::Checksum => {
            // The last eight bytes are the checksum and the length.
            let place = packed.len().saturating_sub(8);
            if let Some(byte) = packed.get_mut(place) {
                *byte ^= 0xff;
            }
        }
        Gzip::Good | Gzip::Two | Gzip::Not => {}
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_filled_in() {
        let words = Words {
            base: "http://b".into(),
            other: "http://o".into(),
            token: "t".into(),
        };
        assert_eq!(
            words.fill("{base}/x {other} {token} {"),
            "http://b/x http://o t {"
        );
        let date = httpdate::parse_http_date(&words.fill("{date:+60}")).unwrap();
        let ahead = date.duration_since(SystemTime::now()).unwrap();
        assert!((58..=60).contains(&ahead.as_secs()), "{ahead:?}");
        let unix: u64 = words.fill("{unix:-5}").parse().unwrap();
        assert!(unix > 1_700_000_000);
        assert_eq!(words.fill("{unix:"), "{unix:");
    }
}
