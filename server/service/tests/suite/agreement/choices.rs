//! Choices of a generator, from numbers that are drawn in advance.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// Numbers of one request. Without any left, each choice is the first.
const NUMBERS: usize = 1_024;

/// The choices of one request.
pub struct Choices(std::vec::IntoIter<u32>);

impl Choices {
    /// Draws the numbers.
    pub fn new(runner: &mut TestRunner) -> Self {
        let numbers = prop::collection::vec(any::<u32>(), NUMBERS).new_tree(runner).expect("numbers");
        Self(numbers.current().into_iter())
    }

    /// Chooses a number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next().unwrap_or(0)).unwrap_or(0) % end.max(1)
    }

    /// Returns true once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) + 1 == n
    }

    /// Chooses one of some values.
    pub fn of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}
