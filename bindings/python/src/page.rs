//! Lists that come in pages (B16).

use std::sync::{Arc, Mutex, TryLockError, Weak};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use snapline_runtime::{BoxFuture, Error};

use crate::asyncio::{self, Call};
use crate::runtime::{Engine, Face, Finish, View, Work, guard, work};
use crate::values::IntoPython;
use crate::{errors, log, response::Response};

// As in the runtime: an endless list is an error in the end.
const MOST_PAGES: u64 = 10_000;

type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Vec<Py<PyAny>>> + Send>;
type Fetched = Result<snapline_runtime::Response<Sheet>, Error>;
// Fetches the page of a number, or the one that the caller asked for.
type Turn = Arc<dyn Fn(Option<u64>) -> BoxFuture<'static, Fetched> + Send + Sync>;

// A page whose items are not Python objects yet, whatever their type.
struct Sheet {
    items: Convert,
    is_empty: bool,
    number: u64,
    next: Option<u64>,
    total: Option<u64>,
    advance: Result<Option<u64>, Error>,
}

impl Sheet {
    fn new<T: IntoPython + Send + 'static>(page: snapline_runtime::Page<T>) -> Self {
        Self {
            number: page.number,
            next: page.next,
            total: page.total,
            advance: page.advance(),
            is_empty: page.items.is_empty(),
            items: Box::new(move |py| {
                page.items
                    .into_iter()
                    .map(|item| item.into_python(py))
                    .collect()
            }),
        }
    }
}

// What fetches further pages.
#[derive(Clone)]
struct Source {
    engine: Arc<Engine>,
    face: Face,
    turn: Turn,
}

impl Source {
    // A page of either face.
    fn page(&self, py: Python<'_>, sheet: Sheet) -> PyResult<Py<PyAny>> {
        let leaf = Leaf {
            items: (sheet.items)(py)?,
            number: sheet.number,
            next: sheet.next,
            total: sheet.total,
            advance: sheet.advance,
            source: self.clone(),
        };
        Ok(match self.face {
            Face::Sync => Py::new(py, Page(leaf))?.into_any(),
            Face::Async => Py::new(py, AsyncPage(leaf))?.into_any(),
        })
    }

    fn fetch(&self, number: Option<u64>) -> Work {
        let source = self.clone();
        work((self.turn)(number), move |py, response| {
            source.page(py, response.into_value())
        })
    }
}

// What is in a page of either face.
struct Leaf {
    items: Vec<Py<PyAny>>,
    number: u64,
    next: Option<u64>,
    total: Option<u64>,
    // The page to walk on to, or why there is none.
    advance: Result<Option<u64>, Error>,
    source: Source,
}

impl Leaf {
    fn items(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        self.items.iter().map(|item| item.clone_ref(py)).collect()
    }

    fn shown(&self, name: &str) -> String {
        let optional =
            |value: Option<u64>| value.map_or_else(|| "None".to_owned(), |value| value.to_string());
        format!(
            "<snapline.{name} number={} items={} next_page={} total={}>",
            self.number,
            self.items.len(),
            optional(self.next),
            optional(self.total)
        )
    }
}

/// Fetches a page and keeps how to get the others.
pub(crate) fn open<C, T, F, G>(
    py: Python<'_>,
    view: &View<C>,
    first: impl Fn() -> F + Send + Sync + 'static,
    turn: impl Fn(i64) -> G + Send + Sync + 'static,
) -> PyResult<Py<PyAny>>
where
    T: IntoPython + Send + 'static,
    F: Future<Output = Result<snapline_runtime::Response<snapline_runtime::Page<T>>, Error>>
        + Send
        + 'static,
    G: Future<Output = Result<snapline_runtime::Response<snapline_runtime::Page<T>>, Error>>
        + Send
        + 'static,
{
    let turn: Turn = Arc::new(move |number| match number {
        None => {
            let page = first();
            Box::pin(async move { page.await.map(|response| response.map(Sheet::new)) })
        }
        Some(number) => {
            // The service's numbers are far below 2^63; one beyond is refused there.
            let page = turn(i64::try_from(number).unwrap_or(i64::MAX));
            Box::pin(async move { page.await.map(|response| response.map(Sheet::new)) })
        }
    });
    let source = Source {
        engine: Arc::clone(view.engine()),
        face: view.face(),
        turn,
    };
    if view.is_raw() {
        let work = work((source.turn)(None), move |py, response| {
            Response::with(py, response, move |py, sheet| source.page(py, sheet))
        });
        return view.deliver(py, work);
    }
    match source.face {
        Face::Sync => view.deliver(py, source.fetch(None)),
        Face::Async => {
            log::refresh(py);
            let first = source.clone();
            let call = Call::new(view.engine(), Box::new(move |_| first.fetch(None)));
            let call = PyClassInitializer::from(call).add_subclass(PageCall(source));
            Ok(Py::new(py, call)?.into_any())
        }
    }
}

