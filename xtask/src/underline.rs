//! Findings as a person reads them: a line that says all, and below it the place in its file, underlined.

use std::collections::HashMap;
use std::ops::Range;

use ariadne::{Color, Config, IndexType, Label, Report, ReportKind, Source};
use snapline_codegen::{Error, Errors};

use crate::fault::Fault;

/// The longest line that is shown whole: documents come in one line, too.
const WIDTH: usize = 160;

/// The texts that places are shown of; each is read once.
pub(crate) struct Texts<'s> {
    sources: &'s [snapline_codegen::Source],
    read: HashMap<String, Source<&'s str>>,
    color: bool,
}

impl<'s> Texts<'s> {
    /// The files of the providers; `color` is for a terminal.
    pub(crate) fn of(sources: &'s [snapline_codegen::Source], color: bool) -> Self {
        Self {
            sources,
            read: HashMap::new(),
            color,
        }
    }

    /// An error after what it is called, and its place below.
    pub(crate) fn show(&mut self, called: &str, error: &Error) -> String {
        let underlined = self.underline(called, error);
        underlined.unwrap_or_else(|| format!("{called}: {error}"))
    }

    fn underline(&mut self, called: &str, error: &Error) -> Option<String> {
        let at = error.place.at.as_ref()?;
        if !self.read.contains_key(&at.file) {
            let mut texts = self.sources.iter();
            let text = texts.find_map(|source| source.text(&at.file))?;
            self.read.insert(at.file.clone(), Source::from(text));
        }
        let source = self.read.get(&at.file)?;
        match excerpt(source.text(), &at.span) {
            None => self.report(called, error, source, at.span.clone()),
            Some((text, span)) => {
                let part = Source::from(text).with_display_line_offset(at.line - 1);
                self.report(called, error, &part, span)
            }
        }
    }

    fn report(
        &self,
        called: &str,
        error: &Error,
        source: &Source<&str>,
        span: Range<usize>,
    ) -> Option<String> {
        let file = error.place.at.as_ref()?.file.clone();
        let config = Config::new()
            .with_color(self.color)
            .with_compact(true)
            .with_index_type(IndexType::Byte);
        let place = (file.clone(), span);
        let report = Report::build(ReportKind::Error, place.clone())
            .with_config(config)
            .with_label(
                Label::new(place)
                    .with_message("here")
                    .with_color(Color::Red),
            )
            .finish();
        let mut shown = Vec::new();
        report.write((file, source), &mut shown).ok()?;
        let shown = String::from_utf8(shown).ok()?;
        // The first line is the library's own word for an error.
        let (_, below) = shown.split_once('\n')?;
        Some(format!("{called}: {error}\n{}", below.trim_end()))
    }
}

/// The part of a long line around a place, and the place in that.
fn excerpt<'t>(text: &'t str, span: &Range<usize>) -> Option<(&'t str, Range<usize>)> {
    let (before, after) = (text.get(..span.start)?, text.get(span.start..)?);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = span.start + after.find('\n').unwrap_or(after.len());
    if end - start <= WIDTH {
        return None;
    }
    let whole = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = whole(span.start.saturating_sub(WIDTH / 2).max(start));
    let to = whole((from + WIDTH).min(end));
    let inside = span.start - from..span.end.min(to).max(span.start) - from;
    Some((text.get(from..to)?, inside))
}

/// All that is wrong with documents, as what a command failed of.
pub(crate) fn fault(sources: &[snapline_codegen::Source], errors: &Errors, color: bool) -> Fault {
    let mut texts = Texts::of(sources, color);
    let all: Vec<String> = errors.iter().map(|one| texts.show("error", one)).collect();
    let count = match all.len() {
        1 => String::new(),
        many => format!("\n{many} errors in all: nothing was made"),
    };
    // The first is called an error by whoever prints it.
    let told = all.join("\n") + &count;
    Fault::new(told.strip_prefix("error: ").unwrap_or(&told))
}
