//! Lists that come in pages (B16).
//!
//! Where a page is named by its number, or by how many items stand before it, items which go away while a list is
//! walked move others from a page that is yet to come to one that was. A [`Course`] sees that by the total, goes over
//! the list again then, and gives no item twice. A cursor is the service's own name for a place, which stays where it is.

use crate::call::Response;
use crate::error::{Error, ErrorKind};
use crate::retry;
use crate::sync::BoxFuture;
use futures_core::Stream;
use http::HeaderMap;
use http::header::LINK;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

/// Where a page of a list begins, as the parameter says it by which the list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The number of a page, from 1 or what else the service begins with; or how many items stand before it, from 0.
    Number(u64),
    /// What the service calls it; `None` for the first page.
    Cursor(Option<String>),
}

impl Place {
    /// The place where a list begins whose parameter counts from `first`, unless its argument says another.
    #[must_use]
    pub fn number_of(argument: Option<i64>, first: u64) -> Self {
        Self::Number(argument.map_or(first, |number| u64::try_from(number).unwrap_or(first)))
    }

    /// The argument of a parameter that counts; the services' numbers are far below 2^63, and one beyond is refused there.
    #[must_use]
    pub fn to_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(i64::try_from(*number).unwrap_or(i64::MAX)),
            Self::Cursor(_) => None,
        }
    }

    /// The argument of a parameter that takes a cursor.
    #[must_use]
    pub fn to_cursor(&self) -> Option<String> {
        match self {
            Self::Number(_) => None,
            Self::Cursor(cursor) => cursor.clone(),
        }
    }

    /// The argument of either as JSON; nothing for the first page by a cursor.
    #[must_use]
    pub fn to_json(&self) -> Option<Value> {
        let number = self.to_number().map(Value::from);
        number.or_else(|| self.to_cursor().map(Value::from))
    }
}

/// A request for one page of a list.
pub trait Paged: Sized {
    /// Where the page begins.
    fn place(&self) -> Place;

    /// The same request for the page that begins there.
    #[must_use]
    fn at(self, place: &Place) -> Self;
}

/// What an answer says of the page behind it.
#[derive(Clone, Copy, Debug)]
pub enum Next<'a> {
    /// A link. Only what its query says of this parameter is taken, so that a link never leads anywhere else.
    Link(Option<&'a str>, &'static str),
    /// Its number, or how many items stand before it.
    Number(Option<i64>),
    /// Its cursor.
    Cursor(Option<&'a str>),
    /// Whether there is one, which then begins behind the last item: by what that is known.
    Last(bool, Option<&'a str>),
    /// Nothing, where a page says how many items stand before it: the list goes on while there are more by the total, and
    /// where none is told until a page has no items.
    Untold,
}

/// The target of the first link to the next page that headers `Link` have (RFC 8288).
#[must_use]
pub fn next_link(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(LINK).iter();
    let mut texts = values.filter_map(|value| value.to_str().ok());
    texts.find_map(next_of_links)
}

/// The same of one header.
fn next_of_links(mut text: &str) -> Option<String> {
    while let Some((_, link)) = text.split_once('<') {
        let (target, behind) = link.split_once('>')?;
        let (mut parameters, rest) = split_unquoted(behind, ',');
        text = rest;
        while !parameters.is_empty() {
            let (parameter, others) = split_unquoted(parameters, ';');
            parameters = others;
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            let mut relations = value.trim().trim_matches('"').split_whitespace();
            if name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
            {
                return Some(target.to_owned());
            }
        }
    }
    None
}

/// What stands before and behind a delimiter outside quotes, in which a backslash takes what follows as it is.
fn split_unquoted(text: &str, delimiter: char) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == delimiter && !quoted => {
                let (before, behind) = text.split_at(at);
                return (before, behind.trim_start_matches(delimiter));
            }
            _ => {}
        }
    }
    (text, "")
}

