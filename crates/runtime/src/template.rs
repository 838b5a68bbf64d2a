//! A request as its call keeps it: what each attempt is made of.

use crate::error::Error;
use bytes::Bytes;
use http::{HeaderMap, Method};
use reqwest::Url;
use std::sync::Arc;

/// A request that can be sent more than once. reqwest's own costs three allocations more to copy, and has no room for
/// the headers that are added to each copy.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Its own headers, without those that all requests have.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl Template {
    /// That of a request which was built by reqwest.
    pub(crate) fn of(mut request: reqwest::Request) -> Result<Arc<Self>, Error> {
        let body = request.body().map(|body| {
            body.as_bytes()
                .map(Bytes::copy_from_slice)
                .ok_or_else(|| Error::internal("the body of the request can be sent once only"))
        });
        Ok(Arc::new(Self {
            body: body.transpose()?,
            headers: std::mem::take(request.headers_mut()),
            method: request.method().clone(),
            url: request.url().clone(),
        }))
    }

    /// A request to be sent: this one, with the headers that all have.
    pub(crate) fn outgoing(&self, all: &HeaderMap) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        let headers = request.headers_mut();
        // With room for a token.
        headers.reserve(all.len() + self.headers.len() + 1);
        for (name, value) in all {
            headers.append(name, value.clone());
        }
        let mut last = None;
        for (name, value) in &self.headers {
            // Its own takes the place of one that all have; those of one name follow each other.
            if last.replace(name) == Some(name) {
                headers.append(name, value.clone());
            } else {
                headers.insert(name, value.clone());
            }
        }
        *request.body_mut() = self.body.clone().map(Into::into);
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::{ACCEPT, COOKIE, USER_AGENT};

    #[test]
    fn b4_a_header_of_the_request_takes_the_place_of_the_one_that_all_have() {
        let url = Url::parse("https://api.test.invalid/x").unwrap();
        let mut request = reqwest::Request::new(Method::GET, url);
        let [plain, json] = ["text/plain", "application/json"].map(HeaderValue::from_static);
        request.headers_mut().insert(ACCEPT, plain);
        for one in ["a=1", "b=2"] {
            let one = HeaderValue::from_static(one);
            request.headers_mut().append(COOKIE, one);
        }
        let mut all = HeaderMap::new();
        all.insert(ACCEPT, json);
        for agent in ["snapline", "backup"] {
            all.append(USER_AGENT, HeaderValue::from_static(agent));
        }
        let template = Template::of(request).unwrap();
        // Each attempt anew.
        for _ in 0..2 {
            let sent = template.outgoing(&all);
            let values = |name| sent.headers().get_all(name).iter().collect::<Vec<_>>();
            assert_eq!(values(ACCEPT), ["text/plain"]);
            assert_eq!(values(COOKIE), ["a=1", "b=2"]);
            assert_eq!(values(USER_AGENT), ["snapline", "backup"]);
        }
    }
}
