//! Lists that come in pages (B16).

use std::sync::{Arc, Mutex, TryLockError, Weak};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use snapline_runtime::{BoxFuture, Course, Error};

use crate::asyncio::{self, Call};
use crate::engine::Engine;
use crate::event_loop::LoopHandle;
use crate::guard::guard;
use crate::values::IntoPython;
use crate::view::{Face, View};
use crate::work::{Finish, Work, work};
use crate::{errors, log, response::Response};

type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Vec<Py<PyAny>>> + Send>;
type Fetched = Result<snapline_runtime::Response<RawPage>, Error>;
// Fetches the page of a number, or the one that the caller asked for.
type FetchPage = Arc<dyn Fn(Option<u64>) -> BoxFuture<'static, Fetched> + Send + Sync>;

// A page whose items are not Python objects yet, whatever their type.
struct RawPage {
    items: Convert,
    page: snapline_runtime::Page<()>,
}

impl RawPage {
    fn new<T: IntoPython + Send + 'static>(page: snapline_runtime::Page<T>) -> Self {
        let (items, page) = page.split();
        Self {
            items: Box::new(move |py| items.into_iter().map(|item| item.into_python(py)).collect()),
            page,
        }
    }
}

// What fetches further pages.
#[derive(Clone)]
struct Source {
    engine: Arc<Engine>,
    face: Face,
    turn: FetchPage,
}

impl Source {
    // A page of either face.
    fn page(&self, py: Python<'_>, sheet: RawPage) -> PyResult<Py<PyAny>> {
        let items = (sheet.items)(py)?;
        self.page_of(py, items, sheet.page)
    }

    fn page_of(
        &self,
        py: Python<'_>,
        items: Vec<Py<PyAny>>,
        page: snapline_runtime::Page<()>,
    ) -> PyResult<Py<PyAny>> {
        let leaf = Leaf {
            items,
            page,
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

    // Fetches the next page of a walk that gives anything, or the last one. What it finds is put into
    // `tell` with Python at hand; until then the walk stands where it stood, so that one that is
    // cancelled loses nothing.
    fn walk_on(
        &self,
        mut trip: Trip,
        tell: impl FnOnce(Python<'_>, Trip, PyResult<Found>) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> Work {
        let source = self.clone();
        Box::pin(async move {
            let outcome = source.advance(&mut trip).await;
            Box::new(move |py: Python<'_>| {
                let found = match outcome {
                    Ok(None) => Ok(None),
                    Ok(Some((sheet, fresh))) => (sheet.items)(py).map(|mut items| {
                        let mut fresh = fresh.into_iter();
                        items.retain(|_| fresh.next().unwrap_or(true));
                        Some((items, sheet.page))
                    }),
                    Err(error) => {
                        // After an error the walk is over.
                        trip.end();
                        Err(errors::raise(py, &error))
                    }
                };
                tell(py, trip, found)
            }) as Finish
        })
    }

    // The same, waited for.
    fn walk(&self, py: Python<'_>, trip: &mut Trip) -> PyResult<Found> {
        let (tell, told) = std::sync::mpsc::channel();
        let work = self.walk_on(trip.clone(), move |py, trip, found| {
            // Nobody listens where the walk was interrupted.
            let _ = tell.send((trip, found));
            Ok(py.None())
        });
        self.engine.run(py, work)?;
        match told.try_recv() {
            Ok((walked, found)) => {
                *trip = walked;
                found
            }
            Err(_) => Ok(None),
        }
    }

    async fn advance(&self, trip: &mut Trip) -> Result<Option<(RawPage, Vec<bool>)>, Error> {
        loop {
            let number = match trip {
                Trip::Unbegun => None,
                Trip::Begun(course) => match course.next()? {
                    None => return Ok(None),
                    Some(number) => Some(number),
                },
            };
            let sheet = (self.turn)(number).await?.into_value();
            let fresh = trip.take(&sheet.page);
            if fresh.contains(&true) {
                return Ok(Some((sheet, fresh)));
            }
        }
    }
}

// The items that a walk gives next, and the page that they came with; nothing at the end.
type Found = Option<(Vec<Py<PyAny>>, snapline_runtime::Page<()>)>;

// How far a walk has come. The number of its first page may be known only once it is there.
#[derive(Clone)]
enum Trip {
    Unbegun,
    Begun(Box<Course>),
}

impl Trip {
    // Begins with a page that is there already, all of whose items are given.
    fn from(page: &snapline_runtime::Page<()>) -> Self {
        let mut trip = Self::Unbegun;
        trip.take(page);
        trip
    }

    fn take(&mut self, page: &snapline_runtime::Page<()>) -> Vec<bool> {
        if let Self::Unbegun = self {
            *self = Self::Begun(Box::new(Course::new(page.number)));
        }
        match self {
            Self::Begun(course) => course.take(page),
            Self::Unbegun => Vec::new(),
        }
    }

    fn end(&mut self) {
        let mut course = Course::new(1);
        course.end();
        *self = Self::Begun(Box::new(course));
    }
}

// What is in a page of either face.
struct Leaf {
    items: Vec<Py<PyAny>>,
    page: snapline_runtime::Page<()>,
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
            self.page.number,
            self.items.len(),
            optional(self.page.next),
            optional(self.page.total)
        )
    }
}