/// One page of a list.
///
/// ```
/// # use snapline_runtime::Page;
/// fn told(page: &Page<String>) {
///     for name in page.iter() {
///         println!("{name}");
///     }
///     match page.next {
///         Some(next) => println!("page {} of {:?} items, then page {next}", page.number, page.total),
///         None => println!("that is all"),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// This page's number, from 1 or what else the service begins with; where a list goes by how many items stand
    /// before a page, that; 0 where it goes by a cursor.
    pub number: u64,
    /// The same of the next page; `None` on the last, and where the list goes by a cursor.
    pub next: Option<u64>,
    /// The cursor of the next page; `None` on the last, and where the list goes by a number.
    pub next_cursor: Option<String>,
    /// How many items there are on all pages, if the service says so.
    pub total: Option<u64>,
    // Where it begins.
    place: Place,
    // The service named a next page, but not which.
    lost: bool,
    // What tells each item from all others, if the list has such a thing.
    ids: Option<Vec<Option<u64>>>,
    // When the service answered, by its clock.
    served_at: Option<SystemTime>,
}

/// A text that says something.
fn said(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// All items of a list, with what its answers said beside them.
#[derive(Debug)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// When the service gave them, by its clock.
    pub served_at: Option<SystemTime>,
    /// When it asks to be asked again.
    pub retry_after: Option<Duration>,
}

impl<T> From<Response<Vec<T>>> for Listed<T> {
    fn from(answer: Response<Vec<T>>) -> Self {
        Self {
            served_at: retry::date(answer.headers()),
            retry_after: retry::retry_after(answer.headers(), SystemTime::now()),
            items: answer.into_value(),
        }
    }
}

impl<T> Page<T> {
    /// Builds a page from an answer. What does not lead further is an error only once it is walked on.
    #[must_use]
    pub fn from_parts(items: Vec<T>, place: Place, next: Next<'_>, total: Option<i64>) -> Self {
        let total = total.and_then(|total| u64::try_from(total).ok());
        let number = match &place {
            Place::Number(number) => *number,
            Place::Cursor(_) => 0,
        };
        let (told, next, next_cursor) = match next {
            Next::Link(link, parameter) => {
                let link = said(link);
                let value = link.and_then(|link| value_in(link, parameter));
                let value = value.filter(|value| !value.is_empty());
                match place {
                    Place::Number(_) => {
                        (link.is_some(), value.and_then(|it| it.parse().ok()), None)
                    }
                    Place::Cursor(_) => (link.is_some(), None, value.map(Cow::into_owned)),
                }
            }
            Next::Number(next) => (
                next.is_some(),
                next.and_then(|next| u64::try_from(next).ok()),
                None,
            ),
            Next::Cursor(next) => {
                let next = said(next).map(str::to_owned);
                (next.is_some(), None, next)
            }
            Next::Last(more, last) => {
                // An id is sent as it is: blanks may be part of it.
                let last = last.filter(|last| more && said(Some(last)).is_some());
                (more, None, last.map(str::to_owned))
            }
            Next::Untold => {
                let behind = number.saturating_add(items.len() as u64);
                let more = !items.is_empty() && total.is_none_or(|total| behind < total);
                (more, more.then_some(behind), None)
            }
        };
        Self {
            items,
            number,
            lost: told && next.is_none() && next_cursor.is_none(),
            next,
            next_cursor,
            total,
            place,
            ids: None,
            served_at: None,
        }
    }

    /// The page of an answer, which says when it was given.
    #[must_use]
    pub fn of(answer: Response<Self>) -> Self {
        let served_at = retry::date(answer.headers());
        Self {
            served_at,
            ..answer.into_value()
        }
    }

    /// Says by which field of an item a walk knows it again.
    #[must_use]
    pub fn with_ids<I: Hash + Default + PartialEq>(
        mut self,
        id: impl Fn(&T) -> Option<&I>,
    ) -> Self {
        let ids = self.items.iter().map(|item| {
            // A zero value stands for an id that was not sent.
            let id = id(item).filter(|id| **id != I::default())?;
            let mut hash = DefaultHasher::new();
            id.hash(&mut hash);
            Some(hash.finish())
        });
        self.ids = Some(ids.collect());
        self
    }

    /// The items, and the page without them: all that a [`Course`] asks of it.
    pub fn split(mut self) -> (Vec<T>, Page<()>) {
        let items = std::mem::take(&mut self.items);
        let mut rest = self.map(|_| ());
        rest.items = vec![(); items.len()];
        (items, rest)
    }

    /// Where it begins.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Where the next page begins, as the answer says it.
    pub fn next_place(&self) -> Option<Place> {
        let number = self.next.map(Place::Number);
        let cursor = || {
            self.next_cursor
                .clone()
                .map(|next| Place::Cursor(Some(next)))
        };
        number.or_else(cursor)
    }

