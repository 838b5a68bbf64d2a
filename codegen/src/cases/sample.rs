//! What the sample of a call sends, where all goes well at once.

use serde_json::{Map, Value};

use super::{Exchange, Maker};
use crate::ir::{Api, Call, CallId, Kind, Resource, Returns, WaitCall};

/// What goes over the wire for a call with these arguments. The object that a wait goes by, if it does, is what
/// `begins` is answered: a request and its own arguments.
pub(crate) fn exchanges(
    api: &Api,
    resource: &Resource,
    call: &Call,
    given: &Map<String, Value>,
    begins: Option<(&CallId, &Map<String, Value>)>,
) -> Option<Vec<Exchange>> {
    let of = |id: &CallId| Maker::new(api, resource, api.request(id));
    match &call.kind {
        Kind::Request(_) => {
            let maker = of(&call.id());
            Some(match &maker.method.request.returns {
                Returns::Page { .. } => maker.two_pages(given).0,
                _ => vec![maker.success(given)],
            })
        }
        Kind::Wait(wait) => {
            let mut own = given.clone();
            let mut all = Vec::new();
            if let (Some(origin), Some((id, its))) = (&wait.origin, begins) {
                let began = of(id);
                own.insert(origin.param.name.clone(), began.unwrapped());
                all.push(began.success(its));
            }
            let call = WaitCall { call, wait };
            let polled = of(&wait.polls.call);
            all.push(if wait.gone {
                polled.not_found(&own)
            } else {
                polled.ended(call, &own)?.ready
            });
            Some(all)
        }
        Kind::Take(take) => {
            let call = super::TakeCall { call, take };
            let taken = of(&take.begins).taken(call, given)?;
            Some(taken.around(taken.well.clone()))
        }
        Kind::Find(find) => {
            let call = super::FindCall { call, find };
            let list = of(&find.list.call);
            let (object, sent) = list.found(call, given)?;
            Some(vec![list.poll(true, &sent, &[object])])
        }
    }
}
