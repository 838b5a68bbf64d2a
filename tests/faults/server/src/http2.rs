//! HTTP/2, with the faults that only it has.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::body::Reply;
use crate::listen::Wire;
use crate::run::{Place, Request, State};
use crate::script::{On, Step, Then};

/// Answers streams as the steps say until the connection ends.
pub(crate) async fn serve(
    wire: impl Wire + 'static,
    state: &Arc<State>,
    number: u64,
) -> io::Result<()> {
    let mut connection = h2::server::handshake(wire)
        .await
        .map_err(io::Error::other)?;
    let mut streams = JoinSet::new();
    let (sender, mut endings) = mpsc::unbounded_channel();
    loop {
        tokio::select! {
            accepted = connection.accept() => {
                let Some(accepted) = accepted else {
                    return Ok(());
                };
                let (request, respond) = accepted.map_err(io::Error::other)?;
                streams.spawn(stream(request, respond, Arc::clone(state), number, sender.clone()));
            }
            Some(_) = streams.join_next(), if !streams.is_empty() => {}
            Some(then) = endings.recv() => match then {
                Then::Goaway => connection.graceful_shutdown(),
                // Held, and not driven any more.
                Then::Deaf => std::future::pending().await,
                // Dropping it closes the socket.
                _ => return Ok(()),
            },
        }
    }
}

async fn stream(
    request: http::Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    state: Arc<State>,
    number: u64,
    sender: mpsc::UnboundedSender<Then>,
) {
    let (parts, mut body) = request.into_parts();
    let mut seen = Request {
        method: parts.method.to_string(),
        target: parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect(),
        body: Vec::new(),
        connection: number,
        version: "HTTP/2",
    };
    while let Some(Ok(piece)) = body.data().await {
        let _ = body.flow_control().release_capacity(piece.len());
        seen.body.extend_from_slice(&piece);
    }
    state.arrived(Place::Main, &seen);
    let Some(step) = state.step(On::Request) else {
        state.extra();
        respond.send_reset(Reason::INTERNAL_ERROR);
        return;
    };
    // An error here is a client that went away.
    let _ = play(&mut respond, &step, &state).await;
    if step.then_after_ms > 0 {
        tokio::time::sleep(Duration::from_millis(step.then_after_ms)).await;
    }
    match step.then {
        Then::Keep | Then::Refuse => {}
        Then::Hang => {
            let gone = std::future::poll_fn(|context| respond.poll_reset(context)).await;
            if gone.is_ok() {
                state.client_left();
            }
        }
        Then::Reset if step.status.is_none() => respond.send_reset(Reason::INTERNAL_ERROR),
        then => {
            let _ = sender.send(then);
            if then == Then::Deaf {
                // Ended here, the stream would be reset.
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn play(
    respond: &mut SendResponse<Bytes>,
    step: &Step,
    state: &State,
) -> Result<(), h2::Error> {
    tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
    if step.then == Then::Refuse {
        respond.send_reset(Reason::REFUSED_STREAM);
        return Ok(());
    }
    let Some(reply) = Reply::of(step, &state.words) else {
        return Ok(());
    };
    let mut answer = http::Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        answer = answer.header(name, value);
    }
    let Ok(answer) = answer.body(()) else {
        return Ok(());
    };
    let mut body = respond.send_response(answer, false)?;
    body.send_data(reply.body, true)
}