    /// Where the page to walk on to begins.
    ///
    /// # Errors
    /// `decode` if the service names a page that does not lead further.
    pub fn advance(&self) -> Result<Option<Place>, Error> {
        let stuck = |what: String| {
            let page = match &self.place {
                Place::Number(number) => format!("page {number}"),
                Place::Cursor(_) => "a page".to_owned(),
            };
            Err(Error::new(
                ErrorKind::Decode,
                format!("{page} names {what} as the next one"),
            ))
        };
        match self.next_place() {
            _ if self.lost => stuck(match self.place {
                Place::Number(_) => "a link without a page number".to_owned(),
                Place::Cursor(_) => "nothing that leads there".to_owned(),
            }),
            Some(Place::Number(next)) if next <= self.number => stuck(format!("page {next}")),
            Some(next) if next == self.place => stuck("itself".to_owned()),
            next => Ok(next),
        }
    }

    /// Goes through the items.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The same page with each item changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            number: self.number,
            next: self.next,
            next_cursor: self.next_cursor,
            total: self.total,
            place: self.place,
            lost: self.lost,
            served_at: self.served_at,
            ids: self.ids,
        }
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn value_in<'a>(link: &'a str, parameter: &str) -> Option<Cow<'a, str>> {
    let (_, query) = link.split_once('?')?;
    let query = query.split('#').next()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == parameter)
        .map(|(_, value)| value)
}

const MOST_PAGES: u64 = 10_000;

/// Hashes of ids in little more than eight bytes each: of a long list they are all that a walk keeps.
#[derive(Clone, Debug, Default)]
struct Ids {
    // What is not new, in order.
    sorted: Vec<u64>,
    new: HashSet<u64>,
}

impl Ids {
    fn contains(&self, id: u64) -> bool {
        self.new.contains(&id) || self.sorted.binary_search(&id).is_ok()
    }

    fn insert(&mut self, id: u64) {
        if self.sorted.binary_search(&id).is_ok() || !self.new.insert(id) {
            return;
        }
        if self.new.len() > (self.sorted.len() / 16).max(1024) {
            // Two runs in order, which a stable sort merges in one pass.
            let mut new: Vec<u64> = self.new.drain().collect();
            new.sort_unstable();
            self.new.shrink_to(1024);
            self.sorted.reserve_exact(new.len());
            self.sorted.extend(new);
            self.sorted.sort();
        }
    }
}

/// Where a walk over a list goes on, whatever fetches the pages.
#[derive(Clone, Debug)]
pub struct Course {
    start: Place,
    // The next page or the reason why there is none.
    next: Result<Option<Place>, Error>,
    pages: u64,
    most_pages: u64,
    // The ids of all items that were given.
    given: Ids,
    // Whether the list is gone over again, for what was passed over.
    again: bool,
    // How many pages this round has had, and the largest total that they told.
    round: u64,
    total: Option<u64>,
    // Whether items may have been passed over in this round, and whether it gave anything.
    passed_over: bool,
    fruitful: bool,
}

impl Course {
    /// Begins at the page of a place.
    #[must_use]
    pub fn new(start: Place) -> Self {
        Self {
            next: Ok(Some(start.clone())),
            start,
            pages: 0,
            most_pages: MOST_PAGES,
            given: Ids::default(),
            again: false,
            round: 0,
            total: None,
            passed_over: false,
            fruitful: false,
        }
    }

    /// Where the page to fetch next begins; `None` at the end.
    ///
    /// # Errors
    /// `decode` if the list has no end, or the last page named one that does not lead further.
    pub fn next(&self) -> Result<Option<Place>, Error> {
        match &self.next {
            Ok(Some(_)) if self.pages >= self.most_pages => Err(Error::new(
                ErrorKind::Decode,
                format!("the list has more than {} pages", self.most_pages),
            )),
            next => next.clone(),
        }
    }

    /// Ends the walk, as after an error.
    pub fn end(&mut self) {
        self.next = Ok(None);
    }

