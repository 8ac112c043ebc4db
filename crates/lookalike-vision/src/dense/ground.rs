//! The plain ground that two pictures share, such as paper.

use super::sheet::Sheet;

/// Levels of grey around the commonest one that count as it.
const WIDTH: usize = 3;

/// Share of the cells where both pictures show their commonest level.
pub(super) fn shared(query: &Sheet, found: &Sheet) -> f64 {
    let levels = [query, found].map(commonest);
    let is_ground = |value: f32, level: f32| (value - level).abs() <= WIDTH as f32 + 0.5;
    let both = query.structure.cells.iter().zip(&found.structure.cells);
    let ground = both.filter(|(q, f)| is_ground(**q, levels[0]) && is_ground(**f, levels[1]));
    ground.count() as f64 / query.structure.cells.len() as f64
}

fn commonest(sheet: &Sheet) -> f32 {
    let mut counts = [0usize; 256];
    for value in &sheet.structure.cells {
        counts[(value.round() as usize).min(255)] += 1;
    }
    let around = |i: usize| -> usize {
        counts[i.saturating_sub(WIDTH)..(i + WIDTH + 1).min(256)]
            .iter()
            .sum()
    };
    (0..256).max_by_key(|&i| around(i)).unwrap_or(0) as f32
}
