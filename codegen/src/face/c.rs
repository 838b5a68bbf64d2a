//! The C face: Rust functions whose signatures cbindgen prints as the headers in `bindings/c/include`.
//!
//! `names` says what things are called, `view` what a call is, `function` how a function is written; the others
//! write a file each. The headers are made from those files: [`headers`] says which from which.

mod agent;
mod calls;
mod client;
mod enums;
mod function;
mod input;
pub(crate) mod lock;
mod models;
pub(crate) use models::{group as model_group, groups as model_groups};
pub(crate) mod names;
pub(crate) mod sample;
mod settings;
pub(crate) mod view;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

pub use lock::abi_lock;
pub(crate) use names::Names;

use crate::emit::prose;
use crate::emit::rust::{BANNER, format, ident, module_file};
use crate::error::{Error, Result};
use crate::file_set::FileSet;
use crate::ir::{Api, Resource, Returns, Type};
use crate::pointer::join;

const FOLDER: &str = "bindings/c/src/generated";
const INCLUDE: &str = "bindings/c/include";

/// The sources of `core.h` in its order; those below `generated` follow from tables.
const CORE: &[&str] = &[
    "generated/version",
    "version",
    "generated/status",
    "error",
    "string",
    "bytes",
    "cancel",
    "settings",
    "hook",
    "generated/settings",
    "options",
    "generated/options",
    "response",
    "wait",
    "background",
    "log",
];

/// The headers by hand beside `core.h`, each made from the source of its name, and what it is.
const OWN: &[(&str, &str)] = &[(
    "retention",
    "Which snapshots of a list to keep and which to delete.",
)];

/// Types of `core.h` that its own functions do not name, but those of providers do.
const CORE_TYPES: &[&str] = &[
    "snapline_response_callback",
    "snapline_text_callback",
    "snapline_bytes_callback",
    "snapline_done_callback",
    "snapline_log_level",
];

/// A header, and what cbindgen makes it from.
#[derive(Debug)]
pub struct Header {
    /// Its path from the repository's root.
    pub path: String,
    /// Its sources, as paths from the repository's root; none for one that only includes others.
    pub sources: Vec<String>,
    /// Types that it must have though no function in it names them.
    pub types: Vec<String>,
    /// The headers that it includes.
    pub includes: Vec<String>,
    /// What it is, in a line.
    pub doc: String,
}

/// The C layer of all providers, with `previous` as the text of the `abi.lock` to go on from.
///
/// # Errors
/// When a shape has no form in C, or the lock is not one.
pub fn emit(apis: &[Api], previous: Option<&str>) -> Result<FileSet> {
    let lock = abi_lock(previous, apis)?;
    let mut files = FileSet::default();
    files.add("bindings/c/abi.lock", lock.to_text());
    let mut add = |path: String, tokens: TokenStream| -> Result<()> {
        let path = format!("{FOLDER}/{path}.rs");
        files.add(path.clone(), format(&path, tokens)?);
        Ok(())
    };
    add("status".to_owned(), enums::status(&lock))?;
    add("version".to_owned(), enums::version())?;
    add("settings".to_owned(), settings::settings())?;
    add("options".to_owned(), settings::options())?;
    let modules = ["options", "settings", "status", "version"]
        .map(str::to_owned)
        .to_vec();
    for api in apis {
        let names = Names::new(api);
        let provider = &api.provider.name;
        add(format!("{provider}/client"), client::client(api, &names))?;
        add(
            format!("{provider}/enums"),
            enums::enums(api, &names, &lock),
        )?;
        add(format!("{provider}/types"), models::types(api, &names))?;
        let groups = models::groups(api);
        for (group, members) in &groups {
            add(
                format!("{provider}/models/{group}"),
                models::functions(api, &names, members),
            )?;
        }
        let resources = with_calls(api);
        for resource in &resources {
            has_form(api, resource)?;
            add(
                file_of(provider, resource),
                calls::resource(api, &names, resource),
            )?;
        }
        let groups = groups.into_keys().collect::<Vec<_>>();
        let resources: Vec<String> = resources
            .iter()
            .map(|resource| resource.path.join("_"))
            .collect();
        add(
            format!("{provider}/models/mod"),
            index("Objects as C sees them.", &groups, &[]),
        )?;
        add(
            format!("{provider}/resources/mod"),
            index("A function for every call and wait.", &resources, &[]),
        )?;
        let parts = ["client", "enums", "models", "resources", "types"].map(str::to_owned);
        add(
            format!("{provider}/mod"),
            index(&api.provider.doc, &parts, &[]),
        )?;
    }
    let providers: Vec<String> = apis.iter().map(|api| api.provider.name.clone()).collect();
    add(
        "mod".to_owned(),
        index(
            "Everything here follows from the documents in `spec`.",
            &modules,
            &providers,
        ),
    )?;
    files.merge(agent::emit(apis)?);
    Ok(files)
}

