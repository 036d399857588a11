//! The line before a task that serves many at once: how they come to stand in it, how
//! they are gathered, and how each gets its answer.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::{Error, Result};

/// How many are served together, at most.
pub(super) const GROUP: usize = 128;
/// How long serving them may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
/// How long a group may gather where its members have to wait in any case.
const GATHER: Duration = Duration::from_millis(20);
/// How many stand in line, at most; beyond that senders wait to be let in.
const WAITING: usize = 4096;

/// What somebody asks for, and the way back.
pub(super) struct Asked<A, B> {
    pub what: A,
    pub done: oneshot::Sender<Result<B>>,
}

/// The end of the line where one joins it.
pub(super) struct Line<A, B>(mpsc::Sender<Asked<A, B>>);

impl<A, B> Line<A, B> {
    /// A line, and its head. The head ends with the last who could join.
    pub fn form() -> (Self, Head<A, B>) {
        let (way, arriving) = mpsc::channel(WAITING);
        (Self(way), Head(arriving))
    }

    /// The answer to what is asked, once one's turn has come.
    pub async fn ask(&self, what: A) -> Result<B> {
        let gone = || Error::Internal("the task that serves in groups is gone".into());
        let (done, answer) = oneshot::channel();
        self.0.send(Asked { what, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// The end of the line where one is served.
pub(super) struct Head<A, B>(mpsc::Receiver<Asked<A, B>>);

impl<A, B> Head<A, B> {
    /// The next in line.
    pub async fn next(&mut self) -> Option<Asked<A, B>> {
        self.0.recv().await
    }

    /// Those who are served together with `first`, once that is `needed`: requests that
    /// have arrived and were not looked at yet come along. Whoever is alone waits for
    /// nobody, unless they have to wait in any case.
    pub async fn gather(&mut self, first: Asked<A, B>, needed: impl Future<Output = ()>) -> Vec<Asked<A, B>> {
        if self.0.len() + 1 < GROUP {
            let _ = timeout(GATHER, needed).await;
        }
        let (mut group, mut silent) = (vec![first], 0);
        while silent < 2 && group.len() < GROUP {
            tokio::task::yield_now().await;
            let before = group.len();
            while group.len() < GROUP
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
pub(super) async fn in_time<T>(patience: Duration, serving: impl Future<Output = Result<T>>) -> Result<T> {
    let late = || Error::unavailable("the database did not answer in time");
    timeout(patience, serving).await.unwrap_or_else(|_| Err(late()))
}

/// Tells all of a group that it failed; one of them with all that is known of it.
pub(super) fn fail<A, B>(group: Vec<Asked<A, B>>, error: Error) {
    let mut group = group.into_iter();
    let first = group.next();
    for asked in group {
        let _ = asked.done.send(Err(error.again()));
    }
    if let Some(first) = first {
        let _ = first.done.send(Err(error));
    }
}
