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

/// Gives the builder of a walk over pages its iteration: `walk!(NfsListCall, models::Nfs, page);` where `page` is
/// the argument with the number of the page.
#[macro_export]
macro_rules! walk {
    ($Builder:ty, $Item:ty, $page:ident) => {
        impl $Builder {
            /// Walks all items, fetching pages as they are needed. [`Items`]($crate::Items) says what happens to a
            /// walk when items come or go.
            pub fn items(self) -> $crate::Items<$Item> {
                let start = self.number();
                $crate::Items::new(start, move |page| {
                    let mut call = self.clone();
                    call.$page = i64::try_from(page).ok();
                    ::std::boxed::Box::pin(
                        async move { call.send_raw().await.map($crate::Page::of) },
                    )
                })
            }

            fn number(&self) -> u64 {
                self.$page
                    .map_or(1, |page| u64::try_from(page).unwrap_or(1))
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
