//! What the connections of a client speak.

use hyper_util::client::legacy::connect::Connection;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Remembers whether any connection speaks HTTP/2. A layer around what connects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Http2Seen(Arc<AtomicBool>);

impl Http2Seen {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for Http2Seen {
    type Service = Connect<S>;

    fn layer(&self, inner: S) -> Connect<S> {
        Connect {
            inner,
            seen: self.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Connect<S> {
    inner: S,
    seen: Http2Seen,
}

impl<S, T> Service<T> for Connect<S>
where
    S: Service<T>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connecting = self.inner.call(target);
        let seen = self.seen.clone();
        Box::pin(async move {
            let connection = connecting.await?;
            if connection.connected().is_negotiated_h2() {
                seen.0.store(true, Ordering::Relaxed);
            }
            Ok(connection)
        })
    }
}
