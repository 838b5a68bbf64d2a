//! Items one by one across pages (B16).

use std::mem::MaybeUninit;
use std::sync::Arc;

use snapline_runtime::{Error, Items};

use crate::connection::Connection;
use crate::error::snapline_error;
use crate::generated::status::snapline_status;
use crate::handle::{Place, place};
use crate::input::required;
use crate::options::Options;
use crate::outcome::call;
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

    /// The next item, which lives until the one after; nothing after the last.
    pub(crate) fn next(&mut self) -> Result<Option<&T>, Error> {
        let ready = self
            .connection
            .ready(&self.options, || self.items.next_ready())?;
        let next = match ready {
            Some(item) => Some(item),
            None => {
                let next = Box::pin(self.items.try_next());
                self.connection.run(&self.options, next)?
            }
        };
        self.current = next.map(T::from_rust);
        Ok(self.current.as_ref())
    }
}

/// `_next` of an iterator; NULL is given after the last item.
pub(crate) fn next<C: Send + Sync + 'static, T: Shape<Rust: Send>>(
    walk: Option<&mut Walk<C, T>>,
    out: Option<&mut MaybeUninit<*const T>>,
    error: Place<'_, snapline_error>,
) -> snapline_status {
    call(error).run(|| {
        let (walk, out) = (required("iterator", walk)?, place("out", out)?);
        out.write(walk.next()?.map_or(std::ptr::null(), std::ptr::from_ref));
        Ok(())
    })
}
