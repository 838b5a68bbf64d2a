//! One setting or option of an order.

use std::time::Duration;

use serde_json::Value;

use crate::Failure;

/// Takes one entry of settings apart, or says that it is not what it should be.
pub(crate) struct Entry<'a>(pub(crate) &'a str, pub(crate) &'a Value);

impl Entry<'_> {
    fn bad(&self) -> Failure {
        Failure::Case(format!("`{}` cannot be {}", self.0, self.1))
    }

    pub(crate) fn time(&self) -> Result<Duration, Failure> {
        self.number().map(Duration::from_millis)
    }

    pub(crate) fn number(&self) -> Result<u64, Failure> {
        self.1.as_u64().ok_or_else(|| self.bad())
    }

    pub(crate) fn small(&self) -> Result<u32, Failure> {
        u32::try_from(self.number()?).map_err(|_| self.bad())
    }

    pub(crate) fn flag(&self) -> Result<bool, Failure> {
        self.1.as_bool().ok_or_else(|| self.bad())
    }

    pub(crate) fn text(&self) -> Result<&str, Failure> {
        self.1.as_str().ok_or_else(|| self.bad())
    }

    pub(crate) fn pairs(&self) -> Result<Vec<(String, String)>, Failure> {
        let pairs = self.1.as_object().ok_or_else(|| self.bad())?;
        pairs
            .iter()
            .map(|(name, value)| {
                let value = value.as_str().ok_or_else(|| self.bad())?;
                Ok((name.clone(), value.to_owned()))
            })
            .collect()
    }
}
