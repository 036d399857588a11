//! A DataLoader-style batch loader: keys requested during one database round trip are read by
//! the next statement. After a start, or when memory can't hold the working set, that takes a
//! few statements instead of thousands. A single request is not delayed.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::queue::{Message, QueueSender, batch_span, reply_all_err, with_timeout};
use crate::Result;

/// Maximum number of concurrent statements: a slow statement must not block the next batch, and
/// read connections are few.
const MAX_CONCURRENT_BATCHES: usize = 2;

/// Maximum time of a read, with its wait for a statement. Shorter than that of a commit: nothing is lost by
/// a repeated read, and a cut line to the database refuses nothing, so that a client would wait for its own
/// time limit.
const LOAD_TIMEOUT: Duration = Duration::from_secs(3);

/// A source of values that are loaded in batches, by key.
pub(crate) trait Loader: Send + Sync + 'static {
    type Key: Copy + Ord + std::hash::Hash + Send + Sync;
    type Value: Clone + Send;

    /// Loads the values of `keys`, which are distinct, with one statement. Missing keys are left
    /// out; a damaged row yields an error for its key only.
    fn load(&self, keys: &[Self::Key]) -> impl Future<Output = Result<LoadedMap<Self>>> + Send;

    /// Resolves when loading now is worthwhile. The worker waits for it for at most
    /// `BATCH_DELAY` (20 ms): requests that would queue for a signature afterwards can join the
    /// same batch instead.
    fn ready_to_run(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Loaded values, by key.
pub(crate) type LoadedMap<L> = HashMap<<L as Loader>::Key, Result<<L as Loader>::Value>>;

type LoadMessage<L> = Message<<L as Loader>::Key, Option<<L as Loader>::Value>>;

/// A handle to the worker that loads keys in batches.
pub(crate) struct BatchLoader<L: Loader>(QueueSender<L::Key, Option<L::Value>>);

impl<L: Loader> BatchLoader<L> {
    /// Starts the worker. It stops when the handle is dropped.
    pub fn start(loader: L) -> Self {
        Self::start_with_timeout(loader, LOAD_TIMEOUT)
    }

    fn start_with_timeout(loader: L, batch_timeout: Duration) -> Self {
        let (sender, mut receiver) = QueueSender::channel();
        let loader = Arc::new(loader);
        let permits = Arc::new(Semaphore::new(MAX_CONCURRENT_BATCHES));
        tokio::spawn(async move {
            while let Some(first) = receiver.recv().await {
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
                let batch = receiver.recv_batch(first, loader.ready_to_run()).await;
                let loader = Arc::clone(&loader);
                let span = batch_span(&batch);
                let loading = async move {
                    load_batch(&*loader, batch, batch_timeout).await;
                    drop(permit);
                };
                tokio::spawn(loading.instrument(span));
            }
        });
        Self(sender)
    }

    /// Returns whether the worker takes requests.
    pub fn is_running(&self) -> bool {
        self.0.is_open()
    }

    /// Returns the value of a key. Everything committed before this call is visible.
    pub async fn load_one(&self, key: L::Key) -> Result<Option<L::Value>> {
        with_timeout(LOAD_TIMEOUT, self.0.call(key)).await
    }
}

async fn load_batch<L: Loader>(loader: &L, mut batch: Vec<LoadMessage<L>>, batch_timeout: Duration) {
    // Skip requests whose client has disconnected.
    batch.retain(|message| !message.reply.is_closed());
    let keys: BTreeSet<L::Key> = batch.iter().map(|message| message.request).collect();
    if keys.is_empty() {
        return;
    }
    let values = match with_timeout(batch_timeout, loader.load(&Vec::from_iter(keys))).await {
        Ok(values) => values,
        Err(error) => return reply_all_err(batch, error),
    };
    for Message { request: key, reply, .. } in batch {
        let result = match values.get(&key) {
            Some(Ok(value)) => Ok(Some(value.clone())),
            Some(Err(error)) => Err(error.duplicate()),
            None => Ok(None),
        };
        let _ = reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    /// Doubles a number. Never responds for 0, reports 7 as damaged, and finds nothing from 100 on.
    struct DoublingLoader;

    impl Loader for DoublingLoader {
        type Key = u32;
        type Value = u32;

        async fn load(&self, keys: &[u32]) -> Result<LoadedMap<Self>> {
            if keys.contains(&0) {
                std::future::pending::<()>().await;
            }
            let damaged = || Error::Internal("damaged".into());
            let load = |key: &u32| (*key, if *key == 7 { Err(damaged()) } else { Ok(key * 2) });
            Ok(keys.iter().filter(|key| **key < 100).map(load).collect())
        }
    }

    #[tokio::test]
    async fn each_request_gets_its_own_result() {
        let loader = BatchLoader::start(DoublingLoader);
        let (two, four, damaged, duplicate, missing) = tokio::join!(
            loader.load_one(1),
            loader.load_one(2),
            loader.load_one(7),
            loader.load_one(7),
            loader.load_one(100)
        );
        assert_eq!((two.unwrap(), four.unwrap(), missing.unwrap()), (Some(2), Some(4), None));
        assert!(matches!((damaged, duplicate), (Err(Error::Internal(_)), Err(Error::Internal(_)))));
    }

    #[tokio::test]
    async fn stalled_batch_times_out_and_does_not_block_later_batches() {
        let loader = BatchLoader::start_with_timeout(DoublingLoader, Duration::from_millis(20));
        for _ in 0..2 * MAX_CONCURRENT_BATCHES {
            assert!(matches!(loader.load_one(0).await, Err(Error::Unavailable(_))));
        }
        assert_eq!(loader.load_one(1).await.unwrap(), Some(2));
    }
}