    /// Takes note of a page that was fetched. Tells of each of its items whether it is to be given: false
    /// for one that was given already.
    pub fn take<T>(&mut self, page: &Page<T>) -> Vec<bool> {
        self.pages += 1;
        self.round += 1;
        let known = |id: &Option<u64>| match id {
            Some(id) => self.given.contains(*id),
            // What cannot be told from others is given once at most: in the first round.
            None => self.again,
        };
        let fresh: Vec<bool> = match &page.ids {
            Some(ids) => ids.iter().map(|id| !known(id)).collect(),
            None => vec![!self.again; page.items.len()],
        };
        for id in page.ids.iter().flatten().flatten() {
            self.given.insert(*id);
        }
        self.fruitful |= fresh.contains(&true);
        // Where no total is told nothing shows that items went away, which moves no cursor.
        self.passed_over |= self.round > 1
            && matches!(page.place, Place::Number(_))
            && page.total.is_none_or(|now| Some(now) < self.total);
        self.total = self.total.max(page.total);
        self.next = match page.advance() {
            Ok(None) => self.turn(page.ids.is_some()),
            next => next,
        };
        fresh
    }

    // At the end of the list: back to the start, if a page may hold what was not given.
    fn turn(&mut self, ids: bool) -> Result<Option<Place>, Error> {
        let more = self.passed_over && (self.fruitful || !self.again);
        if !more {
            return Ok(None);
        }
        if !ids {
            // Without a total as well there is nothing to see, and the docs say so.
            return match self.total {
                None => Ok(None),
                Some(_) => Err(Error::new(
                    ErrorKind::Decode,
                    "items went away while the list was walked, and others may have been passed over; \
                     take all items before you delete any",
                )),
            };
        }
        self.again = true;
        self.round = 0;
        self.total = None;
        self.passed_over = false;
        self.fruitful = false;
        Ok(Some(self.start.clone()))
    }
}

type Fetch<T> = Box<dyn FnMut(Place) -> BoxFuture<'static, Result<Page<T>, Error>> + Send>;

/// The items of a list, page after page, each page fetched when it is needed.
///
/// Each item is given once, also while those already given are deleted: if the total shrinks from one
/// page to the next, the list is gone over again for what moved to a page that was passed. So it is if
/// the service tells no total. What is created during a walk may or may not be among its items.
///
/// ```
/// # use snapline_runtime::{Error, Items};
/// // What `.items()` of a list gives.
/// async fn names(items: Items<String>) -> Result<Vec<String>, Error> {
///     let mut items = items.limit(500);
///     let mut names = Vec::new();
///     while let Some(name) = items.try_next().await? {
///         names.push(name);
///     }
///     Ok(names)
/// }
/// ```
pub struct Items<T> {
    fetch: Fetch<T>,
    ready: std::vec::IntoIter<T>,
    pending: Option<BoxFuture<'static, Result<Page<T>, Error>>>,
    course: Course,
    left: Option<u64>,
    served_at: Option<SystemTime>,
}

// Nothing in here is ever pinned in place.
impl<T> Unpin for Items<T> {}

impl<T: Send + 'static> Items<T> {
    /// Walks from a place on; `fetch` gets the page of one.
    pub fn new(
        start: Place,
        fetch: impl FnMut(Place) -> BoxFuture<'static, Result<Page<T>, Error>> + Send + 'static,
    ) -> Self {
        Self {
            fetch: Box::new(fetch),
            ready: Vec::new().into_iter(),
            pending: None,
            course: Course::new(start),
            left: None,
            served_at: None,
        }
    }
}

impl<T> Items<T> {
    /// Ends after this many items; pages beyond are not fetched.
    #[must_use]
    pub fn limit(mut self, items: u64) -> Self {
        self.left = Some(items);
        self
    }

