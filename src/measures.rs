//! Counts and spreads that are taken while the server works, and how Prometheus reads them.

use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// How values are spread: how many were at most as large as each bound. Adding takes no lock.
#[derive(Debug)]
pub struct Histogram {
    /// Rising; what is larger than all of them is counted, too.
    bounds: &'static [u64],
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// Bounds rise, in the unit of what is added.
    pub fn new(bounds: &'static [u64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    pub fn add(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }
}

/// A text in the format that Prometheus reads.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// One number without labels. `kind` is `counter` or `gauge`.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// What the samples after this are of.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            self.0.push(if at == 0 { '{' } else { ',' });
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            let _ = write!(self.0, "{label}=\"{text}\"");
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// All lines of a histogram; `unit` of its values make one of what is shown.
    pub fn histogram(&mut self, name: &str, labels: &[(&str, &str)], of: &Histogram, unit: f64) {
        let mut so_far = 0;
        let buckets = format!("{name}_bucket");
        for (at, count) in of.counts.iter().enumerate() {
            so_far += count.load(Ordering::Relaxed);
            let bound = of.bounds.get(at);
            let bound = bound.map_or("+Inf".to_owned(), |bound| (*bound as f64 / unit).to_string());
            let labels: Vec<_> = labels.iter().copied().chain([("le", &*bound)]).collect();
            self.sample(&buckets, &labels, so_far);
        }
        let sum = of.sum.load(Ordering::Relaxed) as f64 / unit;
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, so_far);
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_count_what_is_at_most_as_large() {
        let histogram = Histogram::new(&[10, 100]);
        for value in [1, 10, 11, 100, 101, 5_000] {
            histogram.add(value);
        }
        let mut text = Exposition::default();
        text.histogram("took", &[("route", "/x")], &histogram, 1_000.0);
        assert_eq!(
            text.into_text(),
            "took_bucket{route=\"/x\",le=\"0.01\"} 2\n\
             took_bucket{route=\"/x\",le=\"0.1\"} 4\n\
             took_bucket{route=\"/x\",le=\"+Inf\"} 6\n\
             took_sum{route=\"/x\"} 5.223\ntook_count{route=\"/x\"} 6\n"
        );
    }

    #[test]
    fn a_label_cannot_break_out() {
        let mut text = Exposition::default();
        text.family("x", "gauge", "What it is.");
        text.sample("x", &[("a", "\"} 1\n\\")], 2);
        assert_eq!(
            text.into_text(),
            "# HELP x What it is.\n# TYPE x gauge\nx{a=\"\\\"} 1\\n\\\\\"} 2\n"
        );
    }
}
