//! What every call of a provider does with its request: on this thread, or in the background.

use std::ffi::{OsString, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;

use serde::Serialize;
use snapline_runtime::{BoxFuture, Error, Items, Response, Waiter};

use crate::background::{Callback, CallbackOutput, DoneCallback, UserCallback};
use crate::connection::Connection;
use crate::error::snapline_error;
use crate::generated::status::snapline_status;
use crate::handle::{Place, TextPlace, boxed, place};
use crate::input::{json, required};
use crate::options::{Options, snapline_options};
use crate::outcome::call;
use crate::response::snapline_response;
use crate::shape::Shape;
use crate::string::{json_to_c, text_to_c};
use crate::walk::Walk;

use snapline_runtime::JsonText;

/// A provider's client as C has it.
pub(crate) trait ClientHandle {
    /// The client in Rust.
    type Client: Send + Sync + 'static;
    /// Where its calls run.
    fn connection(&self) -> &Arc<Connection<Self::Client>>;
}

/// A call as C makes it.
pub(crate) struct Call<'a, 'o, 'e, H> {
    client: Option<&'a H>,
    options: Option<&'o snapline_options>,
    error: Place<'e, snapline_error>,
}

impl<'a, 'o, 'e, H: ClientHandle> Call<'a, 'o, 'e, H> {
    /// A call on a client with options, and with a place for its error.
    pub(crate) fn new(
        client: Option<&'a H>,
        options: Option<&'o snapline_options>,
        error: Place<'e, snapline_error>,
    ) -> Self {
        Self {
            client,
            options,
            error,
        }
    }

    /// The same call in the background.
    pub(crate) fn background<F>(
        self,
        callback: Option<F>,
        user_data: *mut c_void,
    ) -> Background<'a, 'o, 'e, H, F> {
        Background {
            call: self,
            callback,
            user_data,
        }
    }

    /// The same call, whose output goes to a place.
    pub(crate) fn output<O>(
        self,
        out: Option<&'o mut MaybeUninit<O>>,
    ) -> OutputCall<'a, 'o, 'e, H, O> {
        OutputCall { call: self, out }
    }

    /// Runs it; its outcome becomes a status.
    pub(crate) fn run(
        self,
        body: impl FnOnce(Session<'a, H::Client>) -> Result<(), Error>,
    ) -> snapline_status {
        self.run_with(|| Ok(()), |session, ()| body(session))
    }

    /// The same with an argument that is looked at before all else.
    fn run_with<T>(
        self,
        argument: impl FnOnce() -> Result<T, Error>,
        body: impl FnOnce(Session<'a, H::Client>, T) -> Result<(), Error>,
    ) -> snapline_status {
        let (client, options) = (self.client, self.options);
        call(self.error).run(|| {
            let argument = argument()?;
            body(Session::new(client, options)?, argument)
        })
    }
}

/// A call whose output goes to a place of the caller's.
pub(crate) struct OutputCall<'a, 'o, 'e, H, O> {
    call: Call<'a, 'o, 'e, H>,
    out: Option<&'o mut MaybeUninit<O>>,
}

impl<'a, 'o, H: ClientHandle, O> OutputCall<'a, 'o, '_, H, O> {
    /// Runs it; the place is looked at before all else.
    pub(crate) fn run(
        self,
        body: impl FnOnce(Session<'a, H::Client>, &'o mut MaybeUninit<O>) -> Result<(), Error>,
    ) -> snapline_status {
        self.call.run_with(|| place("out", self.out), body)
    }
}

/// A call in the background, whose outcome goes to a function.
pub(crate) struct Background<'a, 'o, 'e, H, F> {
    call: Call<'a, 'o, 'e, H>,
    callback: Option<F>,
    user_data: *mut c_void,
}

