//! The C++ face: headers over those of C, with no symbol of their own. What is not of one document stands by hand in
//! `bindings/cpp/include/snapline/{core,call,retention}.hpp`.

mod agent;
mod head;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod sample;
mod structs;
mod view;

use names::Face;

use askama::Template;

use crate::emit::prose;
use crate::emit::rust::BANNER;
use crate::error::Result;
use crate::face::c;
use crate::file_set::FileSet;
use crate::ir::Api;

const FOLDER: &str = "bindings/cpp/include";
const AGENT: &str = "tests/conformance/cpp/generated";

#[derive(Template)]
#[template(path = "face/cpp/snapline.hpp")]
struct Whole<'a> {
    banner: &'static str,
    providers: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "face/cpp/provider.hpp")]
struct Provider<'a> {
    banner: &'static str,
    guard: String,
    name: String,
    provider: &'a str,
    /// The headers of its resources.
    files: Vec<String>,
}

/// The headers of all providers, and the one that includes them.
///
/// # Errors
/// When a template cannot be filled, which is a fault of this program.
pub(crate) fn emit(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut add = |path: &str, template: &dyn askama::DynTemplate| {
        files.render(format!("{FOLDER}/{path}.hpp"), template)
    };
    add("snapline/generated/status", &options::Statuses::new())?;
    add("snapline/generated/errors", &options::Errors::new())?;
    add("snapline/generated/options", &options::Options::new())?;
    for api in apis {
        let provider = api.provider.name.as_str();
        let face = Face::new(api);
        let part = |name: &str| format!("snapline/{provider}/{name}");
        add(&part("enums"), &view::Enums::new(&face))?;
        let mut of_models = Vec::new();
        for (name, models) in &c::model_groups(api) {
            let group = view::Group::new(&face, name, models);
            let file = format!("models/{name}");
            add(&part(&file), &group)?;
            of_models.push(file);
        }
        let structs = structs::Files::new(api);
        for (name, models) in structs.files() {
            let header = structs::Header::new(&face, &structs, name, models);
            let file = format!("structs/{name}");
            add(&part(&file), &header)?;
            of_models.push(file);
        }
        add(&part("models"), &view::Models::new(&face, of_models))?;
        let given = names::of_client(api);
        let resources = api.resources.iter().zip(given.iter().map(String::as_str));
        let files = names::files(api).into_iter().zip(c::resource_files(api));
        for (resource, (file, c_file)) in resources.zip(files) {
            let header =
                view::ResourceHeader::new(&face, resource, &structs, (file.as_str(), c_file));
            add(&part(&file), &header)?;
        }
        add(&part("client"), &view::Client::new(&face))?;
        let whole = Provider {
            banner: BANNER,
            guard: format!("SNAPLINE_{}_HPP", provider.to_uppercase()),
            name: prose::c_line(&api.provider.client),
            provider,
            files: names::files(api),
        };
        add(&format!("snapline/{provider}"), &whole)?;
    }
    let whole = Whole {
        banner: BANNER,
        providers: apis.iter().map(|api| api.provider.name.as_str()).collect(),
    };
    add("snapline", &whole)?;
    Ok(files)
}

/// The part of the agent that makes calls as it is ordered, for the tests of all languages.
///
/// # Errors
/// When a template cannot be filled, which is a fault of this program.
pub(crate) fn agent(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut add = |name: &str, template: &dyn askama::DynTemplate| {
        files.render(format!("{AGENT}/{name}"), template)
    };
    add("options.hpp", &agent::Options::new())?;
    let faces: Vec<Face<'_>> = apis.iter().map(Face::new).collect();
    add("describe.hpp", &agent::Describes::new(&faces))?;
    add("providers.cpp", &agent::Providers::new(apis))?;
    for face in &faces {
        let provider = &face.api.provider.name;
        add(
            &format!("describe_{provider}.cpp"),
            &agent::Describe::new(face),
        )?;
        add(
            &format!("dispatch_{provider}.cpp"),
            &agent::Dispatch::new(face),
        )?;
    }
    Ok(files)
}
