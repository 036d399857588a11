//! The line before a task that serves many at once: how they come to stand in it, how
//! they are gathered, and how each gets its answer.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::{Error, Result};

/// How many are served together, at most.
pub(super) const MAX_BATCH: usize = 128;
/// How long serving them may take.
pub(super) const BATCH_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a group may gather where its members have to wait in any case.
const BATCH_DELAY: Duration = Duration::from_millis(20);
/// How many stand in line, at most; beyond that senders wait to be let in.
const QUEUE_CAPACITY: usize = 4096;

/// What somebody asks for, and the way back.
pub(super) struct Message<A, B> {
    pub request: A,
    pub reply: oneshot::Sender<Result<B>>,
}

/// The end of the line where one joins it.
pub(super) struct QueueSender<A, B>(mpsc::Sender<Message<A, B>>);

impl<A, B> QueueSender<A, B> {
    /// A line, and its head. The head ends with the last who could join.
    pub fn channel() -> (Self, QueueReceiver<A, B>) {
        let (way, arriving) = mpsc::channel(QUEUE_CAPACITY);
        (Self(way), QueueReceiver(arriving))
    }

    /// The answer to what is asked, once one's turn has come.
    pub async fn call(&self, what: A) -> Result<B> {
        let gone = || Error::Internal("the task that serves in groups is gone".into());
        let (done, answer) = oneshot::channel();
        self.0.send(Message { request: what, reply: done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// The end of the line where one is served.
pub(super) struct QueueReceiver<A, B>(mpsc::Receiver<Message<A, B>>);

impl<A, B> QueueReceiver<A, B> {
    /// The next in line.
    pub async fn recv(&mut self) -> Option<Message<A, B>> {
        self.0.recv().await
    }

    /// Those who are served together with `first`, once that is `needed`: requests that
    /// have arrived and were not looked at yet come along. Whoever is alone waits for
    /// nobody, unless they have to wait in any case.
    pub async fn recv_batch(
        &mut self,
        first: Message<A, B>,
        needed: impl Future<Output = ()>,
    ) -> Vec<Message<A, B>> {
        if self.0.len() + 1 < MAX_BATCH {
            let _ = timeout(BATCH_DELAY, needed).await;
        }
        let (mut group, mut silent) = (vec![first], 0);
        while silent < 2 && group.len() < MAX_BATCH {
            tokio::task::yield_now().await;
            let before = group.len();
            while group.len() < MAX_BATCH
                && let Ok(one) = self.0.try_recv()
            {
                group.push(one);
            }
            silent = if group.len() == before { silent + 1 } else { 0 };
        }
        group
    }
}

/// A connection that says nothing any more is given up: those who come after must not
/// wait for it.
pub(super) async fn with_timeout<T>(
    patience: Duration,
    serving: impl Future<Output = Result<T>>,
) -> Result<T> {
    let late = || Error::unavailable("the database did not answer in time");
    timeout(patience, serving).await.unwrap_or_else(|_| Err(late()))
}

/// Tells all of a group that it failed; one of them with all that is known of it.
pub(super) fn reply_all_err<A, B>(group: Vec<Message<A, B>>, error: Error) {
    let mut group = group.into_iter();
    let first = group.next();
    for asked in group {
        let _ = asked.reply.send(Err(error.duplicate()));
    }
    if let Some(first) = first {
        let _ = first.reply.send(Err(error));
    }
}
