//! Group commit: what many ask for is written in one transaction.
//!
//! One task writes. While it commits one group, the next gathers; so the price of
//! a durable commit is shared by all who wait for it, and a lone request waits
//! for nobody. Within a group each is decided by itself, in the order of arrival,
//! on what the ones before it took. The licenses are locked in the order of their
//! ids, so that groups of several nodes never wait for each other in a ring.

use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};

use super::bulk::{Row, row};
use super::{Store, WriteTxn};
use crate::cache::Cache;
use crate::error::is_locked;
use crate::{Clock, Error, Result};

/// Requests in one group, at most.
const GROUP: usize = 128;
/// How long a group may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a group may gather where its members have to wait in any case.
const GATHER: Duration = Duration::from_millis(20);
/// How often it is looked whether they still have to.
const LOOK: Duration = Duration::from_millis(1);
/// Requests that wait, at most; beyond that senders wait to be let in.
const WAITING: usize = 4096;

/// What can be asked for in groups.
pub(crate) trait Want: Send + Sync + Sized + 'static {
    /// What becomes of it.
    type Got: Send + 'static;
    /// What a group of it is decided on.
    type Book: Book<Self>;

    /// The license it is about, by the digest of its key.
    fn license(&self) -> &[u8; 32];

    /// Whether what is written now would wait for something else all the same, so
    /// that the group had better gather.
    fn can_wait() -> bool {
        false
    }
}

/// What a group is decided on, and what it takes.
pub(crate) trait Book<W: Want>: Send + Sized {
    /// Reads what the group is decided on, and locks it in the order of ids.
    fn open(txn: &WriteTxn, group: &[&W]) -> impl Future<Output = Result<Self>> + Send;

    /// Decides one of the group, on what those before it took.
    fn decide(&mut self, want: &W, txn: &WriteTxn) -> Result<W::Got>;

    /// Whether nothing is to be written.
    fn is_blank(&self) -> bool;

    /// Leaves what was taken to be written by the commit.
    fn close(self, txn: &mut WriteTxn);
}

/// The digests of a group's licenses, each once.
pub(crate) fn digests<W: Want>(group: &[&W]) -> Vec<Row> {
    let digests: BTreeSet<_> = group.iter().map(|want| want.license()).collect();
    digests.into_iter().map(|digest| row![digest.to_vec()]).collect()
}

struct Job<W: Want> {
    want: W,
    done: oneshot::Sender<Result<W::Got>>,
}

/// The way to the task that writes.
pub(crate) struct Group<W: Want>(mpsc::Sender<Job<W>>);

impl<W: Want> Group<W> {
    /// Starts the task. It ends with the last way to it.
    pub fn start(store: &Store, cache: &Cache, clock: &Clock) -> Self {
        let (way, mut jobs) = mpsc::channel(WAITING);
        let room = Room { store: store.clone(), cache: cache.clone(), clock: clock.clone() };
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(GROUP);
            while let Some(first) = jobs.recv().await {
                group.push(first);
                gather(&mut jobs, &mut group, GROUP, W::can_wait).await;
                room.serve(std::mem::take(&mut group)).await;
            }
        });
        Self(way)
    }

    /// What becomes of a wish; answered once that is on disk.
    pub async fn ask(&self, want: W) -> Result<W::Got> {
        let gone = || Error::Internal("the task that writes in groups is gone".into());
        let (done, answer) = oneshot::channel();
        self.0.send(Job { want, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Requests that have arrived and were not looked at yet come along; whoever is alone
/// waits for nobody, unless they have to wait in any case.
pub(crate) async fn gather<T>(
    arriving: &mut mpsc::Receiver<T>,
    group: &mut Vec<T>,
    most: usize,
    can_wait: impl Fn() -> bool,
) {
    let began = Instant::now();
    while can_wait() && began.elapsed() < GATHER && group.len() + arriving.len() < most {
        sleep(LOOK).await;
    }
    let mut silent = 0;
    while silent < 2 && group.len() < most {
        tokio::task::yield_now().await;
        let before = group.len();
        while group.len() < most
            && let Ok(one) = arriving.try_recv()
        {
            group.push(one);
        }
        silent = if group.len() == before { silent + 1 } else { 0 };
    }
}

struct Room {
    store: Store,
    cache: Cache,
    clock: Clock,
}

impl Room {
    /// Writes a group and answers each. What fails as a group is tried one by one,
    /// so that nobody fails for another's sake.
    async fn serve<W: Want>(&self, group: Vec<Job<W>>) {
        let wants: Vec<&W> = group.iter().map(|job| &job.want).collect();
        match self.write_in_time(&wants).await {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    let _ = job.done.send(Ok(answer));
                }
            }
            Err(error)
                if group.len() == 1 || matches!(error, Error::Unavailable(_)) && !is_locked(&error) =>
            {
                let mut group = group.into_iter();
                let first = group.next();
                for job in group {
                    let _ = job.done.send(Err(error.again()));
                }
                if let Some(job) = first {
                    let _ = job.done.send(Err(error));
                }
            }
            Err(_) => self.one_by_one(group).await,
        }
    }

    async fn one_by_one<W: Want>(&self, group: Vec<Job<W>>) {
        // A license that somebody else holds is waited for once.
        let mut held = HashSet::new();
        for job in group {
            if job.done.is_closed() {
                continue;
            }
            let answer = if held.contains(job.want.license()) {
                Err(Error::unavailable("the license is held by somebody else"))
            } else {
                self.write_in_time(&[&job.want]).await
            };
            if answer.as_ref().is_err_and(is_locked) {
                held.insert(*job.want.license());
            }
            let one = answer.and_then(|mut answers| {
                answers.pop().ok_or_else(|| Error::Internal("a wish got no answer".into()))
            });
            let _ = job.done.send(one);
        }
    }

    /// A connection that says nothing any more is given up, and with it the group:
    /// those who come after must not wait for it.
    async fn write_in_time<W: Want>(&self, group: &[&W]) -> Result<Vec<W::Got>> {
        let late = || Error::unavailable("the database did not answer in time");
        timeout(PATIENCE, self.write(group)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn write<W: Want>(&self, group: &[&W]) -> Result<Vec<W::Got>> {
        let mut txn = WriteTxn::begin(&self.store, &self.cache, &self.clock).await?;
        let mut book = W::Book::open(&txn, group).await?;
        let answers = group.iter().map(|want| book.decide(want, &txn)).collect::<Result<Vec<_>>>()?;
        if !book.is_blank() {
            book.close(&mut txn);
            txn.commit().await?;
        }
        Ok(answers)
    }
}
