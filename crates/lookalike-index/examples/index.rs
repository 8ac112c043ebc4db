//! An index on its own: vectors come, are searched, change and go.
//!
//! `cargo run --release -p lookalike-index --example index [FOLDER]`

use lookalike_index::{GraphOptions, IndexReader, IndexWriter, QueryOptions, Result, Space};
use std::time::Instant;

const DIM: usize = 64;

fn main() -> Result<()> {
    let temporary = std::env::temp_dir().join(format!("lookalike-index-{}", std::process::id()));
    let given = std::env::args_os().nth(1).map(Into::into);
    let folder: std::path::PathBuf = given.unwrap_or_else(|| temporary.clone());
    let space = Space::cosine(DIM);

    // One program writes ...
    let mut writer = IndexWriter::create(&folder, space, &GraphOptions::default())?;
    for id in 0..20_000 {
        writer.insert(id, &vector(id))?;
        if id % 1000 == 999 {
            writer.commit()?;
        }
    }

    // ... while others search what was committed.
    let mut reader = IndexReader::open(&folder)?;
    let start = Instant::now();
    let found = reader.search(&vector(77), &QueryOptions::default())?;
    let micros = start.elapsed().as_micros();
    println!("{} vectors, searched in {micros} us:", reader.len());
    for neighbor in found.iter().take(3) {
        println!("  {:6} {:.3}", neighbor.id, neighbor.score);
    }

    // What is deleted or replaced counts from the next commit on.
    writer.delete(77);
    writer.replace(78, &vector(77))?;
    writer.settle()?;
    reader.refresh()?;
    let found = reader.search(&vector(77), &QueryOptions::default())?;
    println!("now the nearest is {}", found[0].id);

    // A filter leaves out what is not wanted.
    let even = |id: u64| id.is_multiple_of(2);
    let options = QueryOptions {
        keep: Some(&even),
        ..Default::default()
    };
    let found = reader.search(&vector(100), &options)?;
    println!(
        "the nearest even ones: {:?}",
        found.iter().map(|n| n.id).collect::<Vec<_>>()
    );
    let recall = reader.recall(100, &QueryOptions::default())?;
    println!("recall: {:.3}", recall.share());
    drop(writer);
    let _ = std::fs::remove_dir_all(&temporary);
    Ok(())
}

/// A vector that depends smoothly on a few numbers, as embeddings do.
fn vector(id: u64) -> Vec<f32> {
    let phase = |i: u64| (id.wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ i) >> 40) as f32 / 1e6;
    let phases: Vec<f32> = (0..5).map(phase).collect();
    let element = |i: usize| {
        let terms = phases.iter().zip(1..);
        terms
            .map(|(phase, n)| (phase + (i * n) as f32 / 9.0).sin())
            .sum()
    };
    (0..DIM).map(element).collect()
}
