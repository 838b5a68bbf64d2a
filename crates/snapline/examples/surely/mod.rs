//! One of a thing and not two, whatever becomes of the answer.

use std::time::SystemTime;

use snapline::digitalocean::Error;

/// Sends a request that makes something. Where nobody knows whether it was carried out, it is looked for and not asked
/// for again; only once it is certain that it did not happen, it is asked for once more.
pub(crate) async fn surely<T>(
    make: impl AsyncFn() -> Result<T, Error>,
    find: impl AsyncFn(SystemTime) -> Result<Option<T>, Error>,
) -> Result<T, Error> {
    let mut last = false;
    loop {
        let error = match make().await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        // What has begun goes on: to ask again would make another.
        let open = error.outcome_unknown() && error.started().is_none();
        let (true, Some(sent_at)) = (open, error.sent_at()) else {
            return Err(error);
        };
        if let Some(found) = find(sent_at).await? {
            return Ok(found);
        }
        if last {
            return Err(error);
        }
        last = true;
    }
}
