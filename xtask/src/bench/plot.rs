//! Plots as SVG, readable on a light and on a dark page.

use std::fs;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::results::{Chart, Row};
use crate::fault::{Fault, Result};

const WIDTH: u32 = 860;

/// Stands in a plot where the page's own ink belongs.
const INK: RGBColor = RGBColor(16, 16, 16);

/// The same for lines behind the data.
const GRID: RGBColor = RGBColor(128, 128, 127);

/// Readable on white and on black.
const COLOURS: [RGBColor; 4] = [
    RGBColor(11, 123, 208),
    RGBColor(217, 115, 13),
    RGBColor(46, 158, 91),
    RGBColor(164, 91, 214),
];

/// A size of text as pages have it, for a library that takes a larger one.
fn font(size: i32) -> TextStyle<'static> {
    ("sans-serif", f64::from(size) * 1.24)
        .into_font()
        .color(&INK)
}

/// What lets a plot follow the page: the colours are those of docs/pictures.
const STYLE: &str = r##"<style>
.plot { --ink: #24292f; --line: #c9d1d9; }
@media (prefers-color-scheme: dark) { .plot { --ink: #d5dae6; --line: #3b4457; } }
.plot text { fill: var(--ink); font-family: system-ui, sans-serif; }
.plot [stroke="#101010"] { stroke: var(--ink); }
.plot [stroke="#80807F"] { stroke: var(--line); }
</style>"##;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn fault(error: impl std::fmt::Display) -> Fault {
    Fault::new(format!("a plot cannot be drawn: {error}"))
}

/// Draws and writes one.
fn write(
    file: &Path,
    title: &str,
    height: u32,
    draw: impl FnOnce(&Area<'_>) -> Result<()>,
) -> Result<()> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&area)?;
        area.present().map_err(fault)?;
    }
    let described = title
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let svg = svg.replacen(
        "<svg ",
        &format!("<svg class=\"plot\" role=\"img\" aria-label=\"{described}\" "),
        1,
    );
    let (head, body) = svg.split_once('>').unwrap_or((&svg, ""));
    let svg = format!(
        "{head}>\n<title>{described}</title>\n{STYLE}{}\n",
        body.trim_end()
    );
    fs::write(file, svg).map_err(|error| Fault::path(file, "written", &error))
}

/// A bar for each program, workload by workload: CPU of a request.
pub(super) fn bars(file: &Path, title: &str, rows: &[Row]) -> Result<()> {
    const BAR: i32 = 22;
    const LEFT: i32 = 260;
    let mut workloads: Vec<&str> = Vec::new();
    for row in rows {
        if !workloads.contains(&row.workload.as_str()) {
            workloads.push(&row.workload);
        }
    }
    let lines = rows.len() as i32 + 2 * workloads.len() as i32;
    let height = u32::try_from(lines * BAR + 20).unwrap_or(WIDTH);
    write(file, title, height, |area| {
        let text = |words: &str, x: i32, y: i32, size: i32| {
            let style = font(size);
            area.draw(&Text::new(words.to_owned(), (x, y), style))
                .map_err(fault)
        };
        let mut y = 8;
        for workload in &workloads {
            let of: Vec<&Row> = rows
                .iter()
                .filter(|row| row.workload == *workload)
                .collect();
            let what = of.first().map_or("", |row| row.what.as_str());
            text(&format!("{what}: CPU of a request, us"), 10, y, 15)?;
            y += BAR;
            let most = of.iter().map(|row| row.cpu_us.median).fold(1e-9, f64::max);
            for row in &of {
                let room = f64::from(i32::try_from(WIDTH).unwrap_or(LEFT) - LEFT - 90);
                let length = (row.cpu_us.median / most * room).max(1.0) as i32;
                let colour = if row.ours { COLOURS[0] } else { GRID };
                let label = match row.at_once {
                    1 => row.title.clone(),
                    many => format!("{}, {many} at once", row.title),
                };
                text(&label, 24, y + 2, 13)?;
                let bar = [(LEFT, y), (LEFT + length, y + BAR - 7)];
                area.draw(&Rectangle::new(bar, colour.filled()))
                    .map_err(fault)?;
                text(
                    &format!("{:.1}", row.cpu_us.median),
                    LEFT + length + 8,
                    y + 2,
                    13,
                )?;
                y += BAR;
            }
            y += BAR;
        }
        Ok(())
    })
}

/// Lines over two logarithmic axes.
pub(super) fn lines(file: &Path, chart: &Chart) -> Result<()> {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::MAX, 1e-9), |(low, high), it| {
            (f64::min(low, it), f64::max(high, it))
        });
        // A little more on both sides, so that nothing lies on an axis.
        (low.max(1e-9) / 1.3)..(high * 1.3)
    };
    if points().next().is_none() {
        return Ok(());
    }
    let xs = range(&mut points().map(|point| point.0));
    let ys = range(&mut points().map(|point| point.1));
    // Whole powers of ten where there is none between, since only those begin with a label.
    let whole = |axis: std::ops::Range<f64>| {
        let (from, to) = (axis.start.log10().floor(), axis.end.log10().ceil());
        if to - from > 2.0 {
            axis
        } else {
            10f64.powf(from)..10f64.powf(to)
        }
    };
    let (xs, ys) = (whole(xs), whole(ys));
    write(file, &chart.title, 380, |area| {
        let mut drawn = ChartBuilder::on(area)
            .caption(chart.title.replace('`', ""), font(16))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(70)
            .build_cartesian_2d(xs.log_scale(), ys.log_scale())
            .map_err(fault)?;
        drawn
            .configure_mesh()
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .label_style(font(13))
            .x_desc(&chart.x)
            .y_desc(&chart.y)
            .axis_desc_style(font(14))
            .x_label_formatter(&number)
            .y_label_formatter(&number)
            .draw()
            .map_err(fault)?;
        for (line, colour) in chart.lines.iter().zip(COLOURS.iter().cycle()) {
            let series = LineSeries::new(line.points.clone(), colour.stroke_width(2));
            let colour = *colour;
            drawn
                .draw_series(series)
                .map_err(fault)?
                .label(&line.title)
                .legend(move |(x, y)| {
                    PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2))
                });
            let dots = line
                .points
                .iter()
                .map(|point| Circle::new(*point, 3, colour.filled()));
            drawn.draw_series(dots).map_err(fault)?;
        }
        drawn
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(font(13))
            .draw()
            .map_err(fault)
    })
}

/// A number of an axis.
fn number(value: &f64) -> String {
    match *value {
        value if value >= 1e6 => format!("{} M", value / 1e6),
        value if value >= 1e3 => format!("{} k", value / 1e3),
        value if value >= 1.0 => format!("{}", (value * 10.0).round() / 10.0),
        value => format!("{value:.3}"),
    }
}
