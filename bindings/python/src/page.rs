//! Lists that come in pages (B16).

use std::sync::{Arc, Mutex, TryLockError, Weak};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use snapline_runtime::{BoxFuture, Course, Error, Paged, Place};

use crate::asyncio::{self, Call};
use crate::engine::Engine;
use crate::event_loop::LoopHandle;
use crate::guard::guard;
use crate::values::IntoPython;
use crate::view::{Face, View};
use crate::work::{Finish, Work, work};
use crate::{errors, log, response::Response};

type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Vec<Py<PyAny>>> + Send>;
type PageResult = Result<snapline_runtime::Response<RawPage>, Error>;
// Fetches the page of a place, or the one that the caller asked for.
type FetchPage = Arc<dyn Fn(Option<Place>) -> BoxFuture<'static, PageResult> + Send + Sync>;

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
    fetch: FetchPage,
}

impl Source {
    // A page of either face.
    fn page(&self, py: Python<'_>, raw: RawPage) -> PyResult<Py<PyAny>> {
        let items = (raw.items)(py)?;
        self.page_of(py, items, raw.page)
    }

    fn page_of(
        &self,
        py: Python<'_>,
        items: Vec<Py<PyAny>>,
        page: snapline_runtime::Page<()>,
    ) -> PyResult<Py<PyAny>> {
        let data = PageData {
            items,
            page,
            source: self.clone(),
        };
        Ok(match self.face {
            Face::Sync => Py::new(py, Page(data))?.into_any(),
            Face::Async => Py::new(py, AsyncPage(data))?.into_any(),
        })
    }

    fn fetch(&self, place: Option<Place>) -> Work {
        let source = self.clone();
        work((self.fetch)(place), move |py, response| {
            source.page(py, response.into_value())
        })
    }

    // Fetches the next page of a walk that gives anything, or the last one. What it finds is put into
    // `then` with Python at hand; until then the walk stands where it stood, so that one that is
    // cancelled loses nothing.
    fn walk_on(
        &self,
        mut progress: WalkState,
        then: impl FnOnce(Python<'_>, WalkState, PyResult<NextItems>) -> PyResult<Py<PyAny>>
        + Send
        + 'static,
    ) -> Work {
        let source = self.clone();
        Box::pin(async move {
            let outcome = source.advance(&mut progress).await;
            Box::new(move |py: Python<'_>| {
                let next = match outcome {
                    Ok(None) => Ok(None),
                    Ok(Some((raw, fresh))) => (raw.items)(py).map(|mut items| {
                        let mut fresh = fresh.into_iter();
                        items.retain(|_| fresh.next().unwrap_or(true));
                        Some((items, raw.page))
                    }),
                    Err(error) => {
                        // After an error the walk is over.
                        progress.end();
                        Err(errors::raise(py, &error))
                    }
                };
                then(py, progress, next)
            }) as Finish
        })
    }

    // The same, waited for.
    fn walk(&self, py: Python<'_>, progress: &mut WalkState) -> PyResult<NextItems> {
        let (sender, receiver) = std::sync::mpsc::channel();
        let work = self.walk_on(progress.clone(), move |py, progress, next| {
            // Nobody listens where the walk was interrupted.
            let _ = sender.send((progress, next));
            Ok(py.None())
        });
        self.engine.run(py, work)?;
        match receiver.try_recv() {
            Ok((walked, next)) => {
                *progress = walked;
                next
            }
            Err(_) => Ok(None),
        }
    }

    async fn advance(
        &self,
        progress: &mut WalkState,
    ) -> Result<Option<(RawPage, Vec<bool>)>, Error> {
        loop {
            let place = match progress {
                WalkState::Unbegun => None,
                WalkState::Begun(course) => match course.next()? {
                    None => return Ok(None),
                    Some(place) => Some(place),
                },
            };
            let raw = (self.fetch)(place).await?.into_value();
            let fresh = progress.take(&raw.page);
            if fresh.contains(&true) {
                return Ok(Some((raw, fresh)));
            }
        }
    }
}

// The items that a walk gives next, and the page that they came with; nothing at the end.
type NextItems = Option<(Vec<Py<PyAny>>, snapline_runtime::Page<()>)>;

// How far a walk has come. Where its first page begins may be known only once it is there.
#[derive(Clone)]
enum WalkState {
    Unbegun,
    Begun(Box<Course>),
}

impl WalkState {
    // Begins with a page that is there already, all of whose items are given.
    fn from(page: &snapline_runtime::Page<()>) -> Self {
        let mut progress = Self::Unbegun;
        progress.take(page);
        progress
    }

    fn take(&mut self, page: &snapline_runtime::Page<()>) -> Vec<bool> {
        if let Self::Unbegun = self {
            *self = Self::Begun(Box::new(Course::new(page.place().clone())));
        }
        match self {
            Self::Begun(course) => course.take(page),
            Self::Unbegun => Vec::new(),
        }
    }

    fn end(&mut self) {
        let mut course = Course::new(Place::Number(1));
        course.end();
        *self = Self::Begun(Box::new(course));
    }
}

// What is in a page of either face.
struct PageData {
    items: Vec<Py<PyAny>>,
    page: snapline_runtime::Page<()>,
    source: Source,
}

impl PageData {
    fn items(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        self.items.iter().map(|item| item.clone_ref(py)).collect()
    }

