//! Watching of licenses and of the overview.

use domain::permission::Permission;
use uuid::Uuid;

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

/// Begins to watch topics of the actor's account, at most [`MAX_WATCHED`]. Topics of other accounts and of
/// missing licenses never change: a stream serves all tabs of a browser, and some may be older than the
/// sign-in.
///
/// # Errors
/// Returns [`Error::NotFound`] if the account has none of the topics or there are too many, and an error if
/// the role lacks the permission or the database fails.
#[tracing::instrument(name = "live.watch", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn watch(service: &Service, actor: &Actor, topics: &[WatchedTopic]) -> Result<Viewer> {
    actor.require(Permission::Read)?;
    if topics.is_empty() || topics.len() > MAX_WATCHED {
        return Err(Error::NotFound);
    }
    let mut ids = Vec::with_capacity(topics.len());
    for WatchedTopic { topic, .. } in topics {
        ids.push(find(service, actor, *topic).await?);
    }
    if ids.iter().all(Option::is_none) {
        return Err(Error::NotFound);
    }
    let seen: Vec<_> = topics.iter().map(|topic| topic.seen.clone()).collect();
    Ok(service.store.live.watch(&ids, &seen))
}

/// Returns the id of a topic. `None` if the actor's account does not have it.
async fn find(service: &Service, actor: &Actor, topic: Topic) -> Result<Option<Uuid>> {
    match topic {
        Topic::Overview(account) => Ok((account == actor.account).then_some(account.0)),
        Topic::License(id) => match scope::license(service.store.read(), actor.account, id).await {
            Ok(license) => Ok(Some(license.id)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
    }
}