macro_rules! page_class {
    ($(#[$doc:meta])+ $Page:ident { $($method:item)+ }) => {
        $(#[$doc])+
        #[pyclass(frozen, generic, module = "snapline")]
        pub(crate) struct $Page(Leaf);

        #[pymethods]
        impl $Page {
            /// The items of this page alone.
            #[getter]
            fn items(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
                PyList::new(py, self.0.items(py)).map(Bound::unbind)
            }

            /// The number of this page, from 1.
            #[getter]
            fn number(&self) -> u64 {
                self.0.number
            }

            /// The number of the next page; None on the last.
            #[getter]
            fn next_page(&self) -> Option<u64> {
                self.0.next
            }

            /// How many items there are on all pages, if the service says so.
            #[getter]
            fn total(&self) -> Option<u64> {
                self.0.total
            }

            fn __repr__(&self) -> String {
                self.0.shown(stringify!($Page))
            }

            $($method)+
        }
    };
}

page_class! {
    /// A page of a list. Iterating over it goes on to the items of the pages behind it, each fetched
    /// when it is needed.
    Page {
    /// Goes through this page and the ones behind it, page by page.
    fn pages(slf: Py<Self>) -> PageIterator {
        PageIterator(Mutex::new(Some(Walk::Here(slf))))
    }

    fn __iter__(&self, py: Python<'_>) -> ItemIterator {
        ItemIterator(Mutex::new(Items {
            ready: self.0.items(py).into_iter(),
            next: self.0.advance.clone(),
            source: self.0.source.clone(),
            pages: 1,
        }))
    }
    }
}

page_class! {
    /// A page of a list. Iterating over it with `async for` goes on to the items of the pages behind
    /// it, each fetched when it is needed.
    AsyncPage {
    /// Goes through this page and the ones behind it, page by page, with `async for`.
    fn pages(slf: Py<Self>, py: Python<'_>) -> AsyncPageIterator {
        AsyncPageIterator(Arc::new(Mutex::new(AsyncWalk {
            here: Some(slf.clone_ref(py)),
            last: slf,
            under_way: Weak::new(),
        })))
    }

    fn __aiter__(&self, py: Python<'_>) -> AsyncItemIterator {
        AsyncItemIterator(Arc::new(Mutex::new(AsyncItems {
            ready: self.0.items(py).into_iter(),
            next: self.0.advance.clone().map(|next| next.map(Some)),
            source: self.0.source.clone(),
            pages: 1,
            under_way: Weak::new(),
        })))
    }
    }
}

// A lock held while another thread waits for the GIL would never be given back, so it is not waited
// for; a generator behaves the same way.
fn with<T, R>(state: &Mutex<T>, work: impl FnOnce(&mut T) -> PyResult<R>) -> PyResult<R> {
    match state.try_lock() {
        Ok(mut state) => work(&mut state),
        Err(TryLockError::Poisoned(state)) => work(&mut state.into_inner()),
        Err(TryLockError::WouldBlock) => Err(PyRuntimeError::new_err(
            "this iterator is in use by another thread",
        )),
    }
}

struct Items {
    ready: std::vec::IntoIter<Py<PyAny>>,
    next: Result<Option<u64>, Error>,
    source: Source,
    pages: u64,
}

impl Items {
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            if let Some(item) = self.ready.next() {
                return Ok(Some(item));
            }
            // After an error the walk is over.
            let next = std::mem::replace(&mut self.next, Ok(None));
            let Some(number) = next.map_err(|error| errors::raise(py, &error))? else {
                return Ok(None);
            };
            if self.pages >= MOST_PAGES {
                return Err(errors::endless(py, MOST_PAGES));
            }
            self.pages += 1;
            let page = self
                .source
                .engine
                .run(py, self.source.fetch(Some(number)))?;
            let page = page.bind(py).cast::<Page>()?.get();
            self.next = page.0.advance.clone();
            self.ready = page.0.items(py).into_iter();
        }
    }
}

