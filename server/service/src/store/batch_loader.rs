//! Reading in groups: what many ask for while the database is being asked is read by the
//! next statement. After a start, or where more is asked about than memory holds, that is
//! a few statements instead of thousands; a lone request waits for nobody.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::queue::{BATCH_TIMEOUT, Message, QueueSender, reply_all_err, with_timeout};
use crate::Result;

/// Statements at once: one that is slow must not hold up all others, and readers are few.
const MAX_CONCURRENT_BATCHES: usize = 2;
/// What can be read in groups.
pub(crate) trait Loader: Send + Sync + 'static {
    type Key: Copy + Ord + std::hash::Hash + Send + Sync;
    type Value: Clone + Send;

    /// Reads what these keys have, each once, by one statement. What has nothing is left
    /// out; what is damaged fails by itself.
    fn load(&self, keys: &[Self::Key]) -> impl Future<Output = Result<LoadedMap<Self>>> + Send;

    /// Comes when it is of use that this is read, and is waited for some 20 ms at most: what
    /// has to wait for something else all the same had better gather.
    fn ready_to_run(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// What was found, by key.
pub(crate) type LoadedMap<F> = HashMap<<F as Loader>::Key, Result<<F as Loader>::Value>>;

type LoadMessage<F> = Message<<F as Loader>::Key, Option<<F as Loader>::Value>>;

/// The way to the task that reads.
pub(crate) struct BatchLoader<F: Loader>(QueueSender<F::Key, Option<F::Value>>);

impl<F: Loader> BatchLoader<F> {
    /// Starts the task. It ends with the last way to it.
    pub fn start(find: F) -> Self {
        Self::start_with_timeout(find, BATCH_TIMEOUT)
    }

    fn start_with_timeout(find: F, patience: Duration) -> Self {
        let (line, mut head) = QueueSender::channel();
        let find = Arc::new(find);
        let turns = Arc::new(Semaphore::new(MAX_CONCURRENT_BATCHES));
        tokio::spawn(async move {
            while let Some(first) = head.recv().await {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { break };
                let group = head.recv_batch(first, find.ready_to_run()).await;
                let find = Arc::clone(&find);
                tokio::spawn(async move {
                    load_batch(&*find, group, patience).await;
                    drop(turn);
                });
            }
        });
        Self(line)
    }

    /// What a key has in the database; what was committed before this call is seen.
    pub async fn load_one(&self, key: F::Key) -> Result<Option<F::Value>> {
        self.0.call(key).await
    }
}

async fn load_batch<F: Loader>(find: &F, mut group: Vec<LoadMessage<F>>, patience: Duration) {
    // Whoever left wants nothing any more.
    group.retain(|wanted| !wanted.reply.is_closed());
    let keys: BTreeSet<F::Key> = group.iter().map(|wanted| wanted.request).collect();
    if keys.is_empty() {
        return;
    }
    let found = match with_timeout(patience, find.load(&Vec::from_iter(keys))).await {
        Ok(found) => found,
        Err(error) => return reply_all_err(group, error),
    };
    for Message { request: what, reply: done } in group {
        let answer = match found.get(&what) {
            Some(Ok(found)) => Ok(Some(found.clone())),
            Some(Err(damaged)) => Err(damaged.duplicate()),
            None => Ok(None),
        };
        let _ = done.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    /// Finds the double of a number; never answers for 0, and 7 is damaged.
    struct DoublingLoader;

    impl Loader for DoublingLoader {
        type Key = u32;
        type Value = u32;

        async fn load(&self, keys: &[u32]) -> Result<LoadedMap<Self>> {
            if keys.contains(&0) {
                std::future::pending::<()>().await;
            }
            let damaged = || Error::Internal("damaged".into());
            let found = |key: &u32| (*key, if *key == 7 { Err(damaged()) } else { Ok(key * 2) });
            Ok(keys.iter().filter(|key| **key < 100).map(found).collect())
        }
    }

    #[tokio::test]
    async fn each_gets_its_own_answer() {
        let reads = BatchLoader::start(DoublingLoader);
        let (two, four, damaged, again, none) = tokio::join!(
            reads.load_one(1),
            reads.load_one(2),
            reads.load_one(7),
            reads.load_one(7),
            reads.load_one(100)
        );
        assert_eq!((two.unwrap(), four.unwrap(), none.unwrap()), (Some(2), Some(4), None));
        assert!(matches!((damaged, again), (Err(Error::Internal(_)), Err(Error::Internal(_)))));
    }

    #[tokio::test]
    async fn what_hangs_is_given_up_and_holds_up_nobody_after_it() {
        let reads = BatchLoader::start_with_timeout(DoublingLoader, Duration::from_millis(20));
        for _ in 0..2 * MAX_CONCURRENT_BATCHES {
            assert!(matches!(reads.load_one(0).await, Err(Error::Unavailable(_))));
        }
        assert_eq!(reads.load_one(1).await.unwrap(), Some(2));
    }
}
