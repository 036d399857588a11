//! Reproducible random choice of license keys.

/// A function that chooses an index below `n`.
pub type KeyDistribution = fn(&mut XorShift, usize) -> usize;

/// An xorshift64 generator (Marsaglia, 2003). A fixed seed makes every run send the same requests.
pub struct XorShift(u64);

impl XorShift {
    /// Creates a generator. `seed` must not be 0, because xorshift would then return only 0.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number other than 0. No number repeats before all others were returned.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number in `0.0..1.0`.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit a f64")]
    fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Chooses every index with the same probability.
#[allow(clippy::cast_possible_truncation, reason = "the value is reduced to an index")]
pub fn uniform(random: &mut XorShift, n: usize) -> usize {
    (random.next_u64() as usize) % n
}

/// Chooses index `i` with a probability of about 1 / (i + 1), by inverting an approximate harmonic sum.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the value is an index"
)]
pub fn zipf(random: &mut XorShift, n: usize) -> usize {
    (((n as f64 + 1.0).ln() * random.next_f64()).exp() as usize).clamp(1, n) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(distribution: KeyDistribution) -> Vec<usize> {
        let mut random = XorShift::new(0x5eed);
        (0..10_000).map(|_| distribution(&mut random, 100)).collect()
    }

    #[test]
    fn distributions_return_valid_indexes_and_zipf_prefers_low_ones() {
        let (uniform, zipf) = (draw(uniform), draw(zipf));
        assert!(uniform.iter().chain(&zipf).all(|index| *index < 100));
        let below_ten = |indexes: &[usize]| indexes.iter().filter(|index| **index < 10).count();
        assert!((800..1200).contains(&below_ten(&uniform)), "{}", below_ten(&uniform));
        assert!(below_ten(&zipf) > 4_000, "{}", below_ten(&zipf));
    }
}
