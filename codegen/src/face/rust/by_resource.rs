//! What each resource of a crate needs: a feature of its name compiles that and no more.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};

use crate::emit::rust::{format, format_file, ident, module_file, parse, type_ident};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Resource};

/// A feature of a provider's crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Its name: that of the resource.
    pub name: String,
    /// Others without which it does not compile.
    pub needs: Vec<String>,
}

/// Words that stand for other sets of features.
const TAKEN: &[&str] = &["all", "default"];

/// The features of a provider's crate, in the order of its resources: none where there is but one resource.
pub(crate) fn features(api: &Api) -> Vec<String> {
    match api.resources.len() {
        0 | 1 => Vec::new(),
        _ => apart_from(TAKEN, api.resources.iter().map(Resource::name)),
    }
}

/// Names, with an underscore where one is taken.
fn apart_from<'a>(taken: &[&str], names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.collect();
    let free = |name: &&str| {
        let mut free = (*name).to_owned();
        while taken.contains(&&*free) || (free != **name && names.contains(&&*free)) {
            free.push('_');
        }
        free
    };
    names.iter().map(free).collect()
}

/// Where something is compiled: with any of these features, or always.
pub(crate) fn condition(features: &BTreeSet<&str>) -> Option<TokenStream> {
    let mut each = features.iter().map(|name| quote!(feature = #name));
    match features.len() {
        0 => None,
        1 => each.next().map(|one| quote!(#[cfg(#one)])),
        _ => Some(quote!(#[cfg(any(#(#each),*))])),
    }
}

/// A thing that the code of resources may name.
pub(crate) struct Item {
    /// The name.
    pub(crate) name: String,
    /// Its code.
    pub(crate) tokens: TokenStream,
}

/// Makes a file of things.
pub(crate) type Layout<'a> = dyn Fn(&[&Item]) -> TokenStream + 'a;

/// Which resources need which things.
pub(crate) struct Uses<'a> {
    features: &'a [String],
    /// The modules of resources.
    modules: Vec<Ident>,
    /// Those below a file, by the same names.
    below: Vec<Ident>,
    /// Things by name, with the resources that need each, by number.
    by: BTreeMap<String, BTreeSet<usize>>,
    /// The resources that one needs, by number.
    needs: Vec<BTreeSet<usize>>,
}

impl<'a> Uses<'a> {
    /// Looks in the code of each resource, and in that of what it names.
    pub(crate) fn of(
        api: &Api,
        features: &'a [String],
        resources: &[TokenStream],
        items: &[&[Item]],
    ) -> Self {
        let modules: Vec<Ident> = api.resources.iter().map(|it| ident(it.name())).collect();
        // The client names its types by their module.
        let below = apart_from(&["types"], api.resources.iter().map(Resource::name));
        let mut uses = Self {
            features,
            modules,
            below: below.iter().map(|name| ident(name)).collect(),
            by: BTreeMap::new(),
            needs: Vec::new(),
        };
        if features.is_empty() {
            return uses;
        }
        let mut named: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for item in items.iter().copied().flatten() {
            let names = named.entry(&item.name).or_default();
            words(item.tokens.clone(), names);
        }
        for (number, resource) in resources.iter().enumerate() {
            let mut next = BTreeSet::new();
            words(resource.clone(), &mut next);
            while let Some(word) = next.pop_first() {
                let Some(more) = named.get(word.as_str()) else {
                    continue;
                };
                if uses.by.entry(word).or_default().insert(number) {
                    next.extend(more.iter().cloned());
                }
            }
            let mut beside = BTreeSet::new();
            uses.beside(resource.clone(), &mut beside);
            beside.remove(&number);
            uses.needs.push(beside);
        }
        uses
    }

    /// The resources that code names by `super::`.
    fn beside(&self, tokens: TokenStream, found: &mut BTreeSet<usize>) {
        // How much of `super::` stands before a name.
        let mut behind = 0;
        for token in tokens {
            behind = match token {
                TokenTree::Group(group) => {
                    self.beside(group.stream(), found);
                    0
                }
                TokenTree::Ident(word) => {
                    if behind == 3 {
                        found.extend(self.modules.iter().position(|module| *module == word));
                    }
                    usize::from(word == "super")
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && behind > 0 => behind + 1,
                _ => 0,
            };
        }
    }

    /// The features of which any compiles a type; none where it is compiled always.
    pub(crate) fn of_type(&self, name: &str) -> BTreeSet<&str> {
        let name = type_ident(name).to_string();
        let users = self.by.get(&name).filter(|users| users.len() == 1);
        let users = users.into_iter().flatten();
        let all = users.filter_map(|number| self.features.get(*number));
        all.map(String::as_str).collect()
    }

    /// The features, with what each needs.
    pub(crate) fn features(&self) -> Vec<Feature> {
        let all = self.features.iter().zip(&self.needs);
        all.map(|(name, needs)| {
            let needs = needs
                .iter()
                .filter_map(|number| self.features.get(*number).cloned());
            Feature {
                name: name.clone(),
                needs: needs.collect(),
            }
        })
        .collect()
    }

    /// The things that one resource alone needs, for each that has any; and the others.
    fn split<'i>(&self, items: &'i [Item]) -> (Vec<&'i Item>, BTreeMap<usize, Vec<&'i Item>>) {
        let (mut shared, mut own) = (Vec::new(), BTreeMap::<usize, Vec<&Item>>::new());
        for item in items {
            let users = self.by.get(&item.name);
            match users.and_then(|users| users.first().filter(|_| users.len() == 1)) {
                Some(number) => own.entry(*number).or_default().push(item),
                None => shared.push(item),
            }
        }
        (shared, own)
    }

    /// Writes things to a file, and those that one resource alone needs to one of its own below.
    ///
    /// # Errors
    /// When the code does not parse, which is a fault of this program.
    pub(crate) fn write(
        &self,
        files: &mut FileSet,
        path: &str,
        items: &[Item],
        [whole, part]: [&Layout<'_>; 2],
        is_shown: bool,
    ) -> Result<()> {
        let (shared, own) = self.split(items);
        let mut file = parse(path, whole(&shared))?;
        for (number, items) in own {
            let (Some(feature), Some(module)) = (self.features.get(number), self.below.get(number))
            else {
                continue;
            };
            file.items
                .push(syn::parse_quote!(#[cfg(feature = #feature)] mod #module;));
            if is_shown {
                file.items
                    .push(syn::parse_quote!(#[cfg(feature = #feature)] pub use #module::*;));
            }
            let below = format!("{path}/{}.rs", module_file(&module.to_string()));
            let tokens = one_folder_up(part(&items));
            files.add(below.clone(), format(&below, tokens)?);
        }
        files.add(format!("{path}.rs"), format_file(&file));
        Ok(())
    }
}

/// All names in code.
fn words(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Ident(word) => {
                found.insert(word.to_string());
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The same code in a folder below, with the files that it takes in where they are.
fn one_folder_up(tokens: TokenStream) -> TokenStream {
    let mut takes_in = false;
    let moved = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let stream = group.stream();
            let inner = match std::mem::take(&mut takes_in) {
                true => match syn::parse2::<syn::LitStr>(stream) {
                    Ok(path) => format!("../{}", path.value()).to_token_stream(),
                    Err(_) => group.stream(),
                },
                false => one_folder_up(stream),
            };
            let mut new = Group::new(group.delimiter(), inner);
            new.set_span(group.span());
            new.to_token_stream()
        }
        other => {
            let text = other.to_string();
            takes_in = text == "include_str" || (takes_in && text == "!");
            other.to_token_stream()
        }
    });
    moved.collect()
}
