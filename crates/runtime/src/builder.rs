//! What every builder of a call has, for the generated builders.

/// Gives the builder of a request its options and the ways to send it.
///
/// `request!(NfsGetCall, models::Nfs);` needs a field `options: CallOptions` and
/// `async fn answer(self) -> Result<Response<models::Nfs>, Error>`.
#[macro_export]
macro_rules! request {
    ($Builder:ty, $Output:ty) => {
        impl $Builder {
            /// Timeouts, attempts, headers and more for this call alone.
            pub fn options(mut self, options: $crate::CallOptions) -> Self {
                self.options = options;
                self
            }

            /// Sends the call.
            ///
            /// # Errors
            /// An argument that breaks a bound, no connection, no answer in time, an answer of 4xx or 5xx, or
            /// one that cannot be read; see [`Error`]($crate::Error).
            pub async fn send(self) -> ::std::result::Result<$Output, $crate::Error> {
                self.send_raw().await.map($crate::Response::into_value)
            }

            /// Sends the call and keeps status, headers and body beside the value.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            pub fn send_raw(
                self,
            ) -> $crate::BoxFuture<
                'static,
                ::std::result::Result<$crate::Response<$Output>, $crate::Error>,
            > {
                // Boxed here, it is compiled with this crate and not again by each that calls it.
                ::std::boxed::Box::pin(self.answer())
            }
        }
    };
}

/// Gives the builder of a walk over pages its iteration: `walk!(NfsListCall, models::Nfs, page from 1);` where `page` is
/// the argument with the number of the page, and `walk!(NfsListCall, models::Nfs, cursor);` where it is a cursor. `needed`
/// before the argument says that it is always given.
#[macro_export]
macro_rules! walk {
    ($Builder:ty, $Item:ty, needed $page:ident from $first:literal) => {
        $crate::walk!(@ $Builder, $Item, |call| {
            $crate::Place::number_of(Some(call.$page), $first)
        }, |call, place| {
            call.$page = place.to_number().unwrap_or(call.$page);
        });
    };
    ($Builder:ty, $Item:ty, needed $cursor:ident) => {
        $crate::walk!(@ $Builder, $Item, |call| {
            $crate::Place::Cursor(Some(call.$cursor.clone()))
        }, |call, place| {
            if let Some(cursor) = place.to_cursor() {
                call.$cursor = cursor;
            }
        });
    };
    ($Builder:ty, $Item:ty, $page:ident from $first:literal) => {
        $crate::walk!(@ $Builder, $Item, |call| {
            $crate::Place::number_of(call.$page, $first)
        }, |call, place| {
            call.$page = place.to_number();
        });
    };
    ($Builder:ty, $Item:ty, $cursor:ident) => {
        $crate::walk!(@ $Builder, $Item, |call| {
            $crate::Place::Cursor(call.$cursor.clone())
        }, |call, place| {
            call.$cursor = place.to_cursor();
        });
    };
    (@ $Builder:ty, $Item:ty, |$call:ident| $place:block, |$moved:ident, $to:ident| $at:block) => {
        impl $crate::Paged for $Builder {
            fn place(&self) -> $crate::Place {
                let $call = self;
                $place
            }

            fn at(self, $to: &$crate::Place) -> Self {
                let mut $moved = self;
                $at
                $moved
            }
        }

        impl $Builder {
            /// Walks all items, fetching pages as they are needed. [`Items`]($crate::Items) says what happens to a
            /// walk when items come or go.
            pub fn items(self) -> $crate::Items<$Item> {
                $crate::Items::new($crate::Paged::place(&self), move |place| {
                    let call = $crate::Paged::at(self.clone(), &place);
                    ::std::boxed::Box::pin(
                        async move { call.send_raw().await.map($crate::Page::of) },
                    )
                })
            }
        }
    };
}

/// Gives the builder of a wait its options, and lets it be awaited: for the object, or with `gone` until it is
/// not there any more.
///
/// `wait!(NfsWaitUntilActive, models::Nfs);` needs a field `wait_options: WaitOptions` and
/// `fn waiter(self) -> Waiter<models::Nfs>`.
#[macro_export]
macro_rules! wait {
    ($Builder:ty, $Object:ty) => {
        $crate::wait!(@both $Builder, $Object, |object| {
            object.ok_or_else(|| $crate::Error::internal("a wait for a state ended without an object"))
        });
    };
    ($Builder:ty, $Object:ty, gone) => {
        $crate::wait!(@both $Builder, (), |object| {
            drop(object);
            Ok(())
        });
    };
    (@both $Builder:ty, $Output:ty, |$object:ident| $end:block) => {
        impl $Builder {
            $crate::wait_setters!();
        }

        impl ::std::future::IntoFuture for $Builder {
            type Output = ::std::result::Result<$Output, $crate::Error>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                let waiter = self.waiter();
                ::std::boxed::Box::pin(async move {
                    let $object = waiter.run().await?;
                    $end
                })
            }
        }
    };
}

/// Gives a client's builder the setters of [`Settings`](crate::Settings), which it keeps in a field `settings`.
#[macro_export]
macro_rules! forward_settings {
    ($Builder:ty, settings) => {
        impl $Builder {
            $crate::settings_setters!();

            /// Has every attempt looked at before it is sent and after its answer came (B29). Each further hook
            /// looks behind the ones before it.
            #[must_use]
            pub fn hook(mut self, hook: impl $crate::Hook) -> Self {
                self.settings = self.settings.hook(hook);
                self
            }
        }
    };
}
