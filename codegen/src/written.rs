//! Where something is written: the place in a file's text that a pointer means, also where an overlay laid it.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser, Span, options};

use crate::Source;
use crate::error::{Error, Written};
use crate::pointer::{join, unescape};

/// What overlays did to a document, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Vec<Deed>);

#[derive(Debug, Clone)]
enum Deed {
    /// What is at a place came from one in a file.
    Laid {
        to: String,
        file: String,
        from: String,
    },
    /// An item of a list was removed, so that those behind it moved up.
    Removed { list: String, index: usize },
}

impl History {
    pub(crate) fn lay(&mut self, to: String, file: &str, from: String) {
        let file = file.to_owned();
        self.0.push(Deed::Laid { to, file, from });
    }

    pub(crate) fn remove(&mut self, list: &str, index: usize) {
        let list = list.to_owned();
        self.0.push(Deed::Removed { list, index });
    }

    /// The file and the pointer into it that a place came from: the document's own, unless an overlay laid it.
    pub(crate) fn source(&self, own: &str, pointer: &str) -> (String, String) {
        let mut pointer = pointer.to_owned();
        for deed in self.0.iter().rev() {
            match deed {
                Deed::Laid { to, file, from } => {
                    if let Some(rest) = below(&pointer, to) {
                        return (file.clone(), format!("{from}{rest}"));
                    }
                }
                Deed::Removed { list, index } => {
                    let moved = below(&pointer, list).and_then(|rest| {
                        let (item, rest) = rest
                            .strip_prefix('/')?
                            .split_at_checked(rest.get(1..)?.find('/').unwrap_or(rest.len() - 1))?;
                        let item: usize = item.parse().ok()?;
                        (item >= *index).then(|| format!("{list}/{}{rest}", item + 1))
                    });
                    pointer = moved.unwrap_or(pointer);
                }
            }
        }
        (own.to_owned(), pointer)
    }
}

/// What a pointer has below a place, if it lies there.
fn below<'p>(pointer: &'p str, place: &str) -> Option<&'p str> {
    pointer
        .strip_prefix(place)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Says of errors where each is written; the text of a file is read once for all.
pub(crate) fn locate<'e>(source: &Source, errors: impl IntoIterator<Item = &'e mut Error>) {
    let mut read: HashMap<String, Option<Text<'_>>> = HashMap::new();
    for error in errors.into_iter().filter(|error| error.place.at.is_none()) {
        let (file, pointer) = match &error.place.source {
            Some((file, pointer)) => (file, pointer),
            None => (&error.file, &error.pointer),
        };
        let text = read.entry(file.clone()).or_insert_with(|| {
            let text = source.text(file)?;
            Some(Text::read(text))
        });
        error.place.at = text
            .as_ref()
            .and_then(|text| text.written(file, pointer, &error.what));
    }
}

/// A file's text, and what stands where in it.
struct Text<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    nodes: Vec<Node>,
}

/// A value in a text.
#[derive(Debug)]
struct Node {
    /// Its key and all of a scalar, or the first line of a map or list.
    span: (usize, usize),
    children: HashMap<String, usize>,
    /// Where a reference leads.
    reference: Option<String>,
}

/// A map or list whose end has not come yet.
struct Open {
    node: usize,
    /// In a map, the key whose value comes next; in a list, none.
    key: Option<(String, (usize, usize))>,
    /// The number of the next item of a list.
    next: Option<usize>,
}

