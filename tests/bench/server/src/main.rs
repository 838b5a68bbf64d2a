//! `snapline-bench-server ANSWERS`: answers at once what the workloads of plan.toml ask, over HTTP/1.1 and TLS.
//!
//! It prints where it listens as its first line, `HTTP_URL HTTPS_URL CA_FILE`, and ends with its standard input. The first
//! part of a path says how many things there are: `/10000/v2/snapshots`.

mod answers;

use std::convert::Infallible;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use snapline_fault_server::Certificates;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::answers::Answers;

type Error = Box<dyn std::error::Error + Send + Sync>;

// One thread: its time is not measured, and on a small machine the clients need the other core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Error> {
    let file = std::env::args_os()
        .nth(1)
        .ok_or("give the file of the answers")?;
    let answers = Arc::new(Mutex::new(Answers::read(Path::new(&file))?));
    // Thousands of tasks have a connection each.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let certificates = Certificates::make()?;
    let acceptor = TlsAcceptor::from(Arc::new(certificates.good()?));
    let plain = listener()?;
    let secure = listener()?;
    println!(
        "http://{} https://{} {}",
        plain.local_addr()?,
        secure.local_addr()?,
        certificates.ca_file().display()
    );
    std::io::stdout().flush()?;
    let mut input = tokio::io::stdin();
    let mut ignored = [0; 64];
    loop {
        tokio::select! {
            accepted = plain.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                tokio::spawn(connection(stream, Arc::clone(&answers)));
            }
            accepted = secure.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                let (acceptor, answers) = (acceptor.clone(), Arc::clone(&answers));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection(stream, answers).await;
                    }
                });
            }
            read = input.read(&mut ignored) => {
                if read? == 0 {
                    return Ok(());
                }
            }
        }
    }
}

fn listener() -> Result<TcpListener, Error> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    Ok(socket.listen(4096)?)
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    answers: Arc<Mutex<Answers>>,
) {
    let service = service_fn(move |request| answer(request, Arc::clone(&answers)));
    // A client that goes away is no fault.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Mutex<Answers>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    // Read whole, so that the connection can be used again.
    let read = body.collect().await.is_ok();
    let found = answers.lock().unwrap_or_else(PoisonError::into_inner).find(
        &head.method,
        head.uri.path(),
        head.uri.query().unwrap_or_default(),
    );
    let (status, body) = match found {
        // As the service answers; some clients take nothing else.
        Some(body) if read && head.method == Method::POST => (StatusCode::CREATED, body),
        Some(body) if read => (StatusCode::OK, body),
        _ => (StatusCode::NOT_FOUND, Bytes::from_static(b"{}")),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    for (name, value) in [
        ("content-type", "application/json"),
        ("ratelimit-limit", "5000"),
        ("ratelimit-remaining", "4999"),
        ("ratelimit-reset", "1900000000"),
    ] {
        response.headers_mut().insert(
            http::HeaderName::from_static(name),
            http::HeaderValue::from_static(value),
        );
    }
    Ok(response)
}
