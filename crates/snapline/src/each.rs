//! Many calls, with a bound on how many are under way at once.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, Stream, StreamExt};

/// Makes a call for each item, `parallel` of them at most at once, and gives each item with what its call came to.
///
/// Results come in the order in which calls end. A call that fails stops no other. An item is taken, and its call
/// begun, only when there is room for it; nothing runs but while [`Each::next`] is awaited, and calls that are under
/// way are cancelled when this is dropped. A `parallel` of 0 counts as 1. A client whose `pacing` is on holds calls
/// back where its service's rate limit asks for it, however many may run.
///
/// The item is given back beside the result, which is why it must be `Clone`: a reference will do.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let mut calls = snapline::each(["a", "bb", "ccc"], 2, async |name: &str| name.len());
/// while let Some((name, length)) = calls.next().await {
///     assert_eq!(name.len(), length);
/// }
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "no call is made until results are asked for"]
pub fn each<I, F, R>(
    items: I,
    parallel: usize,
    mut call: F,
) -> Each<impl Stream<Item = (I::Item, R::Output)>>
where
    I: IntoIterator,
    I::Item: Clone,
    F: FnMut(I::Item) -> R,
    R: Future,
{
    let calls = stream::iter(items).map(move |item| {
        let running = call(item.clone());
        async move { (item, running.await) }
    });
    Each(Box::pin(calls.buffer_unordered(parallel.max(1))))
}

/// What calls come to, as they end; made by [`each`].
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let mut squares = snapline::each(1..=3, 2, async |number: i32| number * number);
/// let mut all = Vec::new();
/// while let Some((number, square)) = squares.next().await {
///     all.push((number, square));
/// }
/// all.sort_unstable();
/// assert_eq!(all, [(1, 1), (2, 4), (3, 9)]);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "no call is made until results are asked for"]
pub struct Each<S>(Pin<Box<S>>);

impl<S: Stream> Each<S> {
    /// The next item whose call has ended, and its result; none once all have.
    pub async fn next(&mut self) -> Option<S::Item> {
        self.0.next().await
    }
}

impl<S: Stream> Stream for Each<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.0.as_mut().poll_next(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<S> fmt::Debug for Each<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Each").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    async fn later(steps: u64) {
        tokio::time::sleep(Duration::from_millis(steps * 10)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_the_bound_are_under_way_and_none_is_left_out() {
        for parallel in [0, 1, 3, 50] {
            let (running, most) = (Cell::new(0), Cell::new(0));
            let mut calls = each(0..20_u64, parallel, async |item| {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                later(item % 4 + 1).await;
                running.set(running.get() - 1);
                item * 2
            });
            let mut seen = Vec::new();
            while let Some((item, double)) = calls.next().await {
                assert_eq!(double, item * 2);
                seen.push(item);
            }
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..20));
            assert_eq!(most.get(), parallel.clamp(1, 20));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn results_come_as_calls_end_and_a_failure_stops_no_other() {
        let mut calls = each([3, 1, 2], 3, async |steps: u64| {
            later(steps).await;
            if steps == 1 { Err(steps) } else { Ok(steps) }
        });
        let mut seen = Vec::new();
        while let Some(told) = calls.next().await {
            seen.push(told);
        }
        assert_eq!(seen, [(1, Err(1)), (2, Ok(2)), (3, Ok(3))]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_dropped_begins_nothing_more() {
        let (begun, ended) = (Cell::new(0), Cell::new(0));
        let mut calls = each(1..=9_u64, 2, async |steps| {
            begun.set(begun.get() + 1);
            later(steps).await;
            ended.set(ended.get() + 1);
        });
        assert_eq!(begun.get(), 0);
        assert_eq!(calls.next().await.map(|(steps, ())| steps), Some(1));
        drop(calls);
        later(100).await;
        assert_eq!((begun.get(), ended.get()), (2, 1));
    }

    #[test]
    fn it_can_be_awaited_on_another_thread() {
        fn sent<T: Send>(_: &T) {}
        sent(&each(["a"], 1, |text: &'static str| {
            std::future::ready(text)
        }));
    }
}