/// Fetches a page and keeps how to get the others: `turn` asks for one by its number.
pub(crate) fn open<C, B, T, F>(
    py: Python<'_>,
    view: &View<C>,
    call: B,
    turn: impl Fn(B, i64) -> B + Send + Sync + 'static,
    send: impl Fn(B) -> F + Send + Sync + 'static,
) -> PyResult<Py<PyAny>>
where
    B: Clone + Send + Sync + 'static,
    T: IntoPython + Send + 'static,
    F: Future<Output = Result<snapline_runtime::Response<snapline_runtime::Page<T>>, Error>>
        + Send
        + 'static,
{
    let turn: FetchPage = Arc::new(move |number| {
        let call = call.clone();
        let call = match number {
            None => call,
            // The service's numbers are far below 2^63; one beyond is refused there.
            Some(number) => turn(call, i64::try_from(number).unwrap_or(i64::MAX)),
        };
        let page = send(call);
        Box::pin(async move { page.await.map(|response| response.map(RawPage::new)) })
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
                self.0.page.number
            }

            /// The number of the next page; None on the last.
            #[getter]
            fn next_page(&self) -> Option<u64> {
                self.0.page.next
            }

            /// How many items there are on all pages, if the service says so.
            #[getter]
            fn total(&self) -> Option<u64> {
                self.0.page.total
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
    /// Goes through this page and the ones behind it, page by page. Each holds what none before it held.
    fn pages(slf: Py<Self>) -> PageIterator {
        let leaf = &slf.get().0;
        PageIterator(Mutex::new(Pages {
            trip: Trip::from(&leaf.page),
            source: leaf.source.clone(),
            here: Some(slf),
        }))
    }

    fn __iter__(&self, py: Python<'_>) -> ItemIterator {
        ItemIterator(Mutex::new(Items {
            ready: self.0.items(py).into_iter(),
            trip: Trip::from(&self.0.page),
            source: self.0.source.clone(),
        }))
    }
    }
}

page_class! {
    /// A page of a list. Iterating over it with `async for` goes on to the items of the pages behind
    /// it, each fetched when it is needed.
    AsyncPage {
    /// Goes through this page and the ones behind it, page by page, with `async for`. Each holds what none
    /// before it held.
    fn pages(slf: Py<Self>) -> AsyncPageIterator {
        let leaf = &slf.get().0;
        AsyncPageIterator(Arc::new(Mutex::new(AsyncWalk {
            trip: Trip::from(&leaf.page),
            source: leaf.source.clone(),
            here: Some(slf),
            under_way: Weak::new(),
        })))
    }

    fn __aiter__(&self, py: Python<'_>) -> AsyncItemIterator {
        AsyncItemIterator(Arc::new(Mutex::new(AsyncItems {
            ready: self.0.items(py).into_iter(),
            trip: Trip::from(&self.0.page),
            source: self.0.source.clone(),
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
    trip: Trip,
    source: Source,
}

impl Items {
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if let Some(item) = self.ready.next() {
            return Ok(Some(item));
        }
        if let Some((items, _)) = self.source.walk(py, &mut self.trip)? {
            self.ready = items.into_iter();
        }
        Ok(self.ready.next())
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

struct Pages {
    // The page to give before anything is fetched.
    here: Option<Py<Page>>,
    trip: Trip,
    source: Source,
}

/// The pages of a list.
#[pyclass(frozen, module = "snapline")]
struct PageIterator(Mutex<Pages>);

#[pymethods]
impl PageIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let step = |walk: &mut Pages| {
            if let Some(page) = walk.here.take() {
                return Ok(Some(page.into_any()));
            }
            let found = walk.source.walk(py, &mut walk.trip)?;
            found
                .map(|(items, page)| walk.source.page_of(py, items, page))
                .transpose()
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
                trip: Trip::Unbegun,
                source: slf.get().0.clone(),
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
    trip: Trip,
    source: Source,
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
    fn step(&self, items: &mut AsyncItems) -> PyResult<Call> {
        let step = alone(&mut items.under_way)?;
        if let Some(item) = items.ready.next() {
            return Ok(Call::ready(Ok(item)));
        }
        let (source, trip) = (items.source.clone(), items.trip.clone());
        let state = Arc::clone(&self.0);
        let engine = Arc::clone(&source.engine);
        let start = move |_: &LoopHandle| -> Work {
            source.walk_on(trip, move |_, trip, found| {
                with(&state, |items| {
                    items.trip = trip;
                    if let Some((ready, _)) = found? {
                        items.ready = ready.into_iter();
                    }
                    items.ready.next().ok_or_else(asyncio::stop)
                })
            })
        };
        Ok(Call::holding(&engine, Box::new(start), Some(step)))
    }
}

#[pymethods]
impl AsyncItemIterator {
    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self) -> PyResult<Call> {
        guard(|| with(&self.0, |items| self.step(items)))
    }
}

struct AsyncWalk {
    // The page to give before anything is fetched.
    here: Option<Py<AsyncPage>>,
    trip: Trip,
    source: Source,
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

    fn __anext__(&self) -> PyResult<Call> {
        let step = |walk: &mut AsyncWalk| {
            let step = alone(&mut walk.under_way)?;
            if let Some(page) = walk.here.take() {
                return Ok(Call::ready(Ok(page.into_any())));
            }
            let (source, trip) = (walk.source.clone(), walk.trip.clone());
            let state = Arc::clone(&self.0);
            let engine = Arc::clone(&source.engine);
            let start = move |_: &LoopHandle| -> Work {
                let whole = source.clone();
                source.walk_on(trip, move |py, trip, found| {
                    with(&state, |walk| {
                        walk.trip = trip;
                        Ok(())
                    })?;
                    match found? {
                        Some((items, page)) => whole.page_of(py, items, page),
                        None => Err(asyncio::stop()),
                    }
                })
            };
            Ok(Call::holding(&engine, Box::new(start), Some(step)))
        };
        guard(|| with(&self.0, step))
    }
}
