//! `countersign master-key rotate` beside a running server, and killed in the middle.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use test_support::TestDatabase;

use super::{Server, binary, issue, wait_until};

/// An instance whose master key is a file.
struct Instance(TestDatabase);

impl Instance {
    fn new() -> Self {
        let instance = Self(TestDatabase::sqlite());
        std::fs::write(instance.file("master.key"), &instance.0.master).expect("written");
        instance
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = binary(&self.0);
        command.env_remove("COUNTERSIGN_MASTER_KEY").args(args);
        command
    }

    fn serve(&self) -> Server {
        Server::spawn(self.command(&["serve", "--json", "--listen", "127.0.0.1:0"]))
    }

    fn run(&self, args: &[&str]) -> Value {
        let output = self.command(args).arg("--json").output().expect("its output");
        let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
        assert!(output.status.success(), "{args:?}: {document}");
        document
    }

    /// Issues licenses and returns their keys.
    fn issue(&self, count: usize) -> Vec<String> {
        issue(&self.0, 10);
        let issued = self.run(&["license", "issue", "--product", "plugin", "--count", &count.to_string()]);
        let licenses = issued["licenses"].as_array().expect("licenses");
        licenses.iter().map(|license| license["key"].as_str().expect("a key").to_owned()).collect()
    }
}

fn is_known(server: &Server, key: &str) -> bool {
    server.verify(key, "a.com").is_some_and(|(status, _)| status == 200)
}

#[test]
fn killed_rotation_loses_no_key_and_continues() {
    let instance = Instance::new();
    let keys = instance.issue(1_000);
    let server = instance.serve();
    // It waits 2 s for the servers, and re-seals after that.
    for millis in [300, 2_050, 2_120] {
        let mut rotation = instance
            .command(&["master-key", "rotate"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        std::thread::sleep(Duration::from_millis(millis));
        let _ = rotation.kill();
        let _ = rotation.wait();
        for key in keys.iter().step_by(50) {
            assert!(is_known(&server, key), "after {millis} ms");
            instance.run(&["license", "show", key]);
        }
    }
    instance.run(&["master-key", "rotate"]);
    assert_ne!(std::fs::read_to_string(instance.file("master.key")).unwrap(), instance.0.master);
    let unknown: Vec<_> = keys.iter().filter(|key| !is_known(&server, key)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    drop(server);
    let server = instance.serve();
    let unknown: Vec<_> = keys.iter().filter(|key| !is_known(&server, key)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    assert_eq!(instance.run(&["check"])["agree"], true);
}

#[test]
fn running_server_takes_up_the_new_key_and_drops_the_former_one() {
    let instance = Instance::new();
    let keys = instance.issue(2);
    let server = instance.serve();
    let rotated = instance.run(&["master-key", "rotate"]);
    assert!(rotated["resealed"].as_u64().is_some_and(|rows| rows >= 2), "{rotated}");
    assert!(keys.iter().all(|key| is_known(&server, key)));
    let former = std::fs::read_to_string(instance.file("master.key.old")).expect("the former key");
    assert_eq!(former.trim(), instance.0.master);
    // Under the former key, the database does not open.
    let output = binary(&instance.0).args(["license", "show", &keys[0]]).output().expect("its output");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("another master key"));
}

#[test]
fn rotation_that_ended_without_its_files_is_completed_at_the_next_start() {
    let instance = Instance::new();
    let keys = instance.issue(2);
    instance.run(&["master-key", "rotate"]);
    let (key, new, old) =
        (instance.file("master.key"), instance.file("master.key.new"), instance.file("master.key.old"));
    std::fs::rename(&key, &new).unwrap();
    std::fs::rename(&old, &key).unwrap();
    let server = instance.serve();
    assert!(wait_until(Duration::from_secs(5), || is_known(&server, &keys[0])));
    assert!(!new.exists() && old.exists());
    instance.run(&["license", "show", &keys[1]]);
}

#[test]
fn key_that_is_a_setting_is_rotated_into_a_file() {
    let instance = Instance::new();
    let keys = instance.issue(2);
    let rotate = |args: &[&str]| {
        let output =
            binary(&instance.0).args(["master-key", "rotate", "--json"]).args(args).output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
        (output.status.success(), document)
    };
    let (success, refused) = rotate(&[]);
    assert!(!success && refused["error"].as_str().unwrap().contains("--output"), "{refused}");
    let file = instance.file("new.key");
    let (success, rotated) = rotate(&["--output", file.to_str().unwrap()]);
    assert!(success, "{rotated}");
    let mut shown = binary(&instance.0);
    shown.env("COUNTERSIGN_MASTER_KEY", std::fs::read_to_string(&file).unwrap());
    let shown = shown.args(["license", "show", &keys[0]]).output().expect("its output");
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
}
