//! A verdict in words.

use crate::same::Verdict;

/// The score of a verdict, in words.
pub fn probability_text(score: f64) -> String {
    // No finite number of measurements makes certainty.
    if score > 0.999 {
        "probability above 0.999".into()
    } else {
        format!("probability {score:.3}")
    }
}

/// How one picture lies in the other, in words; nothing where they are different.
pub fn relation_text(verdict: &Verdict, [a, b]: [&str; 2]) -> String {
    let (true, Some(rows)) = (verdict.same, verdict.transform) else {
        return String::new();
    };
    let percent = |share: f64| (share * 100.0).round();
    let mut text = format!(
        "{} % of {a} is seen in {b}, and makes {} % of it",
        percent(verdict.query_overlap),
        percent(verdict.found_overlap)
    );
    let mut motion = rows;
    if verdict.mirrored {
        // The transform mirrors first; without that it turns and scales.
        for row in 0..3 {
            motion[3 * row] = -motion[3 * row];
        }
        text += "; mirrored";
    }
    let [a, b, _, c, d, ..] = motion;
    let scale = (a * d - b * c).abs().sqrt();
    // Adding 0 makes of -0 a 0.
    let degrees = (c - b).atan2(a + d).to_degrees().round() + 0.0;
    text + &format!("; scaled by {scale:.2}, turned by {degrees:.0}\u{b0}")
}
