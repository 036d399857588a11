//! Group commit: what many ask for is written in one transaction.
//!
//! One task writes. While it commits one group, the next gathers; so the price of
//! a durable commit is shared by all who wait for it, and a lone request waits
//! for nobody. Within a group each is decided by itself, in the order of arrival,
//! on what the ones before it took. The licenses are locked in the order of their
//! ids, so that groups of several nodes never wait for each other in a ring.

use std::collections::BTreeSet;
use std::future::Future;

use super::lock_contention::LockedLicenses;
use super::queue::{BATCH_TIMEOUT, Message, QueueSender, reply_all_err, with_timeout};
use super::row_values::{RowValues, row};
use super::{Store, WriteTxn};
use crate::cache::LicenseCache;
use crate::error::is_locked;
use crate::{Clock, Error, Result};

/// What can be asked for in groups.
pub(crate) trait WriteRequest: Send + Sync + Sized + 'static {
    /// What becomes of it.
    type Response: Send + 'static;
    /// What a group of it is decided on.
    type Batch: WriteBatch<Self>;
    /// What one group leaves to the next.
    type BatchState: Default + Send;

    /// The license it is about, by the digest of its key.
    fn license_digest(&self) -> &[u8; 32];

    /// Comes when it is of use that this is written, and is waited for some 20 ms at most: what
    /// has to wait for something else all the same had better gather.
    fn ready_to_run(_store: &Store) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// What a group is decided on, and what it takes.
pub(crate) trait WriteBatch<W: WriteRequest>: Send + Sized {
    /// Reads what the group is decided on, and locks it in the order of ids.
    fn load_and_lock(
        txn: &WriteTxn,
        group: &[&W],
        kept: &mut W::BatchState,
    ) -> impl Future<Output = Result<Self>> + Send;

    /// Decides one of the group, on what those before it took.
    fn decide(&mut self, want: &W, txn: &WriteTxn) -> Result<W::Response>;

    /// Whether nothing is to be written.
    fn is_empty(&self) -> bool;

    /// Leaves what was taken to be written by the commit.
    fn stage(self, txn: &mut WriteTxn);
}

/// The digests of a group's licenses, each once.
pub(crate) fn distinct_license_digests<W: WriteRequest>(group: &[&W]) -> Vec<RowValues> {
    let digests: BTreeSet<_> = group.iter().map(|want| want.license_digest()).collect();
    digests.into_iter().map(|digest| row![digest.to_vec()]).collect()
}

type WriteMessage<W> = Message<W, <W as WriteRequest>::Response>;

/// The way to the task that writes.
pub(crate) struct GroupCommit<W: WriteRequest>(QueueSender<W, W::Response>);

impl<W: WriteRequest> GroupCommit<W> {
    /// Starts the task. It ends with the last way to it.
    pub fn start(store: &Store, cache: &LicenseCache, clock: &Clock) -> Self {
        let (line, mut head) = QueueSender::channel();
        let (store, cache, clock) = (store.clone(), cache.clone(), clock.clone());
        let mut room = Worker::<W> {
            store,
            cache,
            clock,
            state: W::BatchState::default(),
            locked: LockedLicenses::default(),
        };
        tokio::spawn(async move {
            while let Some(first) = head.recv().await {
                let group = head.recv_batch(first, W::ready_to_run(&room.store)).await;
                room.process_batch(group).await;
            }
        });
        Self(line)
    }

    /// What becomes of a wish; answered once that is on disk.
    pub async fn submit(&self, want: W) -> Result<W::Response> {
        self.0.call(want).await
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
    /// Writes a group and answers each. What fails as a group is tried one by one,
    /// so that nobody fails for another's sake.
    async fn process_batch(&mut self, group: Vec<WriteMessage<W>>) {
        let group = self.reject_locked(group).await;
        let Err((group, error)) = self.commit_and_reply(group).await else { return };
        if is_locked(&error) {
            self.locked.mark_suspect(group.iter().map(|job| *job.request.license_digest()));
            let group = self.reject_locked(group).await;
            if let Err((group, _)) = self.commit_and_reply(group).await {
                self.commit_individually(group).await;
            }
        } else if group.len() == 1 || matches!(error, Error::Unavailable(_)) {
            reply_all_err(group, error);
        } else {
            self.commit_individually(group).await;
        }
    }

    /// Writes a group and answers each, or gives it back.
    async fn commit_and_reply(
        &mut self,
        group: Vec<WriteMessage<W>>,
    ) -> Result<(), (Vec<WriteMessage<W>>, Error)> {
        let wants: Vec<&W> = group.iter().map(|job| &job.request).collect();
        match self.commit_with_timeout(&wants).await {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    let _ = job.reply.send(Ok(answer));
                }
                Ok(())
            }
            Err(error) => Err((group, error)),
        }
    }

    /// Tells those whose license somebody else holds; the others.
    async fn reject_locked(&mut self, group: Vec<WriteMessage<W>>) -> Vec<WriteMessage<W>> {
        let suspected = self.locked.suspects_in(group.iter().map(|job| *job.request.license_digest()));
        if suspected.is_empty() {
            return group;
        }
        // Where even that can't be asked, the group is told why.
        let looked = with_timeout(BATCH_TIMEOUT, self.locked.probe(&self.store, &suspected)).await;
        let Ok(held) = looked else { return group };
        let (held, free) = group.into_iter().partition(|job| held.contains(job.request.license_digest()));
        reply_all_err(held, Error::unavailable("the license is held by somebody else"));
        free
    }

    async fn commit_individually(&mut self, group: Vec<WriteMessage<W>>) {
        for job in group {
            if job.reply.is_closed() {
                continue;
            }
            let answer = self.commit_with_timeout(&[&job.request]).await;
            let one = answer.and_then(|mut answers| {
                answers.pop().ok_or_else(|| Error::Internal("a wish got no answer".into()))
            });
            let _ = job.reply.send(one);
        }
    }

    async fn commit_with_timeout(&mut self, group: &[&W]) -> Result<Vec<W::Response>> {
        with_timeout(BATCH_TIMEOUT, self.commit(group)).await
    }

    async fn commit(&mut self, group: &[&W]) -> Result<Vec<W::Response>> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let mut txn = WriteTxn::begin(&self.store, &self.cache, &self.clock).await?;
        let mut book = W::Batch::load_and_lock(&txn, group, &mut self.state).await?;
        let answers = group.iter().map(|want| book.decide(want, &txn)).collect::<Result<Vec<_>>>()?;
        if !book.is_empty() {
            book.stage(&mut txn);
            txn.commit().await?;
        }
        Ok(answers)
    }
}