/// The items of a list across its pages.
#[pyclass(frozen, module = "snapline")]
struct ItemIterator(Mutex<Items>);

#[pymethods]
impl ItemIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        guard(|| with(&self.0, |items| items.next(py)))
    }
}

enum Walk {
    Here(Py<Page>),
    After(Py<Page>),
}

/// The pages of a list.
#[pyclass(frozen, module = "snapline")]
struct PageIterator(Mutex<Option<Walk>>);

#[pymethods]
impl PageIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<Page>>> {
        let step = |walk: &mut Option<Walk>| {
            let page = match walk.take() {
                None => return Ok(None),
                Some(Walk::Here(page)) => page,
                Some(Walk::After(page)) => {
                    let last = &page.get().0;
                    match &last.advance {
                        Err(error) => return Err(errors::raise(py, error)),
                        Ok(None) => return Ok(None),
                        Ok(Some(number)) => {
                            let source = &last.source;
                            let next = source.engine.run(py, source.fetch(Some(*number)))?;
                            next.into_bound(py).cast_into::<Page>()?.unbind()
                        }
                    }
                }
            };
            *walk = Some(Walk::After(page.clone_ref(py)));
            Ok(Some(page))
        };
        guard(|| with(&self.0, step))
    }
}

/// A list to await for its first page, or to walk through with `async for`.
#[pyclass(frozen, extends = Call, generic, module = "snapline")]
pub(crate) struct PageCall(Source);

#[pymethods]
impl PageCall {
    fn __aiter__(slf: &Bound<'_, Self>) -> PyResult<AsyncItemIterator> {
        guard(|| {
            slf.as_super().get().replace()?;
            Ok(AsyncItemIterator(Arc::new(Mutex::new(AsyncItems {
                ready: Vec::new().into_iter(),
                next: Ok(Some(None)),
                source: slf.get().0.clone(),
                pages: 0,
                under_way: Weak::new(),
            }))))
        })
    }
}

// A step of an asynchronous walk. As long as it lives no other may begin; a cancelled one is lost,
// and the next step fetches the same page again.
type Step = Arc<()>;

struct AsyncItems {
    ready: std::vec::IntoIter<Py<PyAny>>,
    // The page to fetch next, where None is the one that the caller asked for.
    next: Result<Option<Option<u64>>, Error>,
    source: Source,
    pages: u64,
    under_way: Weak<()>,
}

fn alone(under_way: &mut Weak<()>) -> PyResult<Step> {
    if under_way.strong_count() > 0 {
        return Err(PyRuntimeError::new_err(
            "this iterator is in use by another task",
        ));
    }
    let step = Arc::new(());
    *under_way = Arc::downgrade(&step);
    Ok(step)
}

/// The items of a list across its pages, for `async for`.
#[pyclass(frozen, module = "snapline")]
struct AsyncItemIterator(Arc<Mutex<AsyncItems>>);

