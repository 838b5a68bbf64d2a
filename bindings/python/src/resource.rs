//! One class has the methods of a client or of a resource; two inherit them: one for calls that wait, one for
//! calls that are awaited.

use pyo3::prelude::*;

/// How an object of either class is made: a view says which.
macro_rules! faces {
    ($Methods:ident: $Sync:ident, $Async:ident) => {
        impl $Methods {
            /// An object of the class that a view's face has.
            pub(crate) fn open(
                py: pyo3::Python<'_>,
                view: $crate::view::View<Client>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let face = view.face();
                let methods = pyo3::PyClassInitializer::from(Self(view));
                Ok(match face {
                    Face::Sync => pyo3::Py::new(py, methods.add_subclass($Sync))?.into_any(),
                    Face::Async => pyo3::Py::new(py, methods.add_subclass($Async))?.into_any(),
                })
            }
        }
    };
}
pub(crate) use faces;

/// `<snapline.digitalocean.NfsResource>`, whichever face it is of; `end` stands behind the name.
pub(crate) fn repr(object: &Bound<'_, PyAny>, end: &str) -> PyResult<String> {
    let class = object.get_type();
    Ok(format!("<{}.{}{end}>", class.module()?, class.name()?))
}
