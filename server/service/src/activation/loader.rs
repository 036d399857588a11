//! Licenses that are not in memory, read in groups: what many ask for while the
//! database is being asked is read by the next statement. After a start, or where more
//! is asked about than memory holds, that is a few statements instead of thousands; a
//! lone request waits for nobody.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::lookup;
use crate::cache::{Cache, Snapshot};
use crate::store::Store;
use crate::store::bulk::{Row, row};
use crate::store::group::gather;
use crate::{Error, Result};

/// Licenses in one statement, at most.
const GROUP: usize = 128;
/// Statements at once: one that is slow must not hold up all others, and readers are few.
const AT_ONCE: usize = 2;
/// Requests that wait, at most; beyond that senders wait to be let in.
const WAITING: usize = 4096;

type Digest = [u8; 32];
type Answer = Result<Option<Arc<Snapshot>>>;

struct Wanted {
    digest: Digest,
    done: oneshot::Sender<Answer>,
}

/// The way to the task that reads.
pub(crate) struct Loader(mpsc::Sender<Wanted>);

impl Loader {
    /// Starts the task. It ends with the last way to it.
    pub fn start(store: &Store, cache: &Cache) -> Self {
        let (way, mut wanted) = mpsc::channel(WAITING);
        let room = Arc::new(Room { store: store.clone(), cache: cache.clone() });
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        tokio::spawn(async move {
            while let Some(first) = wanted.recv().await {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { break };
                let mut group = vec![first];
                gather(&mut wanted, &mut group, GROUP).await;
                let room = Arc::clone(&room);
                tokio::spawn(async move {
                    room.serve(group).await;
                    drop(turn);
                });
            }
        });
        Self(way)
    }

    /// The license of a digest as it is in the database now, kept in memory from here on;
    /// `None` where no license has it, which is remembered too.
    pub async fn load(&self, digest: &Digest) -> Answer {
        let gone = || Error::Internal("the task that reads in groups is gone".into());
        let (done, answer) = oneshot::channel();
        self.0.send(Wanted { digest: *digest, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

struct Room {
    store: Store,
    cache: Cache,
}

impl Room {
    async fn serve(&self, mut group: Vec<Wanted>) {
        // Whoever left wants nothing any more.
        group.retain(|wanted| !wanted.done.is_closed());
        let digests: BTreeSet<Digest> = group.iter().map(|wanted| wanted.digest).collect();
        let digests: Vec<Row> = digests.iter().map(|digest| row![digest.to_vec()]).collect();
        if digests.is_empty() {
            return;
        }
        // Before the reading: what changes from here on makes stale what is read.
        let read_at = self.cache.step();
        let found = lookup::snapshots(self.store.read(), &digests).await;
        let found = found.map(|found| {
            let keep = |(digest, snapshot): (Digest, Result<Snapshot>)| {
                let snapshot = snapshot.map(Arc::new);
                if let Ok(snapshot) = &snapshot {
                    self.cache.put(&digest, read_at, Arc::clone(snapshot));
                }
                (digest, snapshot)
            };
            found.into_iter().map(keep).collect::<HashMap<_, _>>()
        });
        for Wanted { digest, done } in group {
            let answer = match &found {
                Ok(found) => match found.get(&digest) {
                    Some(Ok(snapshot)) => Ok(Some(Arc::clone(snapshot))),
                    Some(Err(damaged)) => Err(damaged.again()),
                    None => {
                        self.cache.put_unknown(&digest, read_at);
                        Ok(None)
                    }
                },
                Err(error) => Err(error.again()),
            };
            let _ = done.send(answer);
        }
    }
}
