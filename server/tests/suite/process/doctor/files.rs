//! Faults of files, folders, disks and backups.

use std::process::Command;

use super::super::full_disk::SmallDisk;
use super::super::run;
use super::{command, doctor, migrated, outcome, set_mode, text};
use test_support::TestDatabase;

#[test]
fn faults_of_the_master_key_are_found() {
    let db = migrated();
    // 32 bytes of zeros.
    let other = "A".repeat(43);
    doctor(&db, &[("COUNTERSIGN_MASTER_KEY", other.as_str())]).assert("master_key_wrong");
    doctor(&db, &[("COUNTERSIGN_MASTER_KEY", "short")]).assert("master_key_invalid");
    outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY")).assert("master_key_missing");
    assert!(!db.folder.path().join("master.key").exists(), "no key is created");
    let file = db.folder.path().join("master.key");
    std::fs::write(&file, &db.master).expect("written");
    set_mode(&file, "644");
    let closed = outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY"));
    assert!(!closed.has("master_key_readable"), "the folder is closed: {}", closed.document);
    set_mode(db.folder.path(), "755");
    let found = outcome(command(&db).env_remove("COUNTERSIGN_MASTER_KEY"));
    found.assert("master_key_readable");
    found.assert("master_key_belongs");
    assert_eq!(found.status, Some(2));
    std::fs::write(&file, &other).expect("written");
    set_mode(&file, "600");
    set_mode(db.folder.path(), "700");
    doctor(&db, &[]).assert("master_key_file_unused");
}

#[test]
fn faults_of_backups_are_found() {
    let db = migrated();
    doctor(&db, &[]).assert("backups_not_configured");
    let folder = db.folder.path().join("backups");
    let backup_dir = ("COUNTERSIGN_BACKUP_DIR", text(&folder));
    doctor(&db, &[backup_dir]).assert("backup_folder_missing");
    assert!(!folder.exists(), "it is not created");
    std::fs::create_dir(&folder).expect("a folder");
    doctor(&db, &[backup_dir]).assert("backups_missing");
    std::fs::write(folder.join("countersign-20200101T000000Z.db"), "").expect("a file");
    doctor(&db, &[backup_dir]).assert("backups_missing");
    std::fs::write(folder.join("countersign-20200101T000000Z.db"), "x").expect("a file");
    let found = doctor(&db, &[backup_dir]);
    found.assert("backups_overdue");
    found.assert("backups_on_same_disk");
}

#[test]
fn open_and_read_only_files_are_found() {
    let db = migrated();
    set_mode(&db.folder.path().join("test.db"), "644");
    set_mode(db.folder.path(), "777");
    let found = doctor(&db, &[]);
    found.assert("database_file_readable");
    found.assert("data_folder_writable");
    set_mode(db.folder.path(), "500");
    // The permissions do not hold for root.
    let is_root = std::fs::write(db.folder.path().join("new"), "").is_ok();
    let found = doctor(&db, &[]);
    set_mode(db.folder.path(), "700");
    assert!(is_root || found.has("data_folder_read_only"), "{}", found.document);
}

#[test]
fn full_and_read_only_disks_are_found() {
    let mut db = TestDatabase::sqlite();
    let folder = db.folder.path().join("small");
    let Some(_disk) = SmallDisk::mount(&folder) else {
        println!("not run: mounting a small file system takes root");
        return;
    };
    set_mode(&folder, "700");
    db.url = format!("sqlite://{}", folder.join("test.db").display());
    run(&db, &["migrate"]);
    doctor(&db, &[]).assert("disk_space_exhausted");
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(&folder).status().expect("mount");
    assert!(remounted.success());
    let found = doctor(&db, &[("COUNTERSIGN_DATA_DIR", text(&folder))]);
    found.assert("data_folder_read_only");
    found.assert("integrity_whole");
}
