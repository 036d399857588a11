//! The table of a test's figures, and the bounds that they must keep.

use std::fmt::Write as _;
use std::time::Duration;

use super::compare::Comparison;
use super::observations::Observations;

/// Longest time without an acknowledged activation.
const MAX_GAP: Duration = Duration::from_secs(30);

/// The figures of one fault.
pub struct Figures {
    pub fault: String,
    pub observations: Observations,
    pub comparison: Comparison,
    /// From the end of the fault until the cluster was whole.
    pub healed_after: Duration,
}

const HEAD: &str = "| fault | acknowledged | lost | over limit | longest time without one, s | refused by a limit \
    | 503 to activations | verified | 503 to verifications | longest 503, s | no connection | no answer \
    | whole again, s |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

/// Returns the table in Markdown.
pub fn table(figures: &[Figures]) -> String {
    let mut text = HEAD.to_owned();
    for Figures { fault, observations: o, comparison, healed_after } in figures {
        let _ = writeln!(
            text,
            "| {fault} | {} | {} | {} | {:.1} | {} | {} | {} | {} | {:.1} | {} | {} | {:.0} |",
            o.acknowledged.len(),
            comparison.lost,
            comparison.over_limit,
            o.longest_gap.as_secs_f64(),
            o.at_limit,
            o.activations_unavailable,
            o.verified,
            o.verifications_unavailable,
            o.longest_refusal.as_secs_f64(),
            o.unreachable,
            o.timed_out,
            healed_after.as_secs_f64(),
        );
    }
    text
}

/// Returns a sentence for each bound that the figures break.
pub fn broken_bounds(figures: &Figures) -> Vec<String> {
    let Figures { fault, observations, comparison, .. } = figures;
    let mut broken = Vec::new();
    let counts = [
        (comparison.lost, "acknowledged activations are lost"),
        (comparison.not_confirmed, "acknowledged activations are not confirmed by a node"),
        (comparison.over_limit, "licenses have more activations than their limit"),
        (observations.unexpected.len(), "answers are neither correct nor 503 with Retry-After"),
    ];
    for (count, text) in counts.into_iter().filter(|(count, _)| *count > 0) {
        broken.push(format!("{fault}: {count} {text}."));
    }
    broken.extend(observations.unexpected.iter().take(5).map(|answer| format!("  {answer}")));
    if observations.longest_gap > MAX_GAP {
        let (found, bound) = (observations.longest_gap.as_secs_f64(), MAX_GAP.as_secs());
        broken
            .push(format!("{fault}: no activation was acknowledged for {found:.1} s, more than {bound} s."));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            fault: "node-killed".to_owned(),
            observations: Observations::default(),
            comparison: Comparison::default(),
            healed_after: Duration::ZERO,
        }
    }

    #[test]
    fn each_broken_bound_is_a_sentence() {
        assert!(broken_bounds(&figures()).is_empty());
        let mut broken = figures();
        broken.comparison = Comparison { lost: 1, not_confirmed: 2, over_limit: 3 };
        broken.observations.longest_gap = MAX_GAP + Duration::from_secs(1);
        broken.observations.unexpected.push("500".to_owned());
        assert_eq!(broken_bounds(&broken).len(), 6, "five bounds, and the answer");
    }

    #[test]
    fn a_row_has_the_columns_of_the_head() {
        let text = table(&[figures()]);
        let columns: Vec<usize> = text.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(columns, [columns[0]; 3]);
    }
}
