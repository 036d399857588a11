//! Group commit: the writes of many requests share one transaction.
//!
//! One worker per kind of request writes. While it commits a batch, the next batch collects in
//! the queue. The requests of a batch share the cost of a durable commit, and a single
//! request is not delayed. Requests of a batch are decided separately, in order of arrival,
//! and each decision sees the effects of the earlier ones. Licenses are locked in the order
//! of their ids, so that batches of several nodes never deadlock.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use sea_orm::{FromQueryResult, Statement};
use tokio::sync::Mutex;
use tracing::Instrument as _;

use super::batch_counts::{BatchCounts, BatchUse};
use super::lock_contention::LockedLicenses;
use super::queue::{BATCH_TIMEOUT, Message, QueueSender, batch_span, reply_all_err, with_timeout};
use super::row_values::{RowValues, row};
use super::{Store, WriteTxn};
use crate::cache::LicenseCache;
use crate::error::is_locked;
use crate::secrets::KeyDigests;
use crate::{Clock, Error, Result, supervise};

/// A request that is written in batches.
pub(crate) trait WriteRequest: Send + Sync + Sized + 'static {
    /// The result of one request.
    type Response: Send + 'static;
    /// The state of one batch.
    type Batch: WriteBatch<Self>;
    /// State that is kept between batches.
    type BatchState: Default + Send;

    /// Returns the digests of the key of the license that the request is about.
    fn license_digests(&self) -> &KeyDigests;

    /// Resolves when committing now is worthwhile. The worker waits for it for at most
    /// `BATCH_DELAY` (20 ms): requests that would queue for a signature afterwards can join the
    /// same batch instead.
    fn ready_to_run(_store: &Store) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// The state of one batch: the rows its decisions depend on, and the writes they cause.
pub(crate) trait WriteBatch<W: WriteRequest>: Send + Sized {
    /// Reads the rows that the decisions depend on, and locks the licenses in the order of ids.
    fn load_and_lock(
        txn: &WriteTxn,
        batch: &[&W],
        state: &mut W::BatchState,
    ) -> impl Future<Output = Result<Self>> + Send;

    /// Decides one request, given the effects of the earlier requests of the batch.
    fn decide(&mut self, request: &W, txn: &WriteTxn) -> Result<W::Response>;

    /// Returns whether there is nothing to write.
    fn is_empty(&self) -> bool;

    /// Stages the writes of the batch for the commit.
    fn stage(self, txn: &mut WriteTxn);
}

/// Loads the licenses of a batch by a statement that locks them. Returns them by the primary digests of
/// their keys.
pub(crate) async fn load_licenses<W: WriteRequest, L: FromQueryResult>(
    txn: &WriteTxn,
    batch: &[&W],
    statement: Statement,
    digest_of: impl Fn(&L) -> &[u8],
) -> Result<HashMap<Vec<u8>, L>> {
    let mut licenses = HashMap::new();
    // A second time if a rotation of the master key re-seals a license while the statement waits for its
    // lock: PostgreSQL then compares the new digest with the digest of the first match only.
    for _ in 0..2 {
        for license in L::find_by_statement(statement.clone()).all(txn.conn()).await? {
            licenses.insert(digest_of(&license).to_vec(), license);
        }
        let mut is_complete = true;
        for digests in batch.iter().map(|request| request.license_digests()) {
            let Some(former) = &digests.before_rotation else { continue };
            if let Some(license) = licenses.remove(former.as_slice()) {
                licenses.insert(digests.primary.to_vec(), license);
            }
            is_complete &= licenses.contains_key(digests.primary.as_slice());
        }
        if is_complete {
            break;
        }
    }
    Ok(licenses)
}

/// Returns the license digests of a batch without duplicates, as rows.
pub(crate) fn distinct_license_digests<W: WriteRequest>(batch: &[&W]) -> Vec<RowValues> {
    let digests: BTreeSet<_> = batch.iter().flat_map(|request| request.license_digests().iter()).collect();
    digests.into_iter().map(|digest| row![digest.to_vec()]).collect()
}

type WriteMessage<W> = Message<W, <W as WriteRequest>::Response>;

/// A handle to the worker that writes requests in batches.
pub(crate) struct GroupCommit<W: WriteRequest> {
    queue: QueueSender<W, W::Response>,
    counts: Arc<BatchCounts>,
}

