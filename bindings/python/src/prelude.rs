//! What the generated classes name.

/// Those of models.
pub(crate) mod models {
    pub(crate) use pyo3::prelude::*;

    pub(crate) use crate::convert::{self, OptionalArgument};
    pub(crate) use crate::guard::guard;
    pub(crate) use crate::model::{self, Model};
    pub(crate) use crate::values::IntoPython;
}

/// Those of clients and resources.
pub(crate) mod resources {
    pub(crate) use pyo3::prelude::*;
    pub(crate) use pyo3::types::PyDict;

    pub(crate) use crate::convert::OptionalArgument;
    pub(crate) use crate::guard::guard;
    pub(crate) use crate::view::{Face, View};
    pub(crate) use crate::{convert, errors, page, resource, wait};
}
