//! Items one by one across pages (B16).

use std::sync::Arc;

use snapline_runtime::{Error, Items};

use crate::connection::Connection;
use crate::options::Options;
use crate::shape::Shape;

/// What every iterator is made of. It keeps the client alive.
pub(crate) struct Walk<C, T: Shape> {
    connection: Arc<Connection<C>>,
    options: Options,
    items: Items<T::Rust>,
    current: Option<T>,
}

impl<C, T: Shape> Walk<C, T>
where
    T::Rust: Send,
{
    pub(crate) fn new(
        connection: Arc<Connection<C>>,
        options: Options,
        items: Items<T::Rust>,
    ) -> Self {
        Self {
            connection,
            options,
            items,
            current: None,
        }
    }

    /// The next item, which lives until the one after; NULL after the last.
    pub(crate) fn next(&mut self) -> Result<*const T, Error> {
        let next = Box::pin(self.items.try_next());
        let next = self.connection.run(&self.options, next)?;
        self.current = next.map(T::from_rust);
        Ok(self
            .current
            .as_ref()
            .map_or(std::ptr::null(), std::ptr::from_ref))
    }
}