impl<'a, H: ClientHandle, F> Background<'a, '_, '_, H, F> {
    /// Runs what begins it; the callback is looked at before all else.
    pub(crate) fn run(
        self,
        body: impl FnOnce(Session<'a, H::Client>, UserCallback<F>) -> Result<(), Error>,
    ) -> snapline_status {
        let caller = || {
            Ok(UserCallback {
                callback: required("callback", self.callback)?,
                user_data: self.user_data,
            })
        };
        self.call.run_with(caller, body)
    }
}

/// One call: a client's connection, and the options.
pub(crate) struct Session<'a, C> {
    connection: &'a Arc<Connection<C>>,
    /// The call's options.
    pub(crate) options: Options,
}

impl<'a, C: Send + Sync + 'static> Session<'a, C> {
    /// Checks the client and the options of a call.
    pub(crate) fn new<H: ClientHandle<Client = C>>(
        client: Option<&'a H>,
        options: Option<&snapline_options>,
    ) -> Result<Self, Error> {
        Ok(Self {
            connection: required("client", client)?.connection(),
            options: snapline_options::checked(options)?,
        })
    }

    /// The client in Rust.
    pub(crate) fn client(&self) -> &C {
        self.connection.client()
    }

    /// The options as Rust's calls take them.
    pub(crate) fn call(&self) -> snapline_runtime::CallOptions {
        self.connection.call(&self.options)
    }

    /// Sends a request; writes what the service gave to `out`, as `shape` makes it, and the answer itself to
    /// `response`, if that is there.
    ///
    /// Taken as raw, so that all functions of a call have its future in common.
    pub(crate) fn send<T: Send, O>(
        &self,
        request: BoxFuture<'_, Result<Response<T>, Error>>,
        out: &mut MaybeUninit<O>,
        response: Place<'_, snapline_response>,
        shape: fn(T) -> Result<O, Error>,
    ) -> Result<(), Error> {
        let answer = self.run(request)?;
        let received = response.map(|place| (place, boxed(snapline_response::new(&answer))));
        out.write(shape(answer.into_value())?);
        if let Some((place, answer)) = received {
            place.write(answer);
        }
        Ok(())
    }

    /// Sends a request that gives nothing but its answer.
    pub(crate) fn send_only(
        &self,
        request: BoxFuture<'_, Result<Response<()>, Error>>,
        response: Place<'_, snapline_response>,
    ) -> Result<(), Error> {
        let answer = self.run(request)?;
        if let Some(place) = response {
            place.write(boxed(snapline_response::new(&answer)));
        }
        Ok(())
    }

    /// Waits for an object.
    pub(crate) fn wait<T: Serialize + Send + 'static, O>(
        &self,
        waiter: Waiter<T>,
        out: &mut MaybeUninit<O>,
        shape: fn(T) -> Result<O, Error>,
    ) -> Result<(), Error> {
        let object = self.run(Box::pin(self.with_options(waiter).run()))?;
        out.write(shape(ready_object(object)?)?);
        Ok(())
    }

    /// Waits until an object is gone.
    pub(crate) fn wait_until_gone<T: Serialize + Send + 'static>(
        &self,
        waiter: Waiter<T>,
    ) -> Result<(), Error> {
        self.run(Box::pin(self.with_options(waiter).run()))
            .map(drop)
    }

    /// A wait with the options given.
    fn with_options<T: Serialize>(&self, waiter: Waiter<T>) -> Waiter<T> {
        self.options.configure(waiter.options(self.call()))
    }

    /// Runs any request to its end on this thread.
    pub(crate) fn run<T: Send>(
        &self,
        request: BoxFuture<'_, Result<T, Error>>,
    ) -> Result<T, Error> {
        self.connection.run(&self.options, request)
    }

    /// Sends a request in the background whose callback gets the answer as it came.
    pub(crate) fn begin_raw<T: Send + 'static>(
        self,
        request: BoxFuture<'static, Result<Response<T>, Error>>,
        caller: UserCallback<Callback<Option<Box<snapline_response>>>>,
    ) -> Result<(), Error> {
        let shape = |answer| Ok(boxed(snapline_response::new(&answer)));
        self.spawn(request, caller, shape)
    }

    /// Items one by one, from the page that the request asks for.
    pub(crate) fn walk<T: Shape>(self, items: Items<T::Rust>) -> Walk<C, T>
    where
        T::Rust: Send,
    {
        Walk::new(Arc::clone(self.connection), self.options, items)
    }

    /// Sends a request in the background; `shape` makes what the callback gets.
    pub(crate) fn begin<T: Send + 'static, O: CallbackOutput>(
        self,
        request: BoxFuture<'static, Result<Response<T>, Error>>,
        caller: UserCallback<Callback<O>>,
        shape: fn(T) -> Result<O, Error>,
    ) -> Result<(), Error> {
        self.spawn(request, caller, move |answer| shape(answer.into_value()))
    }

    /// Sends a request in the background that gives nothing.
    pub(crate) fn begin_done(
        self,
        request: BoxFuture<'static, Result<Response<()>, Error>>,
        caller: UserCallback<DoneCallback>,
    ) -> Result<(), Error> {
        self.spawn(request, caller, |_| Ok(()))
    }

    /// Waits in the background for an object.
    pub(crate) fn begin_wait<T: Serialize + Send + 'static, O: CallbackOutput>(
        self,
        waiter: Waiter<T>,
        caller: UserCallback<Callback<O>>,
        shape: fn(T) -> Result<O, Error>,
    ) -> Result<(), Error> {
        let shape = move |object| shape(ready_object(object)?);
        let work = Box::pin(self.with_options(waiter).run());
        self.spawn(work, caller, shape)
    }

    /// Waits in the background until an object is gone.
    pub(crate) fn begin_wait_until_gone<T: Serialize + Send + 'static>(
        self,
        waiter: Waiter<T>,
        caller: UserCallback<DoneCallback>,
    ) -> Result<(), Error> {
        let work = Box::pin(self.with_options(waiter).run());
        self.spawn(work, caller, |_| Ok(()))
    }

    fn spawn<T: Send + 'static, O: 'static, F: crate::background::IntoCompletion<O>>(
        self,
        work: BoxFuture<'static, Result<T, Error>>,
        caller: UserCallback<F>,
        shape: impl FnOnce(T) -> Result<O, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let completion = caller.callback.completion(caller.user_data);
        let done = move |outcome| completion.complete(outcome, shape);
        self.connection
            .background()?
            .spawn(&self.options, work, done);
        Ok(())
    }
}

