//! One of a thing and not two, whatever becomes of the answer.

use serde_json::Value;

use crate::fill::{Known, items};
use crate::kind::Make;
use crate::service::{Failure, Service};

/// Sends what makes something, as `call` where that is another of the same arguments. Where nobody knows whether it was
/// carried out, it is looked for and not asked for again; only once it is certain that it did not happen, it is asked for
/// once more.
pub(crate) async fn make(
    service: &impl Service,
    how: &Make,
    call: &str,
    known: Known<'_>,
) -> Result<Value, Failure> {
    let mut last = false;
    loop {
        let failure = match service.call(call, known.all_arguments(&how.call)?).await {
            Ok(made) => return Ok(made),
            Err(failure) => failure,
        };
        // What has begun goes on: to ask again would make another.
        let open = failure.outcome_unknown && !failure.begun;
        let (true, Some(sent_at)) = (open, failure.sent_at) else {
            return Err(failure);
        };
        service.tell(&format!(
            "{call}: the answer was lost; looking for what it made"
        ));
        let since = Known {
            since: Some(sent_at),
            ..known
        };
        let found = match service
            .call(how.find.call, since.arguments(&how.find)?)
            .await
        {
            Ok(found) => items(how.find.call, found)?,
            Err(trouble) => {
                return Err(Failure {
                    message: format!(
                        "{failure}; whether it was carried out could not be found out either: {trouble}"
                    ),
                    ..failure
                });
            }
        };
        if let Some(found) = found.last() {
            return follow(service, how, known, found).await;
        }
        if last {
            return Err(failure);
        }
        last = true;
    }
}

/// Waits for what was found.
pub(crate) async fn follow(
    service: &impl Service,
    how: &Make,
    known: Known<'_>,
    found: &Value,
) -> Result<Value, Failure> {
    let mut last = found.clone();
    for wait in how.found {
        let known = Known {
            found: Some(found),
            last: Some(&last),
            ..known
        };
        last = service.call(wait.call, known.arguments(wait)?).await?;
    }
    Ok(last)
}
