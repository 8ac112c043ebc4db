//! Tables and numbers for people.

/// A table that is aligned by columns.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Which columns are aligned at their right.
    right: bool,
}

impl Table {
    /// Names on the left, values after them.
    pub fn of_names() -> Self {
        Self::default()
    }

    /// Columns of numbers.
    pub fn of_numbers() -> Self {
        Self {
            rows: Vec::new(),
            right: true,
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines, without spaces at their ends.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell: &String| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = std::iter::zip(row, &widths).map(|(cell, &width)| {
                if self.right {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            line.trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

/// A number of bytes in words: `512 B`, `1.5 kB`, `23 MB`.
pub fn bytes(count: f64) -> String {
    let mut value = count;
    let mut unit = 0;
    let units = ["B", "kB", "MB", "GB", "TB"];
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 || value >= 99.95 {
        format!("{value:.0} {}", units[unit])
    } else {
        format!("{value:.1} {}", units[unit])
    }
}

/// A number with its noun: `1 file`, `2 files`.
pub fn count(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, bytes};

    #[test]
    fn bytes_have_their_units() {
        let words = [0.0, 999.0, 1000.0, 1500.0, 23_400_000.0, 123_456_789.0].map(bytes);
        assert_eq!(
            words,
            ["0 B", "999 B", "1.0 kB", "1.5 kB", "23.4 MB", "123 MB"]
        );
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::of_numbers();
        table.row(["x", "size"]);
        table.row(["10.5", "2"]);
        assert_eq!(table.lines(), ["   x  size", "10.5     2"]);
    }
}
