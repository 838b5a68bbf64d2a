//! Facts about one provider and its operations, generated as statics.

use crate::limit::Limit;

/// A provider as the runtime sees it.
#[derive(Debug)]
pub struct Provider {
    /// The provider's short name, such as `digitalocean`.
    pub name: &'static str,
    /// The server named by the provider's document, without a trailing slash.
    pub server_url: &'static str,
    /// The environment variable that replaces `server_url`.
    pub url_variable: &'static str,
    /// Where the provider's error answers keep their parts.
    pub errors: ErrorShape,
}

/// Where an error answer keeps its code, message and request id. Names are tried in order.
#[derive(Clone, Copy, Debug)]
pub struct ErrorShape {
    /// Body fields that hold the error code.
    pub code: &'static [&'static str],
    /// Body fields that hold the message.
    pub message: &'static [&'static str],
    /// Body fields that hold the request id.
    pub request_id: &'static [&'static str],
    /// Response headers that hold the request id.
    pub request_id_headers: &'static [&'static str],
}

/// One operation of a provider.
#[derive(Debug)]
pub struct Operation {
    /// The operation id of the document.
    pub id: &'static str,
    /// The HTTP method in capitals.
    pub method: &'static str,
    /// The path template, such as `/v2/nfs/{nfs_id}`.
    pub path: &'static str,
    /// Whether its answer is a redirect, which is then given as it came and not followed.
    pub redirects: bool,
    /// The server that the document names for it alone, without a trailing slash.
    pub server: Option<&'static str>,
    /// Whether the operation may be sent again when its outcome is unknown.
    pub idempotent: bool,
    /// The limits that the service keeps for it.
    pub limits: &'static [Limit],
}

/// The operations of a provider, a line each, as statics of [`Operation`], and `ALL` of them.
#[macro_export]
macro_rules! operations {
    ($($name:ident = $method:ident $path:literal $(-> $redirect:ident)? $(on $server:literal)? as $id:literal $($idempotent:ident)? $([$limits:expr])?;)*) => {
        $(
            pub(crate) static $name: $crate::Operation = $crate::Operation {
                id: $id,
                method: stringify!($method),
                path: $path,
                redirects: $crate::operations!(@given $($redirect)?),
                server: $crate::operations!(@server $($server)?),
                idempotent: $crate::operations!(@given $($idempotent)?),
                limits: $crate::operations!(@limits $([$limits])?),
            };
        )*

        /// All of them, for calls whose names come at run time.
        pub(crate) static ALL: &[&$crate::Operation] = &[$(&$name),*];
    };
    (@server $server:literal) => { Some($server) };
    (@server) => { None };
    (@given $given:ident) => { true };
    (@given) => { false };
    (@limits [$limits:expr]) => { $limits };
    (@limits) => { &[] };
}
