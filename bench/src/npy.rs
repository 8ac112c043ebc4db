//! Matrices in numpy's `.npy` files, row by row.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// A matrix in C order, of `<f4` or of whole numbers.
pub struct Npy {
    reader: BufReader<File>,
    kind: String,
    /// Number of rows.
    pub rows: usize,
    /// Elements of a row.
    pub columns: usize,
}

impl Npy {
    /// Opens a file and reads its header.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut start = [0; 10];
        reader.read_exact(&mut start)?;
        if !start.starts_with(b"\x93NUMPY\x01") {
            bail!("{} is no .npy file of version 1", path.display());
        }
        let mut header = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
        reader.read_exact(&mut header)?;
        let header = String::from_utf8(header)?;
        let after = |key: &str| {
            let start = header.find(key).map(|at| at + key.len());
            start.map(|at| header[at..].trim_start_matches([':', ' ', '(', '\'']))
        };
        let kind = after("'descr'").and_then(|rest| rest.split('\'').next());
        let shape = after("'shape'").and_then(|rest| rest.split(')').next());
        let (Some(kind), Some(shape), false) = (kind, shape, header.contains("': True")) else {
            bail!("{}: not a matrix in C order", path.display());
        };
        let sides: Vec<usize> = shape
            .split(',')
            .filter_map(|side| side.trim().parse().ok())
            .collect();
        let &[rows, columns] = &sides[..] else {
            bail!("{}: not a matrix", path.display());
        };
        Ok(Self {
            kind: kind.to_owned(),
            rows,
            columns,
            reader,
        })
    }

    /// Reads the next row of floats.
    pub fn next(&mut self, row: &mut Vec<f32>) -> Result<()> {
        if self.kind != "<f4" {
            bail!("expected elements <f4, found {}", self.kind);
        }
        let mut bytes = vec![0; self.columns * 4];
        self.reader.read_exact(&mut bytes)?;
        row.clear();
        row.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)));
        Ok(())
    }

    /// Reads all rows of floats.
    pub fn floats(mut self) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(self.rows);
        for _ in 0..self.rows {
            let mut row = Vec::new();
            self.next(&mut row)?;
            rows.push(row);
        }
        Ok(rows)
    }

    /// Reads all rows of whole numbers.
    pub fn whole(mut self) -> Result<Vec<Vec<u64>>> {
        let width = match self.kind.as_str() {
            "<i4" | "<u4" => 4,
            "<i8" | "<u8" => 8,
            other => bail!("expected whole numbers, found {other}"),
        };
        let mut bytes = vec![0; self.columns * width];
        let mut read = || -> Result<Vec<u64>> {
            self.reader.read_exact(&mut bytes)?;
            let number = |bytes: &[u8]| {
                bytes
                    .iter()
                    .rev()
                    .fold(0, |number, &byte| number << 8 | u64::from(byte))
            };
            Ok(bytes.chunks_exact(width).map(number).collect())
        };
        (0..self.rows).map(|_| read()).collect()
    }
}
