//! One attempt of a call: credentials, redirects and the whole answer.

use crate::address::{origin, same_origin};
use crate::authorize::{Authorize, Side};
use crate::error::{Error, ErrorKind};
use crate::exchange::Exchange;
use crate::failure::{Failure, Place, unusable};
use crate::handover::{Reach, Trail};
use crate::retry::is_passing;
use crate::transport::{Answer, Bounds, Transport, read, send};
use http::header::LOCATION;
use http::{Method, StatusCode};
use tokio::time::timeout_at;

const MOST_REDIRECTS: usize = 3;

/// Sends one attempt, follows allowed redirects and reads the whole answer.
pub(crate) async fn attempt(
    transport: &Transport,
    authorize: &dyn Authorize,
    base_url: &str,
    mut request: reqwest::Request,
    bounds: &Bounds,
) -> Result<Answer, Failure> {
    let side = Side {
        transport,
        base_url,
        bounds: *bounds,
    };
    // Only GET and HEAD may follow a redirect, so only they keep what a second hop needs.
    let follows = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut hops = 0;
    loop {
        let trail = if follows { request.try_clone() } else { None };
        let place = Place::of(request.url(), transport.proxies()).map_err(unusable)?;
        // Until the first request is handed to the client, nothing has been sent.
        let unsent = if hops == 0 {
            Reach::Never
        } else {
            Reach::Maybe
        };
        let authorized = authorize.authorize(&mut request, &side);
        let credentials = match timeout_at(bounds.deadline, authorized).await {
            Ok(Ok(state)) => state,
            Ok(Err(error)) => {
                let passing = error.is_transient() || error.status().is_some_and(is_passing);
                return Err(Failure {
                    reach: if passing { unsent } else { Reach::Refused },
                    error,
                });
            }
            Err(_) => return Err(bounds.failure(unsent)),
        };
        let followed = Trail::of(request.method());
        let exchange = Exchange::begin();
        let (response, mut watch) = send(transport, request, bounds, &place, followed).await?;
        let answer = read(transport, response, bounds, exchange).await;
        watch.end();
        let mut answer = answer?;
        place.check(answer.status)?;
        answer.credentials = credentials;
        if !is_redirect(answer.status) {
            return Ok(answer);
        }
        let Some(next) = trail else {
            return Err(redirected(
                answer,
                "redirects are not followed for this method",
            ));
        };
        let target = answer
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|location| next.url().join(location).ok());
        let Some(mut target) = target else {
            return Err(redirected(answer, "it redirects without a usable Location"));
        };
        if !same_origin(next.url(), &target) {
            let place = origin(&target);
            return Err(redirected(
                answer,
                &format!("it redirects to {place}, another origin, which is not followed"),
            ));
        }
        hops += 1;
        if hops > MOST_REDIRECTS {
            return Err(redirected(
                answer,
                &format!("it redirects more than {MOST_REDIRECTS} times"),
            ));
        }
        target.set_fragment(None);
        request = next;
        *request.url_mut() = target;
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn redirected(answer: Answer, why: &str) -> Failure {
    Failure {
        reach: Reach::Answered,
        error: Error::new(ErrorKind::Api, why).with(|e| {
            e.status = Some(answer.status.as_u16());
            e.headers = answer.headers;
            e.body = answer.body;
        }),
    }
}
