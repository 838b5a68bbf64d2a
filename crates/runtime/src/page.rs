//! Lists that come in pages (B16).

use crate::core::BoxFuture;
use crate::error::{Error, ErrorKind};
use futures_core::Stream;
use percent_encoding::percent_decode_str;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// This page's number, from 1.
    pub number: u64,
    /// The number of the next page; `None` on the last.
    pub next: Option<u64>,
    /// How many items there are on all pages, if the service says so.
    pub total: Option<u64>,
    // The service named a next page, but not which.
    lost: bool,
}

impl<T> Page<T> {
    /// Builds a page from an answer. Of `next_link` only the number in its query parameter
    /// `page_parameter` is taken, so that a link never leads anywhere else. A link that does not
    /// lead further is an error only once it is walked on.
    ///
    /// # Errors
    /// None so far; kept for services that number pages in other ways.
    pub fn from_parts(
        items: Vec<T>,
        number: u64,
        next_link: Option<&str>,
        total: Option<i64>,
        page_parameter: &'static str,
    ) -> Result<Self, Error> {
        let link = next_link.map(str::trim).filter(|link| !link.is_empty());
        let next = link.and_then(|link| number_in(link, page_parameter));
        Ok(Self {
            items,
            number,
            next,
            total: total.and_then(|total| u64::try_from(total).ok()),
            lost: link.is_some() && next.is_none(),
        })
    }

    /// The number of the page to walk on to.
    ///
    /// # Errors
    /// `decode` if the service names a page that does not lead further.
    pub fn advance(&self) -> Result<Option<u64>, Error> {
        let stuck = |what: String| {
            Err(Error::new(
                ErrorKind::Decode,
                format!("page {} names {what} as the next one", self.number),
            ))
        };
        match self.next {
            _ if self.lost => stuck("a link without a page number".to_owned()),
            Some(next) if next <= self.number => stuck(format!("page {next}")),
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
            total: self.total,
            lost: self.lost,
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

fn number_in(link: &str, parameter: &str) -> Option<u64> {
    let (_, query) = link.split_once('?')?;
    let query = query.split('#').next()?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| percent_decode_str(name).decode_utf8_lossy() == parameter)
        .and_then(|(_, value)| percent_decode_str(value).decode_utf8_lossy().parse().ok())
}

type Fetch<T> = Box<dyn FnMut(u64) -> BoxFuture<'static, Result<Page<T>, Error>> + Send>;

const MOST_PAGES: u64 = 10_000;

/// The items of a list, page after page, each page fetched when it is needed.
pub struct Items<T> {
    fetch: Fetch<T>,
    ready: std::vec::IntoIter<T>,
    pending: Option<BoxFuture<'static, Result<Page<T>, Error>>>,
    // The next page or the reason why there is none.
    next: Result<Option<u64>, Error>,
    left: Option<u64>,
    pages: u64,
    most_pages: u64,
}

// Nothing in here is ever pinned in place.
impl<T> Unpin for Items<T> {}

impl<T: Send + 'static> Items<T> {
    /// Walks from `start_page` on; `fetch` gets the page of a number.
    pub fn new(
        start_page: u64,
        fetch: impl FnMut(u64) -> BoxFuture<'static, Result<Page<T>, Error>> + Send + 'static,
    ) -> Self {
        Self {
            fetch: Box::new(fetch),
            ready: Vec::new().into_iter(),
            pending: None,
            next: Ok(Some(start_page)),
            left: None,
            pages: 0,
            most_pages: MOST_PAGES,
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
        self.most_pages = pages;
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

    /// All items that are left.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.try_next().await? {
            all.push(item);
        }
        Ok(all)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if self.left == Some(0) {
                return Poll::Ready(None);
            }
            if let Some(item) = self.ready.next() {
                if let Some(left) = &mut self.left {
                    *left -= 1;
                }
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(pending) = &mut self.pending else {
                match std::mem::replace(&mut self.next, Ok(None)) {
                    Ok(None) => return Poll::Ready(None),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                    Ok(Some(_)) if self.pages >= self.most_pages => {
                        return Poll::Ready(Some(Err(Error::new(
                            ErrorKind::Decode,
                            format!("the list has more than {} pages", self.most_pages),
                        ))));
                    }
                    Ok(Some(number)) => {
                        self.pages += 1;
                        self.pending = Some((self.fetch)(number));
                    }
                }
                continue;
            };
            let page = ready!(pending.as_mut().poll(context));
            self.pending = None;
            match page {
                Ok(page) => {
                    self.next = page.advance();
                    self.ready = page.items.into_iter();
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
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
            .field("pages", &self.pages)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn next(link: &str) -> Option<u64> {
        Page::from_parts(Vec::<u8>::new(), 1, Some(link), None, "page")
            .unwrap()
            .next
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
    fn totals_below_zero_are_ignored() {
        let page = Page::from_parts(vec![1], 1, None, Some(-1), "page").unwrap();
        assert_eq!(page.total, None);
        assert_eq!(page.advance().unwrap(), None);
        assert_eq!(page.iter().count(), 1);
    }

    // Pages of two numbers each; `last` has no next link.
    fn walk(last: u64, fetched: &Arc<AtomicU64>) -> Items<u64> {
        let fetched = Arc::clone(fetched);
        Items::new(1, move |number| {
            fetched.fetch_add(1, Ordering::SeqCst);
            let link = (number < last).then(|| format!("http://x/?page={}", number + 1));
            Box::pin(async move {
                let items = vec![number * 10, number * 10 + 1];
                Page::from_parts(items, number, link.as_deref(), None, "page")
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
            let mut items = Items::new(1, move |number| {
                Box::pin(async move { Page::from_parts(vec![7], number, Some(link), None, "page") })
            });
            assert_eq!(items.try_next().await.unwrap(), Some(7));
            let error = items.try_next().await.unwrap_err();
            assert!(error.message().starts_with("page 1 names"), "{error}");
            assert_eq!(items.try_next().await.unwrap(), None);
        }
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

    #[tokio::test]
    async fn b16_after_an_error_the_walk_is_over() {
        let mut items = Items::<u8>::new(1, |_| Box::pin(async { Err(Error::closed()) }));
        assert_eq!(
            items.try_next().await.unwrap_err().kind(),
            ErrorKind::Closed
        );
        assert_eq!(items.try_next().await.unwrap(), None);
    }
}
