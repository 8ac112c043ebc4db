//! Two pictures side by side, what was matched between them, and where one lies in the other.

use super::canvas::{Canvas, Color, Rect};
use super::caption::{probability_text, relation_text};
use super::font;
use crate::decode::Picture;
use crate::same::{Explanation, MatchedPair};
use lookalike_vision::geometry::{Transform, outline};

const GROUND: Color = [16, 19, 24];
const TEXT: Color = [214, 220, 228];
const FAINT: Color = [124, 134, 148];
/// What belongs to the one picture, and to the other.
const OWN: [Color; 2] = [[64, 196, 255], [255, 121, 198]];
const SAME: Color = [46, 160, 90];
const DIFFERENT: Color = [150, 62, 62];
/// The colours of errors, from none to the largest that is allowed.
const RAMP: [Color; 3] = [[80, 230, 120], [255, 214, 70], [255, 96, 64]];

/// How dark that is which the other picture does not show.
const DIMMED: f64 = 0.55;
/// The largest error of a match that agrees, as a share of the larger side.
const TOLERANCE: f64 = 0.02;
/// Matches are spread over so many places along each side, one line for each.
const PLACES: usize = 10;

/// How large a drawing is.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Each picture fits into a square of this side.
    pub side: usize,
    /// Width of the outlines in pixels; other lines are half as wide.
    pub line: f64,
    /// Whether there is text.
    pub text: bool,
}

impl Style {
    /// For a file.
    pub const FILE: Self = Self {
        side: 760,
        line: 3.0,
        text: true,
    };
}

/// What is drawn.
pub struct Scene<'a> {
    /// Both pictures as displayed, at any size.
    pub pictures: [&'a Picture; 2],
    /// Their names.
    pub names: [String; 2],
    /// From the one to the other in pixels as displayed, where there is a transform.
    pub transform: Option<Transform>,
    /// What was matched, in pixels as displayed.
    pub pairs: &'a [MatchedPair],
    /// Whether they are the same.
    pub same: bool,
    /// Two lines that say why.
    pub lines: [String; 2],
}

impl<'a> Scene<'a> {
    /// What an explanation says about two pictures of these names.
    pub fn new(
        pictures: [&'a Picture; 2],
        names: [String; 2],
        explanation: &'a Explanation,
    ) -> Self {
        let verdict = &explanation.verdict;
        // Below that a transform is chance, and would only mislead.
        let transform = verdict.transform.filter(|_| verdict.same);
        let (probability, reason) = (probability_text(verdict.score), &explanation.reason);
        Self {
            pictures,
            names,
            transform: transform.map(Transform::from_rows),
            pairs: &explanation.pairs,
            same: verdict.same,
            lines: [
                format!("{probability}   \u{b7}   {reason}"),
                relation_text(verdict, ["A", "B"]),
            ],
        }
    }
}

/// Draws a scene.
pub fn draw(scene: &Scene<'_>, style: Style) -> Canvas {
    let layout = Layout::new(scene, style);
    let mut canvas = Canvas::new(layout.width, layout.height, GROUND);
    for (rect, picture) in std::iter::zip(layout.places, scene.pictures) {
        canvas.picture(rect, picture);
    }
    if let Some(transform) = &scene.transform {
        layout.dim(&mut canvas, scene, transform);
    }
    layout.matches(&mut canvas, scene);
    if let Some(transform) = &scene.transform {
        layout.outlines(&mut canvas, scene, transform);
    }
    if style.text {
        layout.captions(&mut canvas, scene);
        layout.legend(&mut canvas, scene);
    }
    canvas
}

/// Where everything is.
struct Layout {
    width: usize,
    height: usize,
    margin: usize,
    line: f64,
    places: [Rect; 2],
}

impl Layout {
    fn new(scene: &Scene<'_>, style: Style) -> Self {
        let side = style.side as f64;
        let sizes = scene.pictures.map(|picture| {
            let (w, h) = (f64::from(picture.width), f64::from(picture.height));
            let scale = side / w.max(h);
            [w, h].map(|length| ((length * scale).round() as usize).max(1))
        });
        let margin = if style.text { 28 } else { style.side / 40 };
        let above = if style.text {
            margin + font::HEIGHT + 10
        } else {
            0
        };
        let below = if style.text {
            2 * margin + 2 * font::HEIGHT
        } else {
            0
        };
        let height = sizes[0][1].max(sizes[1][1]);
        let place = |x: usize, size: [usize; 2]| Rect {
            x,
            y: above + (height - size[1]) / 2,
            width: size[0],
            height: size[1],
        };
        let left = if style.text { margin } else { 0 };
        let second = left + sizes[0][0] + margin;
        Self {
            width: second + sizes[1][0] + left,
            height: above + height + below,
            margin,
            line: style.line,
            places: [place(left, sizes[0]), place(second, sizes[1])],
        }
    }

