//! One attempt of a call: credentials, redirects and the whole answer.

use crate::address::{origin, same_origin};
use crate::authorize::{Authorize, Side};
use crate::error::{Error, ErrorKind};
use crate::exchange::Exchange;
use crate::failure::{Failure, Place, unusable};
use crate::handover::{Reach, Trail};
use crate::retry::is_passing;
use crate::template::Template;
use crate::transport::{Answer, Bounds, MOST_UNREAD, Transport, read, send, within};
use http::header::LOCATION;
use http::{Method, StatusCode};

const MOST_REDIRECTS: usize = 3;

/// Sends one attempt, follows allowed redirects, unless one is the answer, and reads the whole answer.
pub(crate) async fn attempt(
    transport: &Transport,
    authorize: &dyn Authorize,
    base_url: &str,
    request: &Template,
    bounds: &Bounds,
    redirects: bool,
) -> Result<Answer, Failure> {
    let side = Side {
        transport,
        base_url,
        bounds: *bounds,
    };
    // Only GET and HEAD may follow a redirect.
    let follows = matches!(request.method, Method::GET | Method::HEAD);
    let mut moved: Option<Box<Template>> = None;
    let mut hops = 0;
    loop {
        let request = moved.as_deref().unwrap_or(request);
        let place = Place::of(&request.url, transport.proxies()).map_err(unusable)?;
        // Until the first request is handed to the client, nothing has been sent.
        let unsent = if hops == 0 {
            Reach::Never
        } else {
            Reach::Maybe
        };
        let mut unread = 0;
        let (mut response, mut watch, credentials, exchange) = loop {
            // In a block, so that the request has no place beside its answer.
            let (credentials, exchange, under_way) = {
                let mut sent = transport.outgoing(request);
                let credentials = authorized(&mut sent, authorize, &side, unsent).await?;
                let trail = Trail::of(&request.method);
                let under_way = send(transport, sent, bounds, &place, trail);
                (credentials, Exchange::begin(), under_way)
            };
            match under_way.await {
                Ok((response, watch)) => break (response, watch, credentials, exchange),
                Err(why) if why.is_unread && unread < MOST_UNREAD => {
                    exchange.end();
                    unread += 1;
                }
                Err(why) => return Err(why.failure),
            }
        };
        let answer = read(transport, &mut response, bounds, exchange).await;
        watch.end();
        let mut answer = answer?;
        place.check(answer.status)?;
        answer.credentials = credentials;
        if redirects || !is_redirect(answer.status) {
            return Ok(answer);
        }
        if !follows {
            return Err(redirected(
                answer,
                "redirects are not followed for this method",
            ));
        }
        let target = answer
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|location| request.url.join(location).ok());
        let Some(mut target) = target else {
            return Err(redirected(answer, "it redirects without a usable Location"));
        };
        if !same_origin(&request.url, &target) {
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
        moved = Some(Box::new(Template {
            url: target,
            ..request.clone()
        }));
    }
}

// Puts the credentials on a request; gives the state that they are in.
async fn authorized(
    request: &mut reqwest::Request,
    authorize: &dyn Authorize,
    side: &Side<'_>,
    unsent: Reach,
) -> Result<u64, Failure> {
    let authorized = authorize.authorize(request, side);
    match within(side.bounds.deadline, authorized).await {
        Ok(Ok(state)) => Ok(state),
        Ok(Err(error)) => {
            let passing = error.is_transient() || error.status().is_some_and(is_passing);
            Err(Failure {
                reach: if passing { unsent } else { Reach::Refused },
                error,
            })
        }
        Err(_) => Err(side.bounds.failure(unsent)),
    }
}

/// Whether a status says that what was asked for is elsewhere.
pub(crate) fn is_redirect(status: StatusCode) -> bool {
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
