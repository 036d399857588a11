//! The search for webhooks with due deliveries: passes over all of them, page by page.
//!
//! A busy node writes deliveries during each page. If each of them began a pass anew, the webhooks of the later pages
//! would wait for ever. A pass therefore ends before the next one begins.

use uuid::Uuid;

/// Where the search stands.
pub(super) struct Search {
    stage: Stage,
    /// Deliveries were written since the pass began: another one follows.
    again: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is looked for until the next call of [`Search::wake`].
    Idle,
    /// The page after a webhook is next.
    Next(Uuid),
    /// The page after a webhook is read.
    Reading(Uuid),
}

impl Default for Search {
    /// The first pass is due.
    fn default() -> Self {
        Self { stage: Stage::Next(Uuid::nil()), again: false }
    }
}

impl Search {
    /// Asks for a pass that begins from now on.
    pub fn wake(&mut self) {
        match self.stage {
            Stage::Idle => self.stage = Stage::Next(Uuid::nil()),
            Stage::Next(after) if after.is_nil() => {}
            Stage::Next(_) | Stage::Reading(_) => self.again = true,
        }
    }

    /// Begins the next page. Returns the webhook after which it begins.
    pub fn begin_page(&mut self) -> Option<Uuid> {
        let Stage::Next(after) = self.stage else { return None };
        self.stage = Stage::Reading(after);
        Some(after)
    }

    /// Ends the page that is read, if one is. `next` is the webhook after which the pass continues, `None` at its
    /// end.
    pub fn end_page(&mut self, next: Option<Uuid>) {
        if !matches!(self.stage, Stage::Reading(_)) {
            return;
        }
        self.stage = match next {
            Some(after) => Stage::Next(after),
            None if std::mem::take(&mut self.again) => Stage::Next(Uuid::nil()),
            None => Stage::Idle,
        };
    }

    /// Reads the page again, because it failed.
    pub fn fail_page(&mut self) {
        if let Stage::Reading(after) = self.stage {
            self.stage = Stage::Next(after);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_wake_during_each_page_does_not_keep_a_pass_from_its_end() {
        let mut search = Search::default();
        for (n, next) in [(0, Some(webhook(1))), (1, Some(webhook(2))), (2, None)] {
            search.wake();
            assert_eq!(search.begin_page(), Some(webhook(n)));
            search.wake();
            search.end_page(next);
        }
        search.wake();
        assert_eq!(search.begin_page(), Some(webhook(0)), "another pass follows");
    }

    #[test]
    fn a_wake_begins_a_pass_at_once_or_one_more_pass() {
        let mut search = Search::default();
        search.begin_page();
        search.end_page(None);
        assert_eq!(search.begin_page(), None, "idle");
        search.wake();
        search.wake();
        assert_eq!(search.begin_page(), Some(webhook(0)));
        search.end_page(None);
        assert_eq!(search.begin_page(), None, "the wakes before the pass are served by it");
    }

    #[test]
    fn a_page_that_fails_is_read_again() {
        let mut search = Search::default();
        search.begin_page();
        search.end_page(Some(webhook(7)));
        search.begin_page();
        search.fail_page();
        assert_eq!(search.begin_page(), Some(webhook(7)));
    }

    #[test]
    fn a_claim_without_a_page_leaves_the_search_alone() {
        let mut search = Search::default();
        search.end_page(None);
        assert_eq!(search.begin_page(), Some(webhook(0)));
    }
}
