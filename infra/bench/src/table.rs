//! Markdown tables and their cells.

use std::fmt;
use std::time::Duration;

use crate::statistics::{Ratio, milliseconds};

/// A table.
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; cells that it lacks are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<_> = cells.into_iter().collect();
        cells.resize(self.head.len(), String::new());
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.head.join(" | "))?;
        // Names are aligned left, numbers right.
        writeln!(f, "| --- |{}", " ---: |".repeat(self.head.len().saturating_sub(1)))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

/// Reports whether a target is met.
pub fn verdict(is_met: bool) -> String {
    if is_met { "met" } else { "**missed**" }.to_owned()
}

/// The cells of a ratio: the median, the quartiles, the target and whether it is met.
pub fn ratio(ratio: Ratio, at_most: Option<f64>) -> [String; 4] {
    let target = at_most.map(|target| format!("≤ {target:.2}")).unwrap_or_default();
    let is_met = at_most.map(|target| verdict(ratio.median <= target)).unwrap_or_default();
    [format!("{:.2}", ratio.median), format!("{:.2} to {:.2}", ratio.low, ratio.high), target, is_met]
}

/// The same of something many times smaller than the other: as fractions.
pub fn fraction(ratio: Ratio, at_most: Option<f64>) -> [String; 4] {
    let text = |value: f64| format!("1/{:.1}", value.recip());
    let target = at_most.map(|target| format!("≤ 1/{:.0}", target.recip())).unwrap_or_default();
    let is_met = at_most.map(|target| verdict(ratio.median <= target)).unwrap_or_default();
    [text(ratio.median), format!("{} to {}", text(ratio.low), text(ratio.high)), target, is_met]
}

/// A time.
pub fn time(duration: Duration) -> String {
    format!("{:.3} ms", milliseconds(duration))
}

/// A size.
pub fn size(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["request", "CPU", "ratio"]);
        assert!(table.is_empty());
        table.row(["`refresh`".to_owned(), time(Duration::from_micros(690))]);
        let expected = "| request | CPU | ratio |\n| --- | ---: | ---: |\n| `refresh` | 0.690 ms |  |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_ratio_has_its_spread_and_its_target() {
        let measured = Ratio { median: 0.5, low: 0.48, high: 0.531 };
        assert_eq!(ratio(measured, Some(0.5)), ["0.50", "0.48 to 0.53", "≤ 0.50", "met"]);
        assert_eq!(ratio(measured, Some(0.49))[3], "**missed**");
        assert_eq!(ratio(measured, None), ["0.50", "0.48 to 0.53", "", ""]);
    }

    #[test]
    fn a_small_ratio_is_a_fraction() {
        let measured = Ratio { median: 0.04, low: 0.05, high: 0.03125 };
        assert_eq!(fraction(measured, Some(1.0 / 25.0)), ["1/25.0", "1/20.0 to 1/32.0", "≤ 1/25", "met"]);
        assert_eq!(fraction(measured, Some(1.0 / 26.0))[3], "**missed**");
    }

    #[test]
    fn sizes_are_in_megabytes() {
        assert_eq!(size(4_663_000), "4.66 MB");
    }
}