    fn repr(&self, name: &str) -> String {
        let optional =
            |value: Option<u64>| value.map_or_else(|| "None".to_owned(), |value| value.to_string());
        let items = self.items.len();
        let total = optional(self.page.total);
        let (here, next) = match self.page.place() {
            Place::Number(number) => {
                let next = optional(self.page.next);
                (format!("number={number}"), format!("next_page={next}"))
            }
            Place::Cursor(cursor) => {
                let text = |cursor: &Option<String>| match cursor {
                    Some(cursor) => format!("{cursor:?}"),
                    None => "None".to_owned(),
                };
                let next = text(&self.page.next_cursor);
                (
                    format!("cursor={}", text(cursor)),
                    format!("next_cursor={next}"),
                )
            }
        };
        format!("<snapline.{name} {here} items={items} {next} total={total}>")
    }
}

/// Fetches a page and keeps how to get the others.
pub(crate) fn open<C, B, T, F>(
    py: Python<'_>,
    view: &View<C>,
    call: B,
    send: impl Fn(B) -> F + Send + Sync + 'static,
) -> PyResult<Py<PyAny>>
where
    B: Paged + Clone + Send + Sync + 'static,
    T: IntoPython + Send + 'static,
    F: Future<Output = Result<snapline_runtime::Response<snapline_runtime::Page<T>>, Error>>
        + Send
        + 'static,
{
    let fetch: FetchPage = Arc::new(move |place| {
        let call = call.clone();
        let call = match place {
            None => call,
            Some(place) => call.at(&place),
        };
        let page = send(call);
        Box::pin(async move { page.await.map(|response| response.map(RawPage::new)) })
    });
    let source = Source {
        engine: Arc::clone(view.engine()),
        face: view.face(),
        fetch,
    };
    if view.is_raw() {
        let work = work((source.fetch)(None), move |py, response| {
            Response::with(py, response, move |py, raw| source.page(py, raw))
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
        pub(crate) struct $Page(PageData);

        #[pymethods]
        impl $Page {
            /// The items of this page alone.
            #[getter]
            fn items(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
                PyList::new(py, self.0.items(py)).map(Bound::unbind)
            }

            /// The number of this page, from 1; where the list goes by how many items stand before a page, that; 0
            /// where it goes by a cursor.
            #[getter]
            fn number(&self) -> u64 {
                self.0.page.number
            }

            /// The same of the next page; None on the last, and where the list goes by a cursor.
            #[getter]
            fn next_page(&self) -> Option<u64> {
                self.0.page.next
            }

            /// The cursor of the next page; None on the last, and where the list goes by a number.
            #[getter]
            fn next_cursor(&self) -> Option<&str> {
                self.0.page.next_cursor.as_deref()
            }

            /// How many items there are on all pages, if the service says so.
            #[getter]
            fn total(&self) -> Option<u64> {
                self.0.page.total
            }

            fn __repr__(&self) -> String {
                self.0.repr(stringify!($Page))
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
        let data = &slf.get().0;
        PageIterator(Mutex::new(Pages {
            progress: WalkState::from(&data.page),
            source: data.source.clone(),
            here: Some(slf),
        }))
    }

    fn __iter__(&self, py: Python<'_>) -> ItemIterator {
        ItemIterator(Mutex::new(Items {
            ready: self.0.items(py).into_iter(),
            progress: WalkState::from(&self.0.page),
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
        let data = &slf.get().0;
        AsyncPageIterator(Arc::new(Mutex::new(AsyncWalk {
            progress: WalkState::from(&data.page),
            source: data.source.clone(),
            here: Some(slf),
            under_way: Weak::new(),
        })))
    }

    fn __aiter__(&self, py: Python<'_>) -> AsyncItemIterator {
        AsyncItemIterator(Arc::new(Mutex::new(AsyncItems {
            ready: self.0.items(py).into_iter(),
            progress: WalkState::from(&self.0.page),
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
    progress: WalkState,
    source: Source,
}

impl Items {
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if let Some(item) = self.ready.next() {
            return Ok(Some(item));
        }
        if let Some((items, _)) = self.source.walk(py, &mut self.progress)? {
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
    progress: WalkState,
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
            let next = walk.source.walk(py, &mut walk.progress)?;
            next.map(|(items, page)| walk.source.page_of(py, items, page))
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
                progress: WalkState::Unbegun,
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
    progress: WalkState,
    source: Source,
    under_way: Weak<()>,
}

fn begin_step(under_way: &mut Weak<()>) -> PyResult<Step> {
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
        let step = begin_step(&mut items.under_way)?;
        if let Some(item) = items.ready.next() {
            return Ok(Call::ready(Ok(item)));
        }
        let (source, progress) = (items.source.clone(), items.progress.clone());
        let state = Arc::clone(&self.0);
        let engine = Arc::clone(&source.engine);
        let start = move |_: &LoopHandle| -> Work {
            source.walk_on(progress, move |_, progress, next| {
                with(&state, |items| {
                    items.progress = progress;
                    if let Some((ready, _)) = next? {
                        items.ready = ready.into_iter();
                    }
                    items.ready.next().ok_or_else(asyncio::stop)
                })
            })
        };
        Ok(Call::with_permit(&engine, Box::new(start), Some(step)))
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
    progress: WalkState,
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
            let step = begin_step(&mut walk.under_way)?;
            if let Some(page) = walk.here.take() {
                return Ok(Call::ready(Ok(page.into_any())));
            }
            let (source, progress) = (walk.source.clone(), walk.progress.clone());
            let state = Arc::clone(&self.0);
            let engine = Arc::clone(&source.engine);
            let start = move |_: &LoopHandle| -> Work {
                let whole = source.clone();
                source.walk_on(progress, move |py, progress, next| {
                    with(&state, |walk| {
                        walk.progress = progress;
                        Ok(())
                    })?;
                    match next? {
                        Some((items, page)) => whole.page_of(py, items, page),
                        None => Err(asyncio::stop()),
                    }
                })
            };
            Ok(Call::with_permit(&engine, Box::new(start), Some(step)))
        };
        guard(|| with(&self.0, step))
    }
}