    /// From a picture's pixels as displayed to the canvas.
    fn to_canvas(&self, scene: &Scene<'_>, which: usize) -> Transform {
        let (rect, (width, height)) = (self.places[which], scene.pictures[which].original_size);
        let x = rect.width as f64 / f64::from(width);
        let y = rect.height as f64 / f64::from(height);
        let shift = |start: usize, scale: f64| start as f64 + (scale - 1.0) / 2.0;
        Transform::affine([x, 0.0, shift(rect.x, x), 0.0, y, shift(rect.y, y)])
    }

    /// Darkens what the other picture does not show.
    fn dim(&self, canvas: &mut Canvas, scene: &Scene<'_>, transform: &Transform) {
        let Some(back) = transform.inverse() else {
            return;
        };
        for (which, there) in [transform, &back].into_iter().enumerate() {
            let other = self.places[1 - which];
            let from_canvas = self.to_canvas(scene, which).inverse();
            let way = self.to_canvas(scene, 1 - which).after(there);
            let seen = |x, y| {
                let (x, y) = way.apply(from_canvas.as_ref()?.apply((x, y))?)?;
                let (x, y) = (x - other.x as f64, y - other.y as f64);
                let inside = |v: f64, side: usize| v > -0.5 && v < side as f64 - 0.5;
                (inside(x, other.width) && inside(y, other.height)).then_some(())
            };
            let share = |x, y| if seen(x, y).is_some() { 0.0 } else { DIMMED };
            canvas.tint(self.places[which], GROUND, share);
        }
    }

    /// The frame of each picture, and where it lies in the other.
    fn outlines(&self, canvas: &mut Canvas, scene: &Scene<'_>, transform: &Transform) {
        for (which, there) in [Some(*transform), transform.inverse()]
            .into_iter()
            .enumerate()
        {
            let (width, height) = scene.pictures[which].original_size;
            let corners = outline(width as usize, height as usize);
            let own = self.to_canvas(scene, which);
            let mut draw = |clip: Rect, way: &Transform, width: f64| {
                let corners: Option<Vec<_>> = corners.iter().map(|&p| way.apply(p)).collect();
                // Where a corner lies behind the horizon there is no outline to draw.
                if let Some(corners) = corners {
                    canvas.outline(clip, &corners, width, OWN[which]);
                }
            };
            draw(self.around(which), &own, self.line);
            if let Some(there) = there {
                let way = self.to_canvas(scene, 1 - which).after(&there);
                draw(self.places[1 - which], &way, self.line);
            }
        }
    }

    /// The place of a picture and its frame.
    fn around(&self, which: usize) -> Rect {
        let (rect, frame) = (self.places[which], self.line.ceil() as usize);
        Rect {
            x: rect.x.saturating_sub(frame),
            y: rect.y.saturating_sub(frame),
            width: rect.width + 2 * frame,
            height: rect.height + 2 * frame,
        }
    }

    /// Lines between matched features. Those that agree take the colour of their error; where there
    /// are none, all are faint.
    fn matches(&self, canvas: &mut Canvas, scene: &Scene<'_>) {
        let ways = [0, 1].map(|which| self.to_canvas(scene, which));
        let area = canvas.area();
        let (width, height) = scene.pictures[1].original_size;
        let largest = TOLERANCE * f64::from(width.max(height));
        let color = |pair: &MatchedPair| pair.residual.map_or(FAINT, |r| ramp(r / largest));
        let ends =
            |pair: &MatchedPair| Some((ways[0].apply(pair.query)?, ways[1].apply(pair.found)?));
        let agrees = scene.pairs.iter().any(|pair| pair.residual.is_some());
        let shown = || {
            scene
                .pairs
                .iter()
                .filter(|p| p.residual.is_some() == agrees)
        };
        for pair in self.spread(scene, shown()) {
            if let Some(ends) = ends(pair) {
                canvas.line(area, ends, self.line / 2.0, color(pair), 0.7);
            }
        }
        for pair in shown() {
            if let Some((from, to)) = ends(pair) {
                for end in [from, to] {
                    canvas.disc(area, end, self.line * 1.1, GROUND);
                    canvas.disc(area, end, self.line * 0.8, color(pair));
                }
            }
        }
    }