fn ready_object<T>(object: Option<T>) -> Result<T, Error> {
    object.ok_or_else(|| Error::internal("a wait for a state ended without an object"))
}

/// `_to_json` of a model.
pub(crate) fn to_json<T: Shape<Rust: JsonText>>(
    name: &str,
    object: Option<&T>,
    out: TextPlace<'_>,
    error: Place<'_, snapline_error>,
) -> snapline_status {
    call(error).run(|| {
        let (object, out) = (required(name, object)?, place("out", out)?);
        out.write(json_to_c(object.to_rust())?);
        Ok(())
    })
}

/// A function of a model that asks no service, and gives a text or a path.
pub(crate) fn helped<T: Shape, P: Into<OsString>>(
    name: &str,
    object: Option<&T>,
    out: TextPlace<'_>,
    error: Place<'_, snapline_error>,
    help: impl FnOnce(T::Rust) -> Result<P, Error>,
) -> snapline_status {
    call(error).run(|| {
        let (object, out) = (required(name, object)?, place("out", out)?);
        // What comes in is UTF-8, and what is found on a disk and is none is passed over.
        let text = help(object.to_rust())?.into().into_string();
        out.write(text_to_c(
            text.map_err(|_| Error::internal("the path is not valid UTF-8"))?,
        )?);
        Ok(())
    })
}

/// `_from_json` of a model.
pub(crate) fn from_json<T: Shape<Rust: JsonText>>(
    text: impl FnOnce() -> Result<String, Error>,
    out: Place<'_, T>,
    error: Place<'_, snapline_error>,
) -> snapline_status {
    call(error).run(|| {
        let out = place("out", out)?;
        out.write(boxed(T::from_rust(json("json_text", text())?)));
        Ok(())
    })
}
