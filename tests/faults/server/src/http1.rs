//! HTTP/1.1 by hand, since a library would not break it on demand.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::body::Reply;
use crate::listen::{Wire, hang, reset};
use crate::run::{Place, Request, State};
use crate::script::{Framing, On, Step, Then};

// Larger than any head or body that a test sends.
const MOST: usize = 1 << 20;

/// Answers requests as the steps say until the connection ends.
pub(crate) async fn serve(mut wire: impl Wire, state: &State, number: u64) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some(mut request) = read(&mut wire, &mut buffer).await? else {
            state.client_left();
            return Ok(());
        };
        request.connection = number;
        state.arrived(Place::Main, &request);
        if let Some(upstream) = &state.upstream {
            let (step, reply) = upstream.meet(&request, &state.words).await?;
            if !play(&mut wire, &step, reply, state).await? {
                return Ok(());
            }
            continue;
        }
        let Some(step) = state.step(On::Request) else {
            state.extra();
            let raw = b"HTTP/1.1 418 I'm a teapot\r\ncontent-type: application/json\r\n\
                content-length: 65\r\n\r\n\
                {\"id\":\"extra_request\",\"message\":\"The scenario ends before this.\"}";
            wire.write_all(raw).await?;
            continue;
        };
        let reply = Reply::of(&step, &state.words);
        if !play(&mut wire, &step, reply, state).await? {
            return Ok(());
        }
    }
}

/// Plays one step, with its answer if it has one; tells whether the connection goes on.
async fn play(
    wire: &mut impl Wire,
    step: &Step,
    reply: Option<Reply>,
    state: &State,
) -> io::Result<bool> {
    tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
    if let Some(raw) = &step.raw {
        write(wire, state.words.fill(raw).as_bytes(), step, true).await?;
    } else if let Some(reply) = reply {
        let (head, body) = reply.http1(step);
        if step.slow.is_none() {
            let mut whole = head;
            whole.extend_from_slice(&body);
            write(wire, &whole, step, false).await?;
        } else {
            write(wire, &head, step, true).await?;
            write(wire, &body, step, false).await?;
        }
    }
    if step.then_after_ms > 0 {
        tokio::time::sleep(Duration::from_millis(step.then_after_ms)).await;
    }
    let then = match (step.then, step.framing) {
        (Then::Keep, Framing::Close) => Then::Close,
        (then, _) => then,
    };
    match then {
        Then::Keep => return Ok(true),
        Then::Hang => {
            hang(wire).await?;
            state.client_left();
        }
        Then::Reset => reset(wire.socket()),
        Then::Close | Then::Refuse | Then::Goaway | Then::Deaf => wire.shutdown().await?,
    }
    Ok(false)
}

/// Writes at the step's pace.
async fn write(wire: &mut impl Wire, bytes: &[u8], step: &Step, head: bool) -> io::Result<()> {
    match step.slow {
        Some(slow) if slow.head || !head => {
            for piece in bytes.chunks(slow.bytes.max(1)) {
                wire.write_all(piece).await?;
                wire.flush().await?;
                tokio::time::sleep(Duration::from_millis(slow.every_ms)).await;
            }
        }
        _ => wire.write_all(bytes).await?,
    }
    wire.flush().await
}

/// The server that must not be asked: it answers, so that the mistake is seen and not a timeout.
pub(crate) async fn other(mut stream: TcpStream, state: &State) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        state.arrived(Place::Other, &request);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .await?;
    }
    Ok(())
}

/// The proxy's part of a connection; tells whether a tunnel stands. A request with a whole URL is
/// answered here, as the steps say.
pub(crate) async fn proxy(stream: &mut TcpStream, state: &State) -> io::Result<bool> {
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read(stream, &mut buffer).await? else {
            return Ok(false);
        };
        if request.method == "CONNECT" {
            state.arrived(Place::Proxy, &request);
            let status = state.proxy.status.unwrap_or(200);
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            let answer = if status == 200 {
                "HTTP/1.1 200 Connection established\r\n\r\n"
            } else {
                &answer
            };
            stream.write_all(answer.as_bytes()).await?;
            return Ok(status == 200);
        }
        state.arrived(Place::Main, &request);
        let Some(step) = state.step(On::Request) else {
            state.extra();
            return Ok(false);
        };
        let reply = Reply::of(&step, &state.words);
        if !play(stream, &step, reply, state).await? {
            return Ok(false);
        }
    }
}

/// Reads one request; nothing if the client closed the connection before one.
pub(crate) async fn read(
    wire: &mut (impl AsyncRead + AsyncWrite + Unpin),
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        if !more(wire, buffer).await? {
            return Ok(None);
        }
    };
    let head: Vec<u8> = buffer.drain(..end).collect();
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        version: "HTTP/1.1",
        ..Request::default()
    };
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            request
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let length: usize = request
        .header("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    while buffer.len() < length {
        if !more(wire, buffer).await? {
            return Ok(None);
        }
    }
    request.body = buffer.drain(..length).collect();
    Ok(Some(request))
}

async fn more(wire: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<bool> {
    if buffer.len() > MOST {
        return Err(io::Error::other("the request is too long"));
    }
    Ok(wire.read_buf(buffer).await? > 0)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