    /// The best of the matches in each place of the first picture, so that lines can be told
    /// apart.
    fn spread<'a>(
        &self,
        scene: &Scene<'_>,
        pairs: impl Iterator<Item = &'a MatchedPair>,
    ) -> Vec<&'a MatchedPair> {
        let (width, height) = scene.pictures[0].original_size;
        let cell =
            |v: f64, side: u32| ((v / f64::from(side) * PLACES as f64) as usize).min(PLACES - 1);
        let mut best: [Option<&MatchedPair>; PLACES * PLACES] = [None; PLACES * PLACES];
        for pair in pairs {
            let at = cell(pair.query.1, height) * PLACES + cell(pair.query.0, width);
            let error = |pair: &MatchedPair| pair.residual.unwrap_or(f64::INFINITY);
            if best[at].is_none_or(|known| error(pair) < error(known)) {
                best[at] = Some(pair);
            }
        }
        best.into_iter().flatten().collect()
    }

    fn captions(&self, canvas: &mut Canvas, scene: &Scene<'_>) {
        for (which, rect) in self.places.into_iter().enumerate() {
            let y = rect.y - font::HEIGHT - 8;
            let label = ["A  ", "B  "][which];
            let x = canvas.text(rect.x, y, label, OWN[which]);
            let (width, height) = scene.pictures[which].original_size;
            let size = format!("  {width} x {height}");
            let room = (rect.x + rect.width).saturating_sub(x + font::width(&size));
            let x = canvas.text(x, y, &shortened(&scene.names[which], room), TEXT);
            canvas.text(x, y, &size, FAINT);
        }
    }

    /// The verdict, the reasons, and what the colours mean.
    fn legend(&self, canvas: &mut Canvas, scene: &Scene<'_>) {
        let top = self.height - self.margin - 2 * font::HEIGHT - 6;
        let (word, color) = if scene.same {
            ("SAME", SAME)
        } else {
            ("DIFFERENT", DIFFERENT)
        };
        let badge = font::width(word) + 24;
        let middle = (top + font::HEIGHT / 2 - 2) as f64;
        let ends = |width: usize| {
            let round = 14.0;
            let left = self.margin as f64 + round;
            (
                (left, middle),
                ((self.margin + width) as f64 - round, middle),
            )
        };
        let area = canvas.area();
        canvas.line(area, ends(badge), 30.0, color, 1.0);
        canvas.text(self.margin + 12, top, word, [255; 3]);
        canvas.text(self.margin + badge + 16, top, &scene.lines[0], TEXT);
        canvas.text(self.margin, top + font::HEIGHT + 8, &scene.lines[1], FAINT);
        if scene.pairs.iter().any(|pair| pair.residual.is_some()) {
            self.scale(canvas, scene, top);
        }
    }

    /// The colours of errors.
    fn scale(&self, canvas: &mut Canvas, scene: &Scene<'_>, top: usize) {
        let (width, height) = scene.pictures[1].original_size;
        let largest = format!("{:.0} px", TOLERANCE * f64::from(width.max(height)));
        let length = 140;
        let end = self.width - self.margin - font::width(&largest) - 8;
        let start = end - length;
        let y = top + font::HEIGHT / 2 - 4;
        for x in 0..length {
            let rect = Rect {
                x: start + x,
                y,
                width: 1,
                height: 8,
            };
            canvas.tint(rect, ramp(x as f64 / length as f64), |_, _| 1.0);
        }
        canvas.text(end + 8, top, &largest, FAINT);
        let label = "error 0";
        canvas.text(start - 8 - font::width(label), top, label, FAINT);
    }
}

/// The colour of an error, as a share of the largest.
fn ramp(share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let first = (place as usize).min(RAMP.len() - 2);
    let mix = place - first as f64;
    std::array::from_fn(|c| {
        let (a, b) = (f64::from(RAMP[first][c]), f64::from(RAMP[first + 1][c]));
        (a + (b - a) * mix).round() as u8
    })
}

/// A text that fits into `room` pixels: of one too long, the end.
fn shortened(text: &str, room: usize) -> String {
    if font::width(text) <= room {
        return text.to_owned();
    }
    let mut rest = text;
    while !rest.is_empty() && font::width(rest) + font::width("...") > room {
        let first = rest.chars().next().map_or(0, char::len_utf8);
        rest = &rest[first..];
    }
    format!("...{rest}")
}
