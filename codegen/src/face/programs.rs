//! The samples of all languages as programs, which the tests compile and run.

use serde_json::Value;

use super::{c, cli, cpp, python, rust};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Form};
use crate::samples::{Language, Sample, UNNUMBERED, of};

/// A sample of one call as the tests run it.
#[derive(Debug, Clone)]
pub struct Run {
    /// The provider's name.
    pub provider: String,
    /// The call, and the name of the program's function and of the case: `nfs.snapshots.get`.
    pub call: String,
    /// The environment that leads its client to the case: the variable of the address, and one with a token.
    pub variables: [String; 2],
    /// Whether it walks pages.
    paged: bool,
}

impl Run {
    /// The name of the case that serves it in a language.
    pub fn case(&self, language: Language) -> String {
        let python = matches!(language, Language::Python | Language::AsyncPython);
        let ending = if self.paged && python { UNNUMBERED } else { "" };
        format!("{}.{}{ending}", self.provider, self.call)
    }
}

/// Every sample, as programs and as cases for the mock.
#[derive(Debug, Clone, Default)]
pub struct Programs {
    /// `<language>/<provider>.<ending>`, for those that need no
    /// compiler `<language>/<provider>/<call>.<ending>`; and `cases/<provider>.json`.
    pub files: FileSet,
    /// The samples; in every language there is one of each.
    pub runs: Vec<Run>,
}

/// The programs of all samples.
///
/// # Errors
/// When a template cannot be filled, which is a fault of this program.
pub(crate) fn programs(apis: &[Api]) -> Result<Programs> {
    let mut all = Programs::default();
    for api in apis {
        let samples = of(api);
        let name = &api.provider.name;
        let cases: Vec<Value> = samples.iter().flat_map(Sample::cases).collect();
        // A `Value` cannot fail to serialise: its keys are strings and its numbers finite.
        let cases = serde_json::to_string_pretty(&cases).unwrap_or_default();
        all.files.add(format!("cases/{name}.json"), cases);
        all.files.merge(rust::sample::programs(api, &samples)?);
        all.files.merge(python::sample::programs(api, &samples));
        all.files.merge(c::sample::programs(api, &samples)?);
        all.files.merge(cpp::sample::programs(api, &samples)?);
        all.files.merge(cli::sample::programs(api, &samples));
        let token = api.provider.token_variables.first();
        all.runs.extend(samples.iter().map(|sample| Run {
            provider: name.clone(),
            call: sample.call.dotted(),
            variables: [
                api.provider.url_variable.clone(),
                token.cloned().unwrap_or_default(),
            ],
            paged: matches!(sample.call.form, Form::Page { .. }),
        }));
    }
    Ok(all)
}
