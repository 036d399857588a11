//! A full disk: writes are rejected with 503, `/verify` still works, and no acknowledged activation is lost.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Server, issue, wait_until};
use test_support::TestDatabase;

/// A mounted file system of 4 MiB.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts the file system. Returns `None` without root privileges.
    pub fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).ok()?;
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn acknowledged_activations_survive_a_full_disk() {
    let mut db = TestDatabase::sqlite();
    let folder = db.folder.path().join("small");
    let Some(_disk) = SmallDisk::mount(&folder) else {
        println!("not run: mounting a small file system takes root");
        return;
    };
    db.url = format!("sqlite://{}", folder.join("test.db").display());
    let key = issue(&db, 1_000_000);
    let server = Server::start(&db);
    let mut acknowledged = Vec::new();
    let mut refusals = 0;
    for n in 0..60_000 {
        let domain = format!("{n}.{}.com", "long-name".repeat(6));
        match server.activate(&key, &domain) {
            Some((200, _)) => acknowledged.push(domain),
            Some((503, body)) => {
                assert!(body.contains(r#""error":"server_error""#), "{body}");
                refusals += 1;
            }
            other => panic!("{other:?}"),
        }
        if refusals == 20 {
            break;
        }
    }
    assert_eq!(refusals, 20, "the disk never was full");
    assert!(acknowledged.len() > 10, "only {} fitted", acknowledged.len());
    let last = acknowledged.last().unwrap();
    assert!(server.verify(&key, last).unwrap().1.contains("true"), "verify goes on");
    assert_eq!(server.send("GET", "/readyz", "").unwrap().0, 200);

    let remounted = Command::new("mount").args(["-o", "remount,size=16m"]).arg(&folder).status().unwrap();
    assert!(remounted.success());
    let recovered = wait_until(Duration::from_secs(5), || {
        server.activate(&key, "after.com").is_some_and(|(s, _)| s == 200)
    });
    assert!(recovered, "it recovers by itself");
    drop(server);

    let server = Server::start(&db);
    let missing = acknowledged
        .iter()
        .filter(|domain| server.verify(&key, domain).is_none_or(|(_, body)| !body.contains("true")));
    assert_eq!(missing.count(), 0, "of {}", acknowledged.len());
}
