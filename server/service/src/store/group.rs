//! Group commit: what many ask for is written in one transaction.
//!
//! One task writes. While it commits one group, the next gathers; so the price of
//! a durable commit is shared by all who wait for it, and a lone request waits
//! for nobody. Within a group each is decided by itself, in the order of arrival,
//! on what the ones before it took. The licenses are locked in the order of their
//! ids, so that groups of several nodes never wait for each other in a ring.

use std::collections::BTreeSet;
use std::future::Future;

use super::bulk::{Row, row};
use super::held::Held;
use super::line::{Asked, Line, PATIENCE, fail, in_time};
use super::{Store, WriteTxn};
use crate::cache::Cache;
use crate::error::is_locked;
use crate::{Clock, Error, Result};

/// What can be asked for in groups.
pub(crate) trait Want: Send + Sync + Sized + 'static {
    /// What becomes of it.
    type Got: Send + 'static;
    /// What a group of it is decided on.
    type Book: Book<Self>;
    /// What one group leaves to the next.
    type Kept: Default + Send;

    /// The license it is about, by the digest of its key.
    fn license(&self) -> &[u8; 32];

    /// Comes when it is of use that this is written, and is waited for some 20 ms at most: what
    /// has to wait for something else all the same had better gather.
    fn needed(_store: &Store) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// What a group is decided on, and what it takes.
pub(crate) trait Book<W: Want>: Send + Sized {
    /// Reads what the group is decided on, and locks it in the order of ids.
    fn open(txn: &WriteTxn, group: &[&W], kept: &mut W::Kept) -> impl Future<Output = Result<Self>> + Send;

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

type Job<W> = Asked<W, <W as Want>::Got>;

/// The way to the task that writes.
pub(crate) struct Group<W: Want>(Line<W, W::Got>);

impl<W: Want> Group<W> {
    /// Starts the task. It ends with the last way to it.
    pub fn start(store: &Store, cache: &Cache, clock: &Clock) -> Self {
        let (line, mut head) = Line::form();
        let (store, cache, clock) = (store.clone(), cache.clone(), clock.clone());
        let mut room = Room::<W> { store, cache, clock, kept: W::Kept::default(), held: Held::default() };
        tokio::spawn(async move {
            while let Some(first) = head.next().await {
                let group = head.gather(first, W::needed(&room.store)).await;
                room.serve(group).await;
            }
        });
        Self(line)
    }

    /// What becomes of a wish; answered once that is on disk.
    pub async fn ask(&self, want: W) -> Result<W::Got> {
        self.0.ask(want).await
    }
}

struct Room<W: Want> {
    store: Store,
    cache: Cache,
    clock: Clock,
    kept: W::Kept,
    held: Held,
}

impl<W: Want> Room<W> {
    /// Writes a group and answers each. What fails as a group is tried one by one,
    /// so that nobody fails for another's sake.
    async fn serve(&mut self, group: Vec<Job<W>>) {
        let group = self.without_held(group).await;
        let Err((group, error)) = self.answer(group).await else { return };
        if is_locked(&error) {
            self.held.suspect(group.iter().map(|job| *job.what.license()));
            let group = self.without_held(group).await;
            if let Err((group, _)) = self.answer(group).await {
                self.one_by_one(group).await;
            }
        } else if group.len() == 1 || matches!(error, Error::Unavailable(_)) {
            fail(group, error);
        } else {
            self.one_by_one(group).await;
        }
    }

    /// Writes a group and answers each, or gives it back.
    async fn answer(&mut self, group: Vec<Job<W>>) -> Result<(), (Vec<Job<W>>, Error)> {
        let wants: Vec<&W> = group.iter().map(|job| &job.what).collect();
        match self.write_in_time(&wants).await {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    let _ = job.done.send(Ok(answer));
                }
                Ok(())
            }
            Err(error) => Err((group, error)),
        }
    }

    /// Tells those whose license somebody else holds; the others.
    async fn without_held(&mut self, group: Vec<Job<W>>) -> Vec<Job<W>> {
        let suspected = self.held.among(group.iter().map(|job| *job.what.license()));
        if suspected.is_empty() {
            return group;
        }
        // Where even that can't be asked, the group is told why.
        let looked = in_time(PATIENCE, self.held.look(&self.store, &suspected)).await;
        let Ok(held) = looked else { return group };
        let (held, free) = group.into_iter().partition(|job| held.contains(job.what.license()));
        fail(held, Error::unavailable("the license is held by somebody else"));
        free
    }

    async fn one_by_one(&mut self, group: Vec<Job<W>>) {
        for job in group {
            if job.done.is_closed() {
                continue;
            }
            let answer = self.write_in_time(&[&job.what]).await;
            let one = answer.and_then(|mut answers| {
                answers.pop().ok_or_else(|| Error::Internal("a wish got no answer".into()))
            });
            let _ = job.done.send(one);
        }
    }

    async fn write_in_time(&mut self, group: &[&W]) -> Result<Vec<W::Got>> {
        in_time(PATIENCE, self.write(group)).await
    }

    async fn write(&mut self, group: &[&W]) -> Result<Vec<W::Got>> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let mut txn = WriteTxn::begin(&self.store, &self.cache, &self.clock).await?;
        let mut book = W::Book::open(&txn, group, &mut self.kept).await?;
        let answers = group.iter().map(|want| book.decide(want, &txn)).collect::<Result<Vec<_>>>()?;
        if !book.is_blank() {
            book.close(&mut txn);
            txn.commit().await?;
        }
        Ok(answers)
    }
}
