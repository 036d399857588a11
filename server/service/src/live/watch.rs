//! Watching of licenses and of the overview.

use domain::permission::Permission;

use super::topic::Topic;
use crate::store::live_topics::{MAX_WATCHED, Viewer};
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// A topic, and the version of the page that watches it. The topic counts as changed if the data has another
/// version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedTopic {
    /// The license or the overview.
    pub topic: Topic,
    /// The version of the page.
    pub seen: Option<String>,
}

/// Begins to watch topics of the actor's account, at most [`MAX_WATCHED`].
///
/// # Errors
/// Returns [`Error::NotFound`] if a license does not exist or there are too many topics, and an error if the
/// role lacks the permission or the database fails.
#[tracing::instrument(name = "live.watch", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn watch(service: &Service, actor: &Actor, topics: &[WatchedTopic]) -> Result<Viewer> {
    actor.require(Permission::Read)?;
    if topics.is_empty() || topics.len() > MAX_WATCHED {
        return Err(Error::NotFound);
    }
    let mut ids = Vec::with_capacity(topics.len());
    for WatchedTopic { topic, .. } in topics {
        ids.push(match topic {
            Topic::Overview => actor.account.0,
            Topic::License(id) => scope::license(service.store.read(), actor.account, *id).await?.id,
        });
    }
    let seen: Vec<_> = topics.iter().map(|topic| topic.seen.clone()).collect();
    Ok(service.store.live.watch(ids, &seen))
}
