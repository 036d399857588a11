//! The state of the database cluster, as Patroni's REST interface reports it.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client;
use super::host::{DATABASES, Host};
use crate::cmd::Result;

const REST_PORT: u16 = 8008;
const MAX_ANSWER: Duration = Duration::from_secs(2);

/// A member of the cluster.
struct Member {
    name: String,
    role: String,
    state: String,
    timeline: Option<u64>,
}

/// Returns the members that the Patroni of a host reports, or none without an answer.
fn members(host: Host) -> Vec<Member> {
    let answer = client::get(host.address, REST_PORT, "/cluster", MAX_ANSWER).body_with_status(200);
    answer.map(|text| parse(&text)).unwrap_or_default()
}

fn parse(text: &str) -> Vec<Member> {
    let cluster: Value = serde_json::from_str(text).unwrap_or_default();
    let word = |member: &Value, name: &str| member[name].as_str().unwrap_or_default().to_owned();
    let members = cluster["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    members
        .iter()
        .map(|member| Member {
            name: word(member, "name"),
            role: word(member, "role"),
            state: word(member, "state"),
            timeline: member["timeline"].as_u64(),
        })
        .collect()
}

/// Returns whether one primary, a synchronous standby and a replica run on the same timeline.
fn is_healthy(members: &[Member]) -> bool {
    let count = |role: &str| members.iter().filter(|member| member.role == role).count();
    let timeline = members.first().and_then(|member| member.timeline);
    members.len() == DATABASES.len()
        && count("leader") == 1
        && count("sync_standby") == 1
        && timeline.is_some()
        && members.iter().all(|member| {
            matches!(member.state.as_str(), "running" | "streaming") && member.timeline == timeline
        })
}

/// Returns whether all hosts report the same healthy cluster. A host that was cut off has an old view at
/// first.
fn is_whole() -> bool {
    let views = DATABASES.map(members);
    views.iter().all(|view| is_healthy(view) && with_role(view, "leader") == with_role(&views[0], "leader"))
}

fn with_role<'a>(members: &'a [Member], role: &str) -> Option<&'a str> {
    members.iter().find(|member| member.role == role).map(|member| member.name.as_str())
}

/// Waits until the database cluster is whole.
///
/// # Errors
/// Returns a message if that takes longer than `max_time`.
pub fn wait_until_healthy(max_time: Duration) -> Result {
    let started = Instant::now();
    while !is_whole() {
        if started.elapsed() > max_time {
            return Err(format!(
                "The database cluster has no primary with a synchronous standby and a replica after {} s.",
                max_time.as_secs()
            ));
        }
        thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}

/// Returns the host of the primary.
pub fn primary() -> Result<Host> {
    find("leader").ok_or_else(|| "No database host is the primary.".into())
}

/// Returns the host of the synchronous standby.
pub fn synchronous_standby() -> Result<Host> {
    find("sync_standby").ok_or_else(|| "No database host is a synchronous standby.".into())
}

fn find(role: &str) -> Option<Host> {
    let views = DATABASES.map(members);
    let name = views.iter().find_map(|view| with_role(view, role))?;
    DATABASES.into_iter().find(|host| host.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(members: [(&str, &str, u64); 3]) -> Vec<Member> {
        let member = |(role, state, timeline): (&str, &str, u64)| Member {
            name: "db1".to_owned(),
            role: role.to_owned(),
            state: state.to_owned(),
            timeline: Some(timeline),
        };
        members.map(member).into()
    }

    #[test]
    fn a_cluster_is_healthy_with_a_synchronous_standby_on_the_primarys_timeline() {
        let (leader, standby) = (("leader", "running", 2), ("sync_standby", "streaming", 2));
        assert!(is_healthy(&cluster([leader, standby, ("replica", "running", 2)])));
        assert!(!is_healthy(&cluster([leader, standby, ("replica", "running", 1)])), "behind a failover");
        assert!(!is_healthy(&cluster([leader, standby, ("replica", "starting", 2)])), "not up yet");
        assert!(!is_healthy(&cluster([leader, ("replica", "running", 2), ("replica", "running", 2)])));
        assert!(!is_healthy(&[]));
    }

    #[test]
    fn members_are_read_from_the_answer_of_patroni() {
        let text = r#"{"members":[{"name":"db3","role":"leader","state":"running","timeline":4}]}"#;
        let members = parse(text);
        assert_eq!((members[0].name.as_str(), members[0].role.as_str()), ("db3", "leader"));
        assert_eq!((members[0].state.as_str(), members[0].timeline), ("running", Some(4)));
        assert!(parse("no JSON").is_empty());
    }
}
