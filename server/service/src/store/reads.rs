//! Reading in groups: what many ask for while the database is being asked is read by the
//! next statement. After a start, or where more is asked about than memory holds, that is
//! a few statements instead of thousands; a lone request waits for nobody.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::line::{Asked, Line, PATIENCE, fail, in_time};
use crate::Result;

/// Statements at once: one that is slow must not hold up all others, and readers are few.
const AT_ONCE: usize = 2;
/// What can be read in groups.
pub(crate) trait Find: Send + Sync + 'static {
    type Key: Copy + Ord + std::hash::Hash + Send + Sync;
    type Found: Clone + Send;

    /// Reads what these keys have, each once, by one statement. What has nothing is left
    /// out; what is damaged fails by itself.
    fn find(&self, keys: &[Self::Key]) -> impl Future<Output = Result<Found<Self>>> + Send;

    /// Comes when it is of use that this is read, and is waited for some 20 ms at most: what
    /// has to wait for something else all the same had better gather.
    fn needed(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// What was found, by key.
pub(crate) type Found<F> = HashMap<<F as Find>::Key, Result<<F as Find>::Found>>;

type Wanted<F> = Asked<<F as Find>::Key, Option<<F as Find>::Found>>;

/// The way to the task that reads.
pub(crate) struct Reads<F: Find>(Line<F::Key, Option<F::Found>>);

impl<F: Find> Reads<F> {
    /// Starts the task. It ends with the last way to it.
    pub fn start(find: F) -> Self {
        Self::start_with(find, PATIENCE)
    }

    fn start_with(find: F, patience: Duration) -> Self {
        let (line, mut head) = Line::form();
        let find = Arc::new(find);
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        tokio::spawn(async move {
            while let Some(first) = head.next().await {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { break };
                let group = head.gather(first, find.needed()).await;
                let find = Arc::clone(&find);
                tokio::spawn(async move {
                    serve(&*find, group, patience).await;
                    drop(turn);
                });
            }
        });
        Self(line)
    }

    /// What a key has in the database; what was committed before this call is seen.
    pub async fn ask(&self, key: F::Key) -> Result<Option<F::Found>> {
        self.0.ask(key).await
    }
}

async fn serve<F: Find>(find: &F, mut group: Vec<Wanted<F>>, patience: Duration) {
    // Whoever left wants nothing any more.
    group.retain(|wanted| !wanted.done.is_closed());
    let keys: BTreeSet<F::Key> = group.iter().map(|wanted| wanted.what).collect();
    if keys.is_empty() {
        return;
    }
    let found = match in_time(patience, find.find(&Vec::from_iter(keys))).await {
        Ok(found) => found,
        Err(error) => return fail(group, error),
    };
    for Asked { what, done } in group {
        let answer = match found.get(&what) {
            Some(Ok(found)) => Ok(Some(found.clone())),
            Some(Err(damaged)) => Err(damaged.again()),
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
    struct Doubles;

    impl Find for Doubles {
        type Key = u32;
        type Found = u32;

        async fn find(&self, keys: &[u32]) -> Result<Found<Self>> {
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
        let reads = Reads::start(Doubles);
        let (two, four, damaged, again, none) =
            tokio::join!(reads.ask(1), reads.ask(2), reads.ask(7), reads.ask(7), reads.ask(100));
        assert_eq!((two.unwrap(), four.unwrap(), none.unwrap()), (Some(2), Some(4), None));
        assert!(matches!((damaged, again), (Err(Error::Internal(_)), Err(Error::Internal(_)))));
    }

    #[tokio::test]
    async fn what_hangs_is_given_up_and_holds_up_nobody_after_it() {
        let reads = Reads::start_with(Doubles, Duration::from_millis(20));
        for _ in 0..2 * AT_ONCE {
            assert!(matches!(reads.ask(0).await, Err(Error::Unavailable(_))));
        }
        assert_eq!(reads.ask(1).await.unwrap(), Some(2));
    }
}
