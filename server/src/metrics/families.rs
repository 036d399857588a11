//! Writes families of metrics: a name with a help text, and a sample for each set of labels.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeLabelSet, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use service::counters::HistogramCounts;

/// A family without labels.
pub(super) const NO_LABELS: [(&str, &str); 0] = [];

/// The unit of a histogram's values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Nanoseconds, written as seconds.
    Nanoseconds,
    /// Plain numbers.
    Number,
}

/// Writes families to the encoder of a registry. Each family is written, also without a sample, so that the names do
/// not depend on what happened so far.
pub(super) struct Families<'a>(pub(super) DescriptorEncoder<'a>);

impl Families<'_> {
    pub(super) fn gauge<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in samples {
            family.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    /// Writes a counter. The encoder adds `_total` to the name.
    pub(super) fn counter<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in samples {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, u64>(&value, None)?;
        }
        Ok(())
    }

    pub(super) fn histogram<'c, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        scale: Scale,
        samples: impl IntoIterator<Item = (L, &'c HistogramCounts)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, counts) in samples {
            encode_histogram(family.encode_family(&labels)?, scale, counts)?;
        }
        Ok(())
    }
}

fn encode_histogram(mut metric: MetricEncoder<'_>, scale: Scale, counts: &HistogramCounts) -> fmt::Result {
    let buckets: Vec<(f64, u64)> =
        counts.buckets.iter().map(|(bound, count)| (scaled(scale, *bound), *count)).collect();
    metric.encode_histogram::<NoLabelSet>(scaled(scale, counts.sum), counts.count, &buckets, None)
}

#[allow(clippy::cast_precision_loss, reason = "a sum beyond 2^53 needs no exact value")]
fn scaled(scale: Scale, value: u64) -> f64 {
    match scale {
        Scale::Nanoseconds => Duration::from_nanos(value).as_secs_f64(),
        Scale::Number => value as f64,
    }
}
