//! Limits of open event streams. Each stream is a connection and a task for as long as a page is open.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use domain::AccountId;

/// Maximum number of open streams of this process.
const MAX_STREAMS: usize = 1_000;
/// Maximum number of open streams of an account, so that one seller leaves streams for others.
const MAX_PER_ACCOUNT: usize = 200;
/// Maximum number of open streams of a session. A browser needs one; one without Web Locks needs one per
/// window.
const MAX_PER_SESSION: usize = 16;

/// Counts the open streams.
#[derive(Default)]
pub struct StreamLimit(Mutex<OpenStreams>);

#[derive(Default)]
struct OpenStreams {
    total: usize,
    by_account: HashMap<AccountId, usize>,
    by_session: HashMap<i128, usize>,
}

/// A counted stream, released when it is dropped.
pub struct StreamPermit {
    limit: Arc<StreamLimit>,
    account: AccountId,
    session: i128,
}

impl StreamLimit {
    /// Counts a stream of a session in an account. `None` if a limit is reached.
    pub fn acquire(self: &Arc<Self>, account: AccountId, session: i128) -> Option<StreamPermit> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |open: Option<&usize>| open.copied().unwrap_or(0);
        if open.total >= MAX_STREAMS
            || count(open.by_account.get(&account)) >= MAX_PER_ACCOUNT
            || count(open.by_session.get(&session)) >= MAX_PER_SESSION
        {
            return None;
        }
        open.total += 1;
        *open.by_account.entry(account).or_default() += 1;
        *open.by_session.entry(session).or_default() += 1;
        Some(StreamPermit { limit: Arc::clone(self), account, session })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.limit.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        release(&mut open.by_account, &self.account);
        release(&mut open.by_session, &self.session);
    }
}

fn release<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use service::new_id;

    use super::*;

    #[test]
    fn streams_are_limited_per_session_account_and_process() {
        let limit = Arc::<StreamLimit>::default();
        let account = AccountId(new_id());
        let mut held: Vec<_> =
            (0..MAX_PER_SESSION).map(|_| limit.acquire(account, 1).expect("a permit")).collect();
        assert!(limit.acquire(account, 1).is_none(), "the session has its maximum");
        held.pop();
        held.push(limit.acquire(account, 1).expect("a permit"));
        let others = MAX_PER_SESSION..MAX_PER_ACCOUNT;
        held.extend(others.map(|n| limit.acquire(account, 1000 + n as i128).expect("a permit")));
        assert!(limit.acquire(account, 2).is_none(), "the account has its maximum");
        while held.len() < MAX_STREAMS {
            let session = 10_000 + held.len() as i128;
            held.push(limit.acquire(AccountId(new_id()), session).expect("a permit"));
        }
        assert!(limit.acquire(AccountId(new_id()), 2).is_none(), "the process has its maximum");
        drop(held);
        let open = limit.0.lock().expect("the counts");
        assert!(open.total == 0 && open.by_account.is_empty() && open.by_session.is_empty());
    }
}