impl AsyncItemIterator {
    fn step(&self, py: Python<'_>, items: &mut AsyncItems) -> PyResult<Call> {
        let step = alone(&mut items.under_way)?;
        if let Some(item) = items.ready.next() {
            return Ok(Call::ready(Ok(item)));
        }
        let number = match &items.next {
            Ok(Some(number)) => *number,
            Ok(None) => return Err(asyncio::stop()),
            Err(error) => {
                let error = errors::raise(py, error);
                items.next = Ok(None);
                return Err(error);
            }
        };
        let (source, pages) = (items.source.clone(), items.pages);
        let state = Arc::clone(&self.0);
        let engine = Arc::clone(&source.engine);
        let start = move |_: &asyncio::Outlet| -> Work {
            Box::pin(async move {
                let outcome = filled(&source, number, pages).await;
                Box::new(move |py: Python<'_>| {
                    let outcome = match outcome {
                        Ok((sheet, pages)) => match (sheet.items)(py) {
                            Ok(ready) => Ok((ready, sheet.advance, pages)),
                            Err(error) => Err(error),
                        },
                        Err(Stopped::Error(error)) => Err(errors::raise(py, &error)),
                        Err(Stopped::Endless) => Err(errors::endless(py, MOST_PAGES)),
                    };
                    let item = with(&state, |items| {
                        // After an error the walk is over.
                        items.next = Ok(None);
                        let (ready, advance, pages) = outcome?;
                        items.ready = ready.into_iter();
                        items.next = advance.map(|next| next.map(Some));
                        items.pages = pages;
                        Ok(items.ready.next())
                    });
                    match item? {
                        Some(item) => Ok(item),
                        None => match with(&state, |items| {
                            Ok(std::mem::replace(&mut items.next, Ok(None)))
                        })? {
                            Err(error) => Err(errors::raise(py, &error)),
                            Ok(_) => Err(asyncio::stop()),
                        },
                    }
                }) as Finish
            })
        };
        Ok(Call::holding(&engine, Box::new(start), Some(step)))
    }
}

enum Stopped {
    Error(Error),
    Endless,
}

// The next page that has items, or the last one.
async fn filled(
    source: &Source,
    mut number: Option<u64>,
    mut pages: u64,
) -> Result<(Sheet, u64), Stopped> {
    loop {
        if pages >= MOST_PAGES {
            return Err(Stopped::Endless);
        }
        pages += 1;
        let sheet = (source.turn)(number)
            .await
            .map_err(Stopped::Error)?
            .into_value();
        match &sheet.advance {
            Ok(Some(next)) if sheet.is_empty => number = Some(*next),
            _ => return Ok((sheet, pages)),
        }
    }
}

#[pymethods]
impl AsyncItemIterator {
    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Call> {
        guard(|| with(&self.0, |items| self.step(py, items)))
    }
}

struct AsyncWalk {
    // The page to give before anything is fetched.
    here: Option<Py<AsyncPage>>,
    last: Py<AsyncPage>,
    under_way: Weak<()>,
}

/// The pages of a list, for `async for`.
#[pyclass(frozen, module = "snapline")]
struct AsyncPageIterator(Arc<Mutex<AsyncWalk>>);

#[pymethods]
impl AsyncPageIterator {
    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Call> {
        let step = |walk: &mut AsyncWalk| {
            let step = alone(&mut walk.under_way)?;
            if let Some(page) = walk.here.take() {
                return Ok(Call::ready(Ok(page.into_any())));
            }
            let last = &walk.last.get().0;
            let number = match &last.advance {
                Err(error) => return Err(errors::raise(py, error)),
                Ok(None) => return Err(asyncio::stop()),
                Ok(Some(number)) => *number,
            };
            let source = last.source.clone();
            let state = Arc::clone(&self.0);
            let engine = Arc::clone(&source.engine);
            let start = move |_: &asyncio::Outlet| {
                let next = source.clone();
                work((source.turn)(Some(number)), move |py, response| {
                    let page = next.page(py, response.into_value())?;
                    let last = page.bind(py).cast::<AsyncPage>()?.clone().unbind();
                    with(&state, |walk| {
                        walk.last = last;
                        Ok(())
                    })?;
                    Ok(page)
                })
            };
            Ok(Call::holding(&engine, Box::new(start), Some(step)))
        };
        guard(|| with(&self.0, step))
    }
}