impl<'t> Text<'t> {
    /// What can be read of it: where it is broken, what stands before that.
    fn read(text: &'t str) -> Self {
        let mut found = Self {
            text,
            lines: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(end, _)| end + 1))
                .collect(),
            nodes: Vec::new(),
        };
        let mut open: Vec<Open> = Vec::new();
        let options = options! { flow_nesting_limit: 512, block_nesting_limit: 512 };
        for event in Parser::new_from_str_with_options(text, options) {
            let Ok((event, span)) = event else {
                break;
            };
            match event {
                Event::Scalar(value, ..) => {
                    let here = bytes(&span);
                    match open.last_mut() {
                        Some(map) if map.next.is_none() && map.key.is_none() => {
                            map.key = Some((value.into_owned(), here));
                        }
                        _ => {
                            let key = open.last().and_then(|open| open.key.as_ref());
                            let is_reference = key.is_some_and(|(key, _)| key == "$ref");
                            let holder = open.last().map(|open| open.node);
                            let from = key.map_or(here.0, |(_, key)| key.0);
                            found.node(&mut open, (from, here.1));
                            if let Some(node) = holder
                                .filter(|_| is_reference)
                                .and_then(|holder| found.nodes.get_mut(holder))
                            {
                                node.reference = Some(value.into_owned());
                            }
                        }
                    }
                }
                Event::MappingStart(..) | Event::SequenceStart(..) => {
                    let is_map = matches!(event, Event::MappingStart(..));
                    let key = open.last().and_then(|open| open.key.as_ref());
                    let here = match key {
                        Some((_, key)) => *key,
                        None => found.rest_of_line(bytes(&span).0),
                    };
                    let node = found.node(&mut open, here);
                    let next = (!is_map).then_some(0);
                    open.push(Open {
                        node,
                        key: None,
                        next,
                    });
                }
                Event::MappingEnd | Event::SequenceEnd => drop(open.pop()),
                Event::Alias(..) => {
                    found.node(&mut open, bytes(&span));
                }
                _ => {}
            }
        }
        found
    }

    /// Adds a value to what is open, and gives its number.
    fn node(&mut self, open: &mut [Open], span: (usize, usize)) -> usize {
        let number = self.nodes.len();
        if let Some(holder) = open.last_mut() {
            let name = match (&mut holder.next, holder.key.take()) {
                (Some(next), _) => {
                    *next += 1;
                    (*next - 1).to_string()
                }
                (None, key) => key.map(|(key, _)| key).unwrap_or_default(),
            };
            if let Some(holder) = self.nodes.get_mut(holder.node) {
                holder.children.insert(name, number);
            }
        }
        self.nodes.push(Node {
            span,
            children: HashMap::new(),
            reference: None,
        });
        number
    }

    fn rest_of_line(&self, from: usize) -> (usize, usize) {
        let rest = self.text.get(from..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default().trim_end();
        (from, from + line.len())
    }

    /// Where a pointer leads; what is not there is written in what is around it.
    fn written(&self, file: &str, pointer: &str, what: &str) -> Option<Written> {
        let span = match pointer {
            "" => self.told(what)?,
            _ => self.nodes.get(self.find(pointer)?)?.span,
        };
        let line = self.lines.partition_point(|start| *start <= span.0);
        let start = *self.lines.get(line.checked_sub(1)?)?;
        Some(Written {
            file: file.to_owned(),
            line,
            column: self.text.get(start..span.0)?.chars().count() + 1,
            span: span.0..span.1,
        })
    }

    /// The line and column that a parser told.
    fn told(&self, what: &str) -> Option<(usize, usize)> {
        let number = |word: &str| -> Option<usize> {
            let (_, rest) = what.split_once(word)?;
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok()
        };
        let (line, column) = (number("line ")?, number("column ")?);
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let rest = self.text.get(start..)?.lines().next().unwrap_or_default();
        let mut letters = rest.char_indices().map(|(at, _)| at);
        let at = letters.nth(column.saturating_sub(1));
        let from = start + at.unwrap_or(rest.len());
        let length = self
            .text
            .get(from..)?
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        Some((from, from + length))
    }

    fn find(&self, pointer: &str) -> Option<usize> {
        let mut at = 0;
        let mut pointer = pointer.to_owned();
        // A reference that leads back to itself ends here.
        for _ in 0..16 {
            let mut rest = pointer.split('/').skip(1);
            at = 0;
            let mut moved = None;
            while let Some(token) = rest.next() {
                let node = self.nodes.get(at)?;
                if let Some(inner) = node.children.get(&unescape(token)) {
                    at = *inner;
                    continue;
                }
                // What was put in place stands where the reference leads.
                let target = node.reference.as_deref();
                moved = target.and_then(|to| to.strip_prefix('#')).map(|target| {
                    rest.fold(join_raw(target, token), |whole, token| {
                        join_raw(&whole, token)
                    })
                });
                break;
            }
            match moved {
                Some(moved) => pointer = moved,
                None => break,
            }
        }
        Some(at)
    }
}

fn join_raw(pointer: &str, token: &str) -> String {
    join(pointer, &[&unescape(token)])
}

fn bytes(span: &Span) -> (usize, usize) {
    let start = span.start.byte_offset().unwrap_or_default();
    let end = span.end.byte_offset().unwrap_or_default();
    (start, end.max(start))
}
