//! Lists that come in pages (B16).

use std::sync::{Arc, Mutex, TryLockError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use snapline_runtime::{BoxFuture, Error};

use crate::errors;
use crate::runtime::{Engine, guard};
use crate::values::IntoPython;

// As in the runtime: an endless list is an error in the end.
const MOST_PAGES: u64 = 10_000;

type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Vec<Py<PyAny>>> + Send>;
type Turn = Arc<dyn Fn(u64) -> BoxFuture<'static, Result<Sheet, Error>> + Send + Sync>;

// A page whose items are not Python objects yet, whatever their type.
struct Sheet {
    items: Convert,
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
    turn: Turn,
}

impl Source {
    fn fetch(&self, py: Python<'_>, number: u64) -> PyResult<Page> {
        let sheet = self.engine.run(py, (self.turn)(number))?;
        self.page(py, sheet)
    }

    fn page(&self, py: Python<'_>, sheet: Sheet) -> PyResult<Page> {
        Ok(Page {
            items: (sheet.items)(py)?,
            number: sheet.number,
            next: sheet.next,
            total: sheet.total,
            advance: sheet.advance,
            source: self.clone(),
        })
    }
}

/// A page of a list. Iterating over it goes on to the items of the pages behind it, each fetched
/// when it is needed.
#[pyclass(frozen, generic, module = "snapline")]
pub(crate) struct Page {
    items: Vec<Py<PyAny>>,
    number: u64,
    next: Option<u64>,
    total: Option<u64>,
    // The page to walk on to, or why there is none.
    advance: Result<Option<u64>, Error>,
    source: Source,
}

/// Fetches a page and keeps how to get the others.
pub(crate) fn open<T, F, G>(
    py: Python<'_>,
    engine: &Arc<Engine>,
    first: F,
    turn: impl Fn(i64) -> G + Send + Sync + 'static,
) -> PyResult<Py<PyAny>>
where
    T: IntoPython + Send + 'static,
    F: Future<Output = Result<snapline_runtime::Page<T>, Error>> + Send + 'static,
    G: Future<Output = Result<snapline_runtime::Page<T>, Error>> + Send + 'static,
{
    let turn: Turn = Arc::new(move |number| {
        // The service's numbers are far below 2^63; one beyond is refused there.
        let page = turn(i64::try_from(number).unwrap_or(i64::MAX));
        Box::pin(async move { page.await.map(Sheet::new) })
    });
    let source = Source {
        engine: Arc::clone(engine),
        turn,
    };
    let sheet = source
        .engine
        .run(py, async move { first.await.map(Sheet::new) })?;
    Ok(Py::new(py, source.page(py, sheet)?)?.into_any())
}

fn copies(py: Python<'_>, items: &[Py<PyAny>]) -> Vec<Py<PyAny>> {
    items.iter().map(|item| item.clone_ref(py)).collect()
}

#[pymethods]
impl Page {
    /// The items of this page alone.
    #[getter]
    fn items(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        PyList::new(py, copies(py, &self.items)).map(Bound::unbind)
    }

    /// The number of this page, from 1.
    #[getter]
    fn number(&self) -> u64 {
        self.number
    }

    /// The number of the next page; None on the last.
    #[getter]
    fn next_page(&self) -> Option<u64> {
        self.next
    }

    /// How many items there are on all pages, if the service says so.
    #[getter]
    fn total(&self) -> Option<u64> {
        self.total
    }

    /// Goes through this page and the ones behind it, page by page.
    fn pages(slf: Py<Self>) -> PageIterator {
        PageIterator(Mutex::new(Some(Walk::Here(slf))))
    }

    fn __iter__(&self, py: Python<'_>) -> ItemIterator {
        ItemIterator(Mutex::new(Items {
            ready: copies(py, &self.items).into_iter(),
            next: self.advance.clone(),
            source: self.source.clone(),
            pages: 1,
        }))
    }

    fn __repr__(&self) -> String {
        let optional =
            |value: Option<u64>| value.map_or_else(|| "None".to_owned(), |value| value.to_string());
        format!(
            "<snapline.Page number={} items={} next_page={} total={}>",
            self.number,
            self.items.len(),
            optional(self.next),
            optional(self.total)
        )
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
            let page = self.source.fetch(py, number)?;
            self.next = page.advance;
            self.ready = page.items.into_iter();
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
                    let last = page.get();
                    match &last.advance {
                        Err(error) => return Err(errors::raise(py, error)),
                        Ok(None) => return Ok(None),
                        Ok(Some(number)) => Py::new(py, last.source.fetch(py, *number)?)?,
                    }
                }
            };
            *walk = Some(Walk::After(page.clone_ref(py)));
            Ok(Some(page))
        };
        guard(|| with(&self.0, step))
    }
}
