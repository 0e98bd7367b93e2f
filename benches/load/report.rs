//! The tables that are printed, as Markdown.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use anyhow::Result;

use crate::disk;
use crate::measure::{Comparison, Cycle, Slice, median, quantile};

#[derive(Default)]
pub struct Report {
    comparisons: String,
    figures: String,
    notes: String,
}

impl Report {
    /// A path beside its limit: medians of all cycles.
    pub fn compare(&mut self, path: &str, limit: &str, measured: &Comparison) -> Result<()> {
        let cycles = &measured.cycles;
        let of =
            |value: &dyn Fn(&Cycle) -> f64| median(&cycles.iter().map(value).collect::<Vec<_>>());
        let ratio = |part| quantile(&cycles.iter().map(Cycle::ratio).collect::<Vec<_>>(), part);
        let paths = || cycles.iter().map(|cycle| &cycle.path);
        let limits = || cycles.iter().map(|cycle| &cycle.limit);
        writeln!(
            self.comparisons,
            "| {path} | {:.0} | {limit} | {:.0} | {:.2} / **{:.2}** / {:.2} | {} | {} | {} | {} | {} | {:.0} % | {} of {} |",
            of(&|cycle| cycle.path.rate()),
            of(&|cycle| cycle.limit.rate()),
            ratio(0.0),
            ratio(0.5),
            ratio(1.0),
            each(paths(), |slice| slice.usage.server),
            each(paths(), |slice| slice.usage.own),
            each(limits(), |slice| slice.usage.server + slice.usage.own),
            latencies(paths()),
            latencies(limits()),
            of(&Cycle::foreign) * 100.0,
            cycles.len(),
            cycles.len() + measured.discarded,
        )?;
        Ok(())
    }

    /// A figure that stands alone.
    pub fn figure(&mut self, name: &str, value: &str) -> Result<()> {
        writeln!(self.figures, "| {name} | {value} |")?;
        Ok(())
    }

    /// What is to be read beside the tables, as it is.
    pub fn note(&mut self, text: &str) {
        self.notes.push_str(text);
        self.notes.push('\n');
    }

    pub fn text(&self) -> Result<String> {
        let mut text = format!("{}\n", machine()?);
        if !self.comparisons.is_empty() {
            text += "\n| path | a second | limit | a second | ratio min / median / max | server µs | clients µs | limit µs | path p50, p99 | limit p50, p99 | foreign | cycles |\n";
            text += "|---|--:|---|--:|---|--:|--:|--:|--:|--:|--:|--:|\n";
            text += &self.comparisons;
        }
        if !self.figures.is_empty() {
            text += "\n| figure | value |\n|---|---|\n";
            text += &self.figures;
        }
        if !self.notes.is_empty() {
            text += &format!("\n```\n{}```\n", self.notes);
        }
        Ok(text)
    }
}

/// Milliseconds with as many digits as tell something.
pub fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Median, least and most.
pub fn spread(times: &[Duration]) -> String {
    let at = |part| milliseconds(quantile(times, part));
    format!("{} ({} to {})", at(0.5), at(0.0), at(1.0))
}

/// The 50th and 99th percentile of all answers.
fn latencies<'a>(slices: impl Iterator<Item = &'a Slice>) -> String {
    let all: Vec<Duration> = slices.flat_map(|slice| slice.latencies.iter().copied()).collect();
    format!("{}, {}", milliseconds(median(&all)), milliseconds(quantile(&all, 0.99)))
}

/// Microseconds of processor time an answer, over all slices: ticks are too coarse for one.
fn each<'a>(slices: impl Iterator<Item = &'a Slice>, time: impl Fn(&Slice) -> Duration) -> String {
    let (time, answers) = slices.fold((Duration::ZERO, 0), |(total, answers), slice| {
        (total + time(slice), answers + slice.latencies.len())
    });
    format!("{:.1}", time.as_secs_f64() * 1e6 / answers as f64)
}

/// Where and when this was measured.
fn machine() -> Result<String> {
    let described = fs::read_to_string("/proc/cpuinfo")?;
    let model =
        described.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kilobytes = memory.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok());
    Ok(format!(
        "{}: {} × {}, {:.0} GB, Linux {}, {}",
        jiff::Zoned::now().date(),
        std::thread::available_parallelism()?,
        model.map_or("unknown processor", |(_, name)| name),
        kilobytes.unwrap_or_default() / 1e6,
        fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        disk::kind()?,
    ))
}