impl<W: WriteRequest> GroupCommit<W> {
    /// Starts the worker. It stops when the handle is dropped.
    pub fn start(store: &Store, cache: &LicenseCache, clock: &Clock) -> Self {
        let (queue, receiver) = QueueSender::channel();
        let counts = Arc::<BatchCounts>::default();
        let recorded = Arc::clone(&counts);
        // Kept across restarts of the worker. A panic fails only the requests of its batch.
        let receiver = Arc::new(Mutex::new(receiver));
        let (store, cache, clock) = (store.clone(), cache.clone(), clock.clone());
        supervise("group commit", move || {
            let receiver = Arc::clone(&receiver);
            let counts = Arc::clone(&recorded);
            let mut worker = Worker::<W> {
                store: store.clone(),
                cache: cache.clone(),
                clock: clock.clone(),
                state: W::BatchState::default(),
                locked: LockedLicenses::default(),
            };
            async move {
                let mut receiver = receiver.lock().await;
                while let Some(first) = receiver.recv().await {
                    let batch = receiver.recv_batch(first, W::ready_to_run(&worker.store)).await;
                    counts.record(batch.iter().map(|message| message.queued_at.elapsed()));
                    let span = batch_span(&batch);
                    worker.process_batch(batch).instrument(span).await;
                }
            }
        });
        Self { queue, counts }
    }

    /// Returns whether a worker takes requests.
    pub fn is_running(&self) -> bool {
        self.queue.is_open()
    }

    /// Returns the number of queued requests, and the number at which further requests wait for capacity.
    pub fn queue_depth(&self) -> (usize, usize) {
        self.queue.depth()
    }

    /// Returns sizes and waits of the batches so far.
    pub fn batches(&self) -> BatchUse {
        self.counts.get(self.queue.depth().0)
    }

    /// Submits a request and returns its response once the batch is durably committed.
    pub async fn submit(&self, request: W) -> Result<W::Response> {
        self.queue.call(request).await
    }
}

struct Worker<W: WriteRequest> {
    store: Store,
    cache: LicenseCache,
    clock: Clock,
    state: W::BatchState,
    locked: LockedLicenses,
}

impl<W: WriteRequest> Worker<W> {
    /// Commits a batch and replies to each request. If the batch fails as a whole, each request
    /// is retried in its own transaction, so that a request only fails for its own reasons.
    async fn process_batch(&mut self, batch: Vec<WriteMessage<W>>) {
        let batch = self.reject_locked(batch).await;
        let Err((batch, error)) = self.commit_and_reply(batch).await else { return };
        if is_locked(&error) {
            self.locked.mark_suspect(batch.iter().map(|message| message.request.license_digests().primary));
            let batch = self.reject_locked(batch).await;
            if let Err((batch, _)) = self.commit_and_reply(batch).await {
                self.commit_individually(batch).await;
            }
        } else if batch.len() == 1 || matches!(error, Error::Unavailable(_)) {
            reply_all_err(batch, error);
        } else {
            self.commit_individually(batch).await;
        }
    }

    /// Commits a batch and replies to each request, or returns the batch with the error.
    async fn commit_and_reply(
        &mut self,
        batch: Vec<WriteMessage<W>>,
    ) -> Result<(), (Vec<WriteMessage<W>>, Error)> {
        let requests: Vec<&W> = batch.iter().map(|message| &message.request).collect();
        match self.commit_with_timeout(&requests).await {
            Ok(responses) => {
                for (message, response) in batch.into_iter().zip(responses) {
                    let _ = message.reply.send(Ok(response));
                }
                Ok(())
            }
            Err(error) => Err((batch, error)),
        }
    }

    /// Fails the requests whose license another transaction has locked, and returns the rest.
    async fn reject_locked(&mut self, batch: Vec<WriteMessage<W>>) -> Vec<WriteMessage<W>> {
        let suspects =
            self.locked.suspects_in(batch.iter().map(|message| message.request.license_digests().primary));
        if suspects.is_empty() {
            return batch;
        }
        // If the probe fails too, the commit of the whole batch reports the reason.
        let probed = with_timeout(BATCH_TIMEOUT, self.locked.probe(&self.store, &suspects)).await;
        let Ok(locked) = probed else { return batch };
        let (blocked, free) = batch
            .into_iter()
            .partition(|message| locked.contains(&message.request.license_digests().primary));
        reply_all_err(blocked, Error::unavailable("license row is locked by another transaction"));
        free
    }

    async fn commit_individually(&mut self, batch: Vec<WriteMessage<W>>) {
        for message in batch {
            if message.reply.is_closed() {
                continue;
            }
            let responses = self.commit_with_timeout(&[&message.request]).await;
            let response = responses.and_then(|mut responses| {
                responses
                    .pop()
                    .ok_or_else(|| Error::Internal("batch returned fewer results than requests".into()))
            });
            let _ = message.reply.send(response);
        }
    }

    async fn commit_with_timeout(&mut self, batch: &[&W]) -> Result<Vec<W::Response>> {
        with_timeout(BATCH_TIMEOUT, self.commit(batch)).await
    }

    async fn commit(&mut self, requests: &[&W]) -> Result<Vec<W::Response>> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut txn = WriteTxn::begin(&self.store, &self.cache, &self.clock).await?;
        let mut batch = W::Batch::load_and_lock(&txn, requests, &mut self.state).await?;
        let responses =
            requests.iter().map(|request| batch.decide(request, &txn)).collect::<Result<Vec<_>>>()?;
        if !batch.is_empty() {
            batch.stage(&mut txn);
            txn.commit().await?;
        }
        Ok(responses)
    }
}
