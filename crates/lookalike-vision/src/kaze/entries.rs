//! The list of keypoints while levels come in: of close ones at neighbouring levels only the
//! strongest stays.

use super::extrema::Candidate;
use super::params::Level;

/// An entry of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) candidate: Candidate,
    /// Index of the level, `class_id` in OpenCV.
    pub(super) level: usize,
}

/// The list. Its order is that of OpenCV, where a stronger candidate takes the place of the entry
/// that it replaces.
#[derive(Debug, Default)]
pub(super) struct Entries {
    list: Vec<Entry>,
    /// First entry of each cell, then the next one of the same cell; -1 ends a chain.
    heads: Vec<i32>,
    nexts: Vec<i32>,
    columns: usize,
    cell: usize,
}

impl Entries {
    /// All entries, in order.
    pub(super) fn list(&self) -> &[Entry] {
        &self.list
    }

    /// Forgets all entries.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.nexts.clear();
    }

    /// Takes in the candidates of level `index` of a picture of `size`. A candidate closer than
    /// the level's step to entries of this level or the one before competes with the first of
    /// them; it needs three times its scale of room to the borders.
    pub(super) fn add(
        &mut self,
        candidates: &[Candidate],
        index: usize,
        level: &Level,
        size: (usize, usize),
    ) {
        self.rebuild(index, level.step, size);
        for &candidate in candidates {
            let rival = self.first_near(&candidate, level.step);
            if rival.is_some_and(|i| candidate.response <= self.list[i].candidate.response)
                || !has_room(&candidate, level.scale, size)
            {
                continue;
            }
            let entry = Entry {
                candidate,
                level: index,
            };
            let place = match rival {
                Some(i) => {
                    self.unlink(i);
                    self.list[i] = entry;
                    i
                }
                None => {
                    self.list.push(entry);
                    self.nexts.push(-1);
                    self.list.len() - 1
                }
            };
            self.link(place);
        }
    }

    /// Sorts the entries of the level before into cells as wide as the search radius.
    fn rebuild(&mut self, index: usize, step: usize, (width, height): (usize, usize)) {
        self.cell = step;
        self.columns = width / step + 1;
        self.heads.clear();
        self.heads.resize(self.columns * (height / step + 1), -1);
        for i in 0..self.list.len() {
            if self.list[i].level + 1 >= index {
                self.link(i);
            }
        }
    }

    fn cell_of(&self, candidate: &Candidate) -> usize {
        candidate.y / self.cell * self.columns + candidate.x / self.cell
    }

    fn link(&mut self, i: usize) {
        let cell = self.cell_of(&self.list[i].candidate);
        self.nexts[i] = self.heads[cell];
        self.heads[cell] = i as i32;
    }

    fn unlink(&mut self, i: usize) {
        let cell = self.cell_of(&self.list[i].candidate);
        let target = i as i32;
        if self.heads[cell] == target {
            self.heads[cell] = self.nexts[i];
            return;
        }
        let mut at = self.heads[cell];
        while at >= 0 && self.nexts[at as usize] != target {
            at = self.nexts[at as usize];
        }
        if at >= 0 {
            self.nexts[at as usize] = self.nexts[i];
        }
    }

    /// The smallest index of an entry nearer than `radius`.
    fn first_near(&self, c: &Candidate, radius: usize) -> Option<usize> {
        let (column, row) = (c.x / self.cell, c.y / self.cell);
        let rows = self.heads.len() / self.columns;
        let mut first: Option<usize> = None;
        for r in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
            for col in column.saturating_sub(1)..=(column + 1).min(self.columns - 1) {
                let mut at = self.heads[r * self.columns + col];
                while at >= 0 {
                    let i = at as usize;
                    let other = &self.list[i].candidate;
                    let (dx, dy) = (c.x.abs_diff(other.x), c.y.abs_diff(other.y));
                    if dx * dx + dy * dy < radius * radius && first.is_none_or(|f| i < f) {
                        first = Some(i);
                    }
                    at = self.nexts[i];
                }
            }
        }
        first
    }
}

/// Whether three times the scale fits between the candidate and each border.
fn has_room(candidate: &Candidate, scale: f32, (width, height): (usize, usize)) -> bool {
    let fits = |at: usize, length: usize| {
        let low = (at as f32 - 3.0 * scale).round_ties_even();
        let high = (at as f32 + 3.0 * scale).round_ties_even();
        low >= 0.0 && high < length as f32
    };
    fits(candidate.x, width) && fits(candidate.y, height)
}
