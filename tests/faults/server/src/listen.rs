//! Listeners of a run, and what each connection becomes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::body::Words;
use crate::run::{Place, Run, State};
use crate::script::{On, Script, Step, Then};
use crate::tls::Certificates;
use crate::{Error, http1, http2};

/// A connection whose socket can be reset.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The socket below.
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for tokio_rustls::server::TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// How a connection is to be treated.
#[derive(Clone)]
struct Way {
    state: Arc<State>,
    tls: Option<Arc<ServerConfig>>,
    place: Place,
}

/// Opens the listeners of a scenario.
pub(crate) async fn open(
    script: &Script,
    token: &str,
    certificates: &Certificates,
) -> Result<Run, Error> {
    let wanted = &script.listener;
    let main = socket()?;
    let port = main.local_addr()?.port();
    let host = wanted.host.as_deref().unwrap_or("127.0.0.1");
    let scheme = if wanted.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let base = format!("{scheme}://{host}:{port}");
    let other = socket()?;
    let words = Words {
        base: base.clone(),
        other: format!("http://{}", other.local_addr()?),
        token: token.to_owned(),
    };
    let proxy = socket()?;
    let login = wanted
        .proxy
        .as_ref()
        .and_then(|proxy| proxy.login.as_ref())
        .map_or_else(String::new, |login| format!("{login}@"));
    let mut opened = json!({
        "base_url": base,
        "other_url": words.other.clone(),
        "ca_file": certificates.ca_file(),
    });
    if wanted.proxy.is_some() {
        let url = format!("http://{login}{}", proxy.local_addr()?);
        if let Some(opened) = opened.as_object_mut() {
            opened.insert("proxy".into(), json!(url));
        }
    }
    let tls = match wanted.tls {
        Some(kind) => Some(Arc::new(certificates.config(kind, &wanted.alpn)?)),
        None => None,
    };
    let state = Arc::new(State::new(script, words));
    let way = |place, tls: &Option<Arc<ServerConfig>>| Way {
        state: Arc::clone(&state),
        tls: tls.clone(),
        place,
    };
    let mut tasks = JoinSet::new();
    if wanted.refuse {
        // The socket is held, so that nobody else takes the port.
        tasks.spawn(async move {
            std::future::pending::<()>().await;
            drop(main);
        });
    } else if let Some(after) = wanted.opens_after_ms {
        let way = way(Place::Main, &tls);
        tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(after)).await;
            if let Ok(listener) = main.listen(64) {
                accept(listener, way).await;
            }
        });
    } else {
        tasks.spawn(accept(main.listen(64)?, way(Place::Main, &tls)));
    }
    if wanted.proxy.is_some() {
        tasks.spawn(accept(proxy.listen(64)?, way(Place::Proxy, &tls)));
    }
    if wanted.other {
        tasks.spawn(accept(other.listen(64)?, way(Place::Other, &None)));
    }
    Ok(Run {
        state,
        opened,
        _tasks: tasks,
    })
}

fn socket() -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Ok(socket)
}

async fn accept(listener: TcpListener, way: Way) {
    // Connections end with the listener.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, way.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, way: Way) {
    let state = Arc::clone(&way.state);
    state.opened();
    // An error here is a client that went away, which is what many scenarios are about.
    let _ = try_connection(stream, way).await;
    state.closed();
}

async fn try_connection(mut stream: TcpStream, way: Way) -> io::Result<()> {
    let _ = stream.set_nodelay(true);
    match way.place {
        Place::Other => http1::other(stream, &way.state).await,
        Place::Proxy => {
            if way.state.proxy.hang {
                return hang(&mut stream).await;
            }
            match http1::proxy(&mut stream, &way.state).await? {
                true => serve(stream, &way).await,
                false => Ok(()),
            }
        }
        Place::Main => serve(stream, &way).await,
    }
}

async fn serve(stream: TcpStream, way: &Way) -> io::Result<()> {
    let number = way.state.connected();
    if let Some(step) = way.state.step(On::Connect) {
        return abrupt(stream, &step, &way.state).await;
    }
    let mut first = [0];
    // Waits without taking anything away.
    if stream.peek(&mut first).await? == 0 {
        way.state.client_left();
        return Ok(());
    }
    if let Some(step) = way.state.step(On::FirstByte) {
        return abrupt(stream, &step, &way.state).await;
    }
    let Some(config) = &way.tls else {
        return http1::serve(stream, &way.state, number).await;
    };
    let acceptor = TlsAcceptor::from(Arc::clone(config));
    let tls = acceptor.accept(stream).await?;
    if tls.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2::serve(tls, &way.state, number).await
    } else {
        http1::serve(tls, &way.state, number).await
    }
}

/// A step that comes before any request was read.
async fn abrupt(mut stream: TcpStream, step: &Step, state: &State) -> io::Result<()> {
    tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
    if let Some(raw) = &step.raw {
        stream.write_all(state.words.fill(raw).as_bytes()).await?;
    }
    match step.then {
        Then::Hang => hang(&mut stream).await,
        Then::Reset => {
            reset(&stream);
            Ok(())
        }
        _ => stream.shutdown().await,
    }
}

/// Makes the end of the connection a reset.
pub(crate) fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// Does nothing until the client goes away; what it still sends is dropped.
pub(crate) async fn hang(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut waste = [0; 4096];
    // A reset is a way of going, too.
    while matches!(stream.read(&mut waste).await, Ok(read) if read > 0) {}
    Ok(())
}