/// All headers, each behind those it includes.
pub fn headers(apis: &[Api]) -> Vec<Header> {
    let mut all = vec![Header {
        path: format!("{INCLUDE}/snapline/core.h"),
        sources: CORE
            .iter()
            .map(|name| format!("bindings/c/src/{name}.rs"))
            .collect(),
        types: CORE_TYPES.iter().map(|name| (*name).to_owned()).collect(),
        includes: Vec::new(),
        doc: String::new(),
    }];
    all.extend(OWN.iter().map(|(name, doc)| Header {
        path: format!("{INCLUDE}/snapline/{name}.h"),
        sources: vec![format!("bindings/c/src/{name}.rs")],
        types: Vec::new(),
        includes: vec!["snapline/core.h".to_owned()],
        doc: (*doc).to_owned(),
    }));
    for api in apis {
        all.extend(provider_headers(api));
    }
    let mut includes = vec!["snapline/core.h".to_owned()];
    includes.extend(OWN.iter().map(|(name, _)| format!("snapline/{name}.h")));
    includes.extend(
        apis.iter()
            .map(|api| format!("snapline/{}.h", api.provider.name)),
    );
    all.push(Header {
        path: format!("{INCLUDE}/snapline.h"),
        sources: Vec::new(),
        types: Vec::new(),
        includes,
        doc: "Cloud storage snapshots from C and C++: every provider.".to_owned(),
    });
    all
}

/// The headers of the top-level resources, in their order. One may be called like a header that is there already.
pub(crate) fn resource_files(api: &Api) -> Vec<String> {
    let mut taken: BTreeSet<String> = ["client", "enums", "types"].map(str::to_owned).into();
    let file = |resource: &Resource| {
        let mut file = resource.name().to_owned();
        while !taken.insert(file.clone()) {
            file.push('_');
        }
        file
    };
    api.resources.iter().map(file).collect()
}

fn provider_headers(api: &Api) -> Vec<Header> {
    let names = Names::new(api);
    let provider = &api.provider.name;
    let below = |file: &str| format!("snapline/{provider}/{file}.h");
    let one =
        |file: &str, includes: Vec<String>, types: Vec<String>, sources: Vec<String>, doc: &str| {
            Header {
                path: format!("{INCLUDE}/{}", below(file)),
                sources: sources
                    .iter()
                    .map(|source| format!("{FOLDER}/{source}.rs"))
                    .collect(),
                types,
                includes,
                doc: format!("{}: {doc}", api.provider.client),
            }
        };
    let source = |file: &str| vec![format!("{provider}/{file}")];
    let core = || vec!["snapline/core.h".to_owned()];
    let enums = api
        .enums
        .iter()
        .map(|item| names.enumeration(&item.name))
        .collect();
    let mut all = vec![
        one(
            "client",
            core(),
            vec![names.client()],
            source("client"),
            "the client.",
        ),
        one("enums", core(), enums, source("enums"), "enums."),
        one(
            "types",
            core(),
            models::type_names(api, &names),
            source("types"),
            "handles and callbacks.",
        ),
    ];
    let groups = models::groups(api);
    for group in groups.keys() {
        let file = format!("models/{group}");
        let includes = vec![below("enums"), below("types")];
        all.push(one(&file, includes, Vec::new(), source(&file), "objects."));
    }
    let mut unread: BTreeSet<String> = groups.into_keys().collect();
    let mut includes = Vec::new();
    for (resource, file) in api.resources.iter().zip(resource_files(api)) {
        let inside: Vec<&Resource> = resource
            .walk()
            .into_iter()
            .filter(|it| !view::Call::all(it).is_empty())
            .collect();
        let used = inside
            .iter()
            .flat_map(|it| view::Call::all(it))
            .flat_map(|call| call.models());
        let reached: BTreeSet<String> = models::reach(api, used)
            .iter()
            .map(|model| models::group(model))
            .collect();
        let mut needs = vec![below("client"), below("enums"), below("types")];
        needs.extend(
            reached
                .iter()
                .map(|group| below(&format!("models/{group}"))),
        );
        unread.retain(|group| !reached.contains(group));
        let sources = inside.iter().map(|it| file_of(provider, it)).collect();
        let types = inside
            .iter()
            .flat_map(|it| calls::type_names(&names, it))
            .collect();
        all.push(one(
            &file,
            needs,
            types,
            sources,
            &format!("{}.", resource.name()),
        ));
        includes.push(below(&file));
    }
    includes.extend(unread.iter().map(|group| below(&format!("models/{group}"))));
    all.push(Header {
        path: format!("{INCLUDE}/snapline/{provider}.h"),
        sources: Vec::new(),
        types: Vec::new(),
        includes,
        doc: format!("{}: all of it.", api.provider.client),
    });
    all
}

