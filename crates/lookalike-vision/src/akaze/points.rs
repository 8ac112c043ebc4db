//! The points of one level, and which of them give way to stronger neighbours.

use super::params::Level;

/// A pixel of a level whose response is larger than those of its eight neighbours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) response: f32,
    /// Where between the pixels the maximum lies; `None` where further than a pixel away.
    pub(super) offset: Option<[f32; 2]>,
    /// Whether no stronger point has displaced it.
    pub(super) alive: bool,
}

/// The points of a level in raster order.
#[derive(Debug, Default)]
pub(super) struct Points {
    list: Vec<Point>,
    /// Where each row begins, as far as rows have been begun.
    starts: Vec<u32>,
}

impl Points {
    /// Forgets all points.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.starts.clear();
    }

    /// All points that have been taken in, in raster order.
    pub(super) fn list(&self) -> &[Point] {
        &self.list
    }

    /// Takes in a point further on in raster order. Of points within `radius` only the stronger
    /// one stays; the one found first counts as the neighbour.
    pub(super) fn add(&mut self, point: Point, radius: u32) {
        if let Some(i) = self.first_near(point.x, point.y, radius) {
            if point.response <= self.list[i].response {
                return;
            }
            self.list[i].alive = false;
        }
        while self.starts.len() <= point.y as usize {
            self.starts.push(self.list.len() as u32);
        }
        self.list.push(point);
    }

    /// The first living point in raster order within `radius` of (x, y), of the square that
    /// reaches from `radius` before to `radius - 1` behind.
    fn first_near(&self, x: u32, y: u32, radius: u32) -> Option<usize> {
        let (left, right) = (x.saturating_sub(radius), x + radius);
        for row in y.saturating_sub(radius)..(y + radius).min(self.starts.len() as u32) {
            let start = self.starts[row as usize] as usize;
            let end = self.starts.get(row as usize + 1);
            let end = end.map_or(self.list.len(), |&e| e as usize);
            let points = &self.list[start..end];
            let first = points.partition_point(|p| p.x < left);
            let inside = points[first..].iter().take_while(|p| p.x < right);
            for (i, p) in inside.enumerate() {
                let (dx, dy) = (p.x.abs_diff(x), p.y.abs_diff(y));
                if p.alive && dx * dx + dy * dy <= radius * radius {
                    return Some(start + first + i);
                }
            }
        }
        None
    }

    /// Displaces what lies near `points` and is weaker. `place` turns coordinates of their level
    /// into those of this one.
    fn displace(&mut self, points: &Points, radius: u32, place: impl Fn(u32) -> u32) {
        for p in points.list.iter().filter(|p| p.alive) {
            if let Some(i) = self.first_near(place(p.x), place(p.y), radius)
                && p.response > self.list[i].response
            {
                self.list[i].alive = false;
            }
        }
    }
}

/// Compares each level with the one before, then each with the next: of points close to each
/// other the weaker one goes (paper, section 3.2).
pub(super) fn compare_levels(levels: &[Level], points: &mut [Points]) {
    for i in 1..levels.len() {
        let (before, here) = points.split_at_mut(i);
        let ratio = (levels[i].ratio / levels[i - 1].ratio) as u32;
        before[i - 1].displace(&here[0], levels[i].step as u32 * ratio, |v| v * ratio);
    }
    for i in (1..levels.len()).rev() {
        let (before, here) = points.split_at_mut(i);
        let ratio = (levels[i].ratio / levels[i - 1].ratio) as u32;
        here[0].displace(&before[i - 1], levels[i].step as u32, |v| v / ratio);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[(u32, u32, f32)], radius: u32) -> Points {
        let mut points = Points::default();
        for &(x, y, response) in list {
            let (offset, alive) = (None, true);
            points.add(
                Point {
                    x,
                    y,
                    response,
                    offset,
                    alive,
                },
                radius,
            );
        }
        points
    }

    fn alive(points: &Points) -> Vec<(u32, u32)> {
        let list = points.list().iter().filter(|p| p.alive);
        list.map(|p| (p.x, p.y)).collect()
    }

    #[test]
    fn the_stronger_of_two_close_points_stays() {
        let weak_first = points(&[(10, 10, 1.0), (12, 11, 2.0), (30, 11, 1.0)], 3);
        assert_eq!(alive(&weak_first), [(12, 11), (30, 11)]);
        let strong_first = points(&[(10, 10, 2.0), (12, 11, 1.0), (14, 12, 1.0)], 3);
        assert_eq!(alive(&strong_first), [(10, 10), (14, 12)]);
    }

    #[test]
    fn levels_displace_each_other() {
        let params = crate::AkazeParams::default();
        let levels = params.levels(200, 200);
        // Level 4 is the first of half the size.
        let mut all: Vec<Points> = levels.iter().map(|_| Points::default()).collect();
        all[3] = points(&[(40, 40, 1.0), (100, 100, 5.0)], 4);
        all[4] = points(&[(20, 20, 2.0), (50, 51, 2.0)], 2);
        compare_levels(&levels, &mut all);
        assert_eq!(alive(&all[3]), [(100, 100)]);
        assert_eq!(alive(&all[4]), [(20, 20)]);
    }
}