    /// How many pages are fetched before an endless list is taken for an error (default: 10000).
    #[must_use]
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.course.most_pages = pages;
        self
    }

    /// The next item; `None` after the last one, and after an error.
    ///
    /// # Errors
    /// Those of the call that fetches a page; `decode` if a page does not lead further.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| self.poll(context))
            .await
            .transpose()
    }

    /// The next item where it is here already: nothing between pages, and none is fetched.
    pub fn next_ready(&mut self) -> Option<T> {
        if self.left == Some(0) {
            return None;
        }
        let item = self.ready.next()?;
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        Some(item)
    }

    /// All items that are left.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub async fn try_collect(self) -> Result<Vec<T>, Error> {
        self.try_listed().await.map(|listed| listed.items)
    }

    /// The same, with what the answers said beside them.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub async fn try_listed(mut self) -> Result<Listed<T>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(Listed {
            items,
            served_at: self.served_at,
            retry_after: None,
        })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if self.left == Some(0) {
                return Poll::Ready(None);
            }
            if let Some(item) = self.next_ready() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(pending) = &mut self.pending else {
                match self.course.next() {
                    Ok(None) => return Poll::Ready(None),
                    Ok(Some(place)) => self.pending = Some((self.fetch)(place)),
                    Err(error) => {
                        self.course.end();
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                continue;
            };
            let page = ready!(pending.as_mut().poll(context));
            self.pending = None;
            match page {
                Ok(page) => {
                    self.served_at = page.served_at;
                    let mut fresh = self.course.take(&page).into_iter();
                    let mut items = page.items;
                    items.retain(|_| fresh.next().unwrap_or(true));
                    self.ready = items.into_iter();
                }
                Err(error) => {
                    self.course.end();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<T> std::fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.course.pages)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    const LAST: Next<'static> = Next::Link(None, "page");

    /// The number that a page was fetched by.
    fn number(place: &Place) -> u64 {
        u64::try_from(place.to_number().unwrap()).unwrap()
    }

    fn next(link: &str) -> Option<u64> {
        let next = Next::Link(Some(link), "page");
        Page::from_parts(Vec::<u8>::new(), Place::Number(1), next, None).next
    }

    #[test]
    fn b16_only_the_number_is_taken_from_a_link() {
        assert_eq!(
            next("https://evil.example/v2?per_page=3&page=2&x=1"),
            Some(2)
        );
        assert_eq!(next("?page=4#page=9"), Some(4));
        assert_eq!(next("/x?p%61ge=%35"), Some(5));
        for bad in [
            "https://a/2",
            "?page=x",
            "?page=-1",
            "?pages=2",
            "?page=",
            "",
        ] {
            assert_eq!(next(bad), None, "{bad}");
        }
    }

    #[test]
    fn b16_a_header_leads_to_the_next_page() {
        let next = |links: &[&str]| {
            let links = links.iter().map(|link| (LINK, link.parse().unwrap()));
            next_link(&links.collect())
        };
        let found = Some("https://a/?page=2&x=1".to_owned());
        for links in [
            &["<https://a/?page=2&x=1>; rel=\"next\""][..],
            &["<https://a/?page=9>; rel=\"last\", <https://a/?page=2&x=1>; rel=\"next\""],
            &[
                "<https://a/?page=1>; rel=prev; title=\"a\\\"; rel=next; b, <c>; rel=next\", <https://a/?page=2&x=1>;REL = next",
            ],
            &[
                "<https://a/?page=9>; rel=\"last\"",
                "<https://a/?page=2&x=1>; title=x; rel=\"start next\"",
            ],
        ] {
            assert_eq!(next(links), found, "{links:?}");
        }
        for links in [
            &[][..],
            &[""],
            &["<https://a/?page=2"],
            &["<https://a/?page=2>"],
            &["<https://a/?page=2>; rel=\"nextish\""],
            &["<https://a/?page=2>; title=\"rel=next\""],
            &["https://a/?page=2; rel=next"],
        ] {
            assert_eq!(next(links), None, "{links:?}");
        }
    }

    #[test]
    fn totals_below_zero_are_ignored() {
        let page = Page::from_parts(vec![1], Place::Number(1), LAST, Some(-1));
        assert_eq!(page.total, None);
        assert_eq!(page.advance().unwrap(), None);
        assert_eq!(page.iter().count(), 1);
    }

    // Pages of two numbers each; `last` has no next link.
    fn walk(last: u64, fetched: &Arc<AtomicU64>) -> Items<u64> {
        let fetched = Arc::clone(fetched);
        Items::new(Place::Number(1), move |place| {
            let number = number(&place);
            fetched.fetch_add(1, Ordering::SeqCst);
            let link = (number < last).then(|| format!("http://x/?page={}", number + 1));
            Box::pin(async move {
                let items = vec![number * 10, number * 10 + 1];
                let next = Next::Link(link.as_deref(), "page");
                Ok(Page::from_parts(items, place, next, None))
            })
        })
    }

    #[tokio::test]
    async fn b16_items_cross_pages_lazily() {
        let fetched = Arc::new(AtomicU64::new(0));
        let all = walk(3, &fetched).try_collect().await.unwrap();
        assert_eq!(all, [10, 11, 20, 21, 30, 31]);
        assert_eq!(fetched.swap(0, Ordering::SeqCst), 3);
        let some = walk(3, &fetched).limit(2).try_collect().await.unwrap();
        assert_eq!(some, [10, 11]);
        assert_eq!(fetched.swap(0, Ordering::SeqCst), 1);
        assert!(
            walk(3, &fetched)
                .limit(0)
                .try_collect()
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(fetched.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn b16_a_next_that_does_not_advance_ends_with_an_error() {
        for link in ["?page=1", "?page=0", "?cursor=abc"] {
            let mut items = Items::new(Place::Number(1), move |place| {
                let next = Next::Link(Some(link), "page");
                Box::pin(async move { Ok(Page::from_parts(vec![7], place, next, None)) })
            });
            assert_eq!(items.try_next().await.unwrap(), Some(7));
            let error = items.try_next().await.unwrap_err();
            assert!(error.message().starts_with("page 1 names"), "{error}");
            assert_eq!(items.try_next().await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn b16_what_is_ready_is_given_once_and_within_the_limit() {
        let mut items = walk(3, &Arc::default()).limit(3);
        assert_eq!(items.next_ready(), None);
        let mut given = Vec::new();
        while let Some(item) = items.try_next().await.unwrap() {
            given.push(item);
            given.extend(std::iter::from_fn(|| items.next_ready()));
        }
        assert_eq!(given.len(), 3, "{given:?}");
        given.dedup();
        assert_eq!(given.len(), 3, "{given:?}");
    }

    #[tokio::test]
    async fn b16_an_endless_list_has_a_bound() {
        let fetched = Arc::new(AtomicU64::new(0));
        let error = walk(u64::MAX, &fetched)
            .max_pages(5)
            .try_collect()
            .await
            .unwrap_err();
        assert_eq!(error.message(), "the list has more than 5 pages");
        assert_eq!(fetched.load(Ordering::SeqCst), 5);
    }

    // A list on a server: numbers, of which a page has so many.
    #[derive(Clone)]
    struct List {
        items: Arc<std::sync::Mutex<Vec<u64>>>,
        size: usize,
        tells_total: bool,
        tells_ids: bool,
        asked: Arc<AtomicU64>,
    }

    impl List {
        fn new(items: u64, size: usize) -> Self {
            Self {
                items: Arc::new(std::sync::Mutex::new((1..=items).collect())),
                size,
                tells_total: true,
                tells_ids: true,
                asked: Arc::default(),
            }
        }

        fn walk(&self, start: u64) -> Items<u64> {
            let list = self.clone();
            Items::new(Place::Number(start), move |place| {
                let number = number(&place);
                list.asked.fetch_add(1, Ordering::SeqCst);
                let all = list.items.lock().unwrap();
                let from = (usize::try_from(number).unwrap() - 1) * list.size;
                let items: Vec<u64> = all.iter().skip(from).take(list.size).copied().collect();
                let link = (from + list.size < all.len()).then(|| format!("?page={}", number + 1));
                let total = list
                    .tells_total
                    .then_some(i64::try_from(all.len()).unwrap());
                let next = Next::Link(link.as_deref(), "page");
                let page = Page::from_parts(items, place, next, total);
                let ids = list.tells_ids;
                Box::pin(async move {
                    Ok(match ids {
                        true => page.with_ids(|item| Some(item)),
                        false => page,
                    })
                })
            })
        }

        fn delete(&self, item: u64) {
            self.items.lock().unwrap().retain(|known| *known != item);
        }
    }

    #[test]
    fn b16_ids_are_known_again_and_take_little_room() {
        let mut ids = Ids::default();
        let of = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for number in 0..100_000 {
            assert!(!ids.contains(of(number)));
            ids.insert(of(number));
            ids.insert(of(number / 2));
        }
        assert!((0..100_000).all(|number| ids.contains(of(number))));
        assert!(!(100_000..200_000).any(|number| ids.contains(of(number))));
        assert_eq!(ids.sorted.len() + ids.new.len(), 100_000);
        let room = 8 * ids.sorted.capacity() + 9 * ids.new.capacity();
        assert!(room < 100_000 * 11, "{room} bytes");
    }

    #[tokio::test]
    async fn b16_a_walk_passes_over_nothing_while_what_it_gives_is_deleted() {
        for (items, size, tells_total, every) in [
            (60, 20, true, 1),
            (60, 20, false, 1),
            (1000, 7, true, 1),
            (1000, 200, true, 3),
            (1000, 200, false, 2),
            (25, 20, true, 1),
            (0, 20, true, 1),
        ] {
            let mut list = List::new(items, size);
            list.tells_total = tells_total;
            let mut walk = list.walk(1);
            let mut given = Vec::new();
            while let Some(item) = walk.try_next().await.unwrap() {
                given.push(item);
                if item % every == 0 {
                    list.delete(item);
                }
            }
            given.sort_unstable();
            let all: Vec<u64> = (1..=items).collect();
            assert_eq!(given, all, "{items} of {size}");
            let asked = list.asked.load(Ordering::SeqCst);
            assert!(asked < 8 * (items / size as u64 + 1), "{asked} requests");
        }
    }

    #[tokio::test]
    async fn b16_a_walk_goes_over_a_list_once_if_nothing_went_away() {
        let list = List::new(60, 20);
        assert_eq!(list.walk(1).try_collect().await.unwrap().len(), 60);
        assert_eq!(list.asked.swap(0, Ordering::SeqCst), 3);
        // What is added at the front moves the last item of a page to the next.
        let mut walk = list.walk(1);
        for _ in 0..20 {
            walk.try_next().await.unwrap();
        }
        list.items.lock().unwrap().insert(0, 0);
        let rest = walk.try_collect().await.unwrap();
        assert_eq!(rest, (21..=60).collect::<Vec<u64>>());
        // A page of its own holds the last one now.
        assert_eq!(list.asked.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn b16_a_walk_that_began_later_goes_back_to_its_start() {
        let list = List::new(60, 20);
        let mut walk = list.walk(2);
        let mut given = Vec::new();
        while let Some(item) = walk.try_next().await.unwrap() {
            given.push(item);
            list.delete(item);
        }
        assert_eq!(given, (21..=60).collect::<Vec<u64>>());
    }

    #[tokio::test]
    async fn b16_without_ids_a_list_that_shrinks_is_an_error() {
        let mut list = List::new(60, 20);
        list.tells_ids = false;
        let mut walk = list.walk(1);
        let mut given = 0;
        let error = loop {
            match walk.try_next().await {
                Ok(Some(item)) => {
                    given += 1;
                    list.delete(item);
                }
                Ok(None) => panic!("the walk ended silently after {given}"),
                Err(error) => break error,
            }
        };
        assert_eq!(given, 40);
        assert!(error.message().contains("take all items before"), "{error}");
        assert_eq!(walk.try_next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn b16_totals_that_jump_do_not_keep_a_walk_going() {
        let asked = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&asked);
        let items = Items::new(Place::Number(1), move |place| {
            let number = number(&place);
            let asked = counted.fetch_add(1, Ordering::SeqCst);
            let link = (number < 3).then(|| format!("?page={}", number + 1));
            let total = if asked.is_multiple_of(2) { 90 } else { 5 };
            let next = Next::Link(link.as_deref(), "page");
            let page = Page::from_parts(vec![number], place, next, Some(total));
            Box::pin(async move { Ok(page.with_ids(|item| Some(item))) })
        });
        assert_eq!(items.try_collect().await.unwrap(), [1, 2, 3]);
        assert_eq!(asked.load(Ordering::SeqCst), 6);
    }

    #[tokio::test]
    async fn b16_after_an_error_the_walk_is_over() {
        let mut items = Items::<u8>::new(Place::Number(1), |_| {
            Box::pin(async { Err(Error::closed()) })
        });
        assert_eq!(
            items.try_next().await.unwrap_err().kind(),
            ErrorKind::Closed
        );
        assert_eq!(items.try_next().await.unwrap(), None);
    }

    /// All items of a list whose pages come one after the other, and where each was asked for.
    async fn walked<const N: usize>(
        start: Place,
        answers: [(&'static [u8], Next<'static>, Option<i64>); N],
    ) -> (Result<Vec<u8>, Error>, Vec<Place>) {
        let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
        let places = Arc::clone(&asked);
        let mut answers = answers.into_iter();
        let items = Items::new(start, move |place| {
            places.lock().unwrap().push(place.clone());
            let (items, next, total) = answers.next().unwrap();
            let page = Page::from_parts(items.to_vec(), place, next, total);
            // A walk by cursors does not begin again, even if it could tell what it gave.
            let page = match page.place() {
                Place::Number(_) => page,
                Place::Cursor(_) => page.with_ids(|item| Some(item)),
            };
            Box::pin(async move { Ok(page) })
        });
        let items = items.try_collect().await;
        let asked = asked.lock().unwrap().clone();
        (items, asked)
    }

    #[tokio::test]
    async fn b16_a_list_goes_by_how_many_items_stand_before_a_page() {
        let start = || Place::number_of(None, 0);
        let numbers = |all: &[u64]| all.iter().copied().map(Place::Number).collect::<Vec<_>>();
        let by_total = [
            (&[1, 2][..], Next::Untold, Some(3)),
            (&[3], Next::Untold, Some(3)),
        ];
        let (items, asked) = walked(start(), by_total).await;
        assert_eq!((items.unwrap(), asked), (vec![1, 2, 3], numbers(&[0, 2])));
        // Without a total a page that has none is the last.
        let untold = [
            (&[1, 2][..], Next::Untold, None),
            (&[3], Next::Untold, None),
            (&[], Next::Untold, None),
        ];
        let (items, asked) = walked(start(), untold).await;
        assert_eq!(
            (items.unwrap(), asked),
            (vec![1, 2, 3], numbers(&[0, 2, 3]))
        );
        let told = [
            (&[1, 2][..], Next::Number(Some(2)), None),
            (&[3], Next::Number(None), None),
        ];
        let (items, asked) = walked(start(), told).await;
        assert_eq!((items.unwrap(), asked), (vec![1, 2, 3], numbers(&[0, 2])));
        let back = [
            (&[1, 2][..], Next::Number(Some(2)), None),
            (&[3], Next::Number(Some(0)), None),
        ];
        let (items, _) = walked(start(), back).await;
        let told = items.unwrap_err().to_string();
        assert!(told.contains("page 2 names page 0"), "{told}");
    }

    #[tokio::test]
    async fn b16_a_list_goes_by_cursors() {
        let start = || Place::Cursor(None);
        let cursors = |all: &[Option<&str>]| {
            let places = all.iter().map(|it| Place::Cursor(it.map(str::to_owned)));
            places.collect::<Vec<_>>()
        };
        let told = [
            (&[1, 2][..], Next::Cursor(Some("b+=/")), None),
            (&[], Next::Cursor(Some("c")), None),
            (&[3], Next::Cursor(Some("")), None),
        ];
        let (items, asked) = walked(start(), told).await;
        assert_eq!(items.unwrap(), [1, 2, 3]);
        assert_eq!(asked, cursors(&[None, Some("b+=/"), Some("c")]));
        let linked = [
            (
                &[1][..],
                Next::Link(Some("https://evil.example/?page=2&after=b%2B%3D"), "after"),
                None,
            ),
            (&[2], Next::Link(None, "after"), None),
        ];
        let (items, asked) = walked(start(), linked).await;
        assert_eq!(
            (items.unwrap(), asked),
            (vec![1, 2], cursors(&[None, Some("b+=")]))
        );
        let same = [
            (&[1][..], Next::Cursor(Some("b")), None),
            (&[2], Next::Cursor(Some("b")), None),
        ];
        let (items, _) = walked(start(), same).await;
        let told = items.unwrap_err().to_string();
        assert!(told.contains("a page names itself"), "{told}");
        let behind = [
            (&[1, 2][..], Next::Last(true, Some(" two ")), None),
            (&[3], Next::Last(false, Some("three")), None),
        ];
        let (items, asked) = walked(start(), behind).await;
        assert_eq!(
            (items.unwrap(), asked),
            (vec![1, 2, 3], cursors(&[None, Some(" two ")]))
        );
        let nameless = [
            (&[1][..], Next::Last(true, Some(" ")), None),
            (&[2], Next::Last(false, None), None),
        ];
        let (items, _) = walked(start(), nameless).await;
        let told = items.unwrap_err().to_string();
        assert!(told.contains("nothing that leads there"), "{told}");
    }
}