impl Header {
    /// The comment that it begins with.
    pub fn comment(&self) -> String {
        let lines: Vec<String> = prose::c(&self.doc)
            .iter()
            .map(|line| format!("///{line}"))
            .collect();
        format!("/* {BANNER} */\n\n/// @file\n{}", lines.join("\n"))
    }

    /// The whole text of one that only includes others.
    pub fn index(&self) -> String {
        let guard = self.guard();
        let includes: Vec<String> = self
            .includes
            .iter()
            .map(|path| format!("#include <{path}>\n"))
            .collect();
        format!(
            "{}\n\n#ifndef {guard}\n#define {guard}\n\n{}\n#endif\n",
            self.comment(),
            includes.concat()
        )
    }

    /// The macro that guards it against being read twice.
    pub fn guard(&self) -> String {
        let name = self
            .path
            .trim_start_matches(INCLUDE)
            .trim_start_matches('/');
        let guard = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        name.chars().map(guard).collect()
    }
}

fn with_calls(api: &Api) -> Vec<&Resource> {
    api.all_resources()
        .into_iter()
        .filter(|resource| !view::Call::all(resource).is_empty())
        .collect()
}

fn file_of(provider: &str, resource: &Resource) -> String {
    format!(
        "{provider}/resources/{}",
        module_file(&resource.path.join("_"))
    )
}

/// A page has its own type in C, which only a page of models has.
fn has_form(api: &Api, resource: &Resource) -> Result<()> {
    for call in resource.requests() {
        if let Returns::Page { item, .. } = &call.request.returns
            && !matches!(item, Type::Model(_))
        {
            let operation = api.operation(&call.operation);
            let method = operation.method.to_lowercase();
            return Err(Error::new(
                format!("spec/{}/overlay.yaml", api.provider.name),
                join("/paths", &[&operation.path, &method, "x-snapline-pages"]),
                format!(
                    "`{}` returns pages whose items are no objects",
                    &*call.operation
                ),
                "take x-snapline-pages off the operation, or extend codegen/src/face/c",
            ));
        }
    }
    Ok(())
}

/// `features` are modules that a cargo feature of the same name lets in; the unit tests, which are of what is by hand,
/// do without: they are most of the library.
fn index(text: &str, modules: &[String], features: &[String]) -> TokenStream {
    let lines = prose::rust(text);
    let modules = modules.iter().map(|module| ident(module));
    let guarded = features.iter().map(|module| ident(module));
    quote! {
        #(#![doc = #lines])*
        #![allow(unused_imports, reason = "not every file needs all names of its provider")]

        #(pub mod #modules;)*

        #(#[cfg(all(feature = #features, not(test)))] pub mod #guarded;)*
    }
}
