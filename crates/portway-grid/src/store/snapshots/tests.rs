use std::fs;
use std::path::Path;

use super::super::segment;
use super::super::{WalMode, recovery};
use super::{Held, Snapshot, SnapshotError, Snapshots};
use crate::engine::{Batch, Journal as _, Segment, Table};

/// A journal that is open, in a folder that goes with it.
struct Subject {
    folder: tempfile::TempDir,
    opened: recovery::Opened,
    snapshots: Snapshots,
}

impl Subject {
    fn with_limit(limit: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opened = open(folder.path());
        let snapshots = Snapshots::new(folder.path(), limit);
        let mut subject = Self {
            folder,
            opened,
            snapshots,
        };
        subject.write(1);
        subject
    }

    fn write(&mut self, key: u8) {
        let mut batch = Batch::default();
        batch.put([key], [key; 100]);
        self.opened.journal.append(&batch).unwrap();
        self.opened.journal.flush().unwrap();
    }

    fn make(&mut self, name: &str) -> Result<Snapshot, SnapshotError> {
        let extent = self.opened.journal.extent().unwrap();
        self.snapshots
            .make(name, |data| Held::open(data, &extent), &|| true)
    }

    /// The names in the folder of the snapshots.
    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("snapshots")) else {
            return Vec::new();
        };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        entries.map(|entry| name(entry.unwrap())).collect()
    }
}

fn open(folder: &Path) -> recovery::Opened {
    recovery::open(folder, WalMode::LogOnly, &mut |_| {}).unwrap()
}

fn keys(table: &Table) -> Vec<u8> {
    table.with_prefix(&[]).map(|(key, _)| key[0]).collect()
}

#[test]
fn a_snapshot_is_a_data_directory_that_ends_in_peace() {
    let mut subject = Subject::with_limit(1);
    let made = subject.make("one").unwrap();
    subject.write(2);
    let last = segment::path(&made.folder, Segment(1));
    assert_eq!(made.bytes, fs::metadata(&last).unwrap().len());
    assert_eq!(keys(&open(&made.folder).table), [1]);

    // Nothing in it may be taken for the end of a power cut.
    let mut bytes = fs::read(&last).unwrap();
    bytes[60] ^= 1;
    fs::write(&last, bytes).unwrap();
    let refused = recovery::open(&made.folder, WalMode::LogOnly, &mut |_| {});
    assert!(matches!(
        refused,
        Err(super::super::OpenError::Corrupt { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut subject = Subject::with_limit(1);
    let folder = subject.make("one").unwrap().folder;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&segment::path(&folder, Segment(1))), 0o600);
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let mut subject = Subject::with_limit(1);
    let long = "x".repeat(101);
    for name in [
        "",
        ".",
        "..",
        "../x",
        "/tmp/x",
        "a/b",
        "a.partial",
        "a\0b",
        "\u{e9}",
        &long,
    ] {
        let refused = subject.make(name);
        assert!(matches!(refused, Err(SnapshotError::Name)), "{name:?}");
    }
    assert_eq!(subject.names(), [] as [&str; 0]);
    subject.make("Monday_2026-11-22").unwrap();
}

#[test]
fn a_name_is_given_once_and_no_more_of_them_than_allowed() {
    let mut subject = Subject::with_limit(2);
    subject.make("one").unwrap();
    let again = subject.make("one");
    assert!(matches!(again, Err(SnapshotError::Exists { .. })));
    subject.make("two").unwrap();
    let third = subject.make("three");
    assert!(matches!(
        third,
        Err(SnapshotError::TooMany { limit: 2, .. })
    ));
    assert_eq!(subject.names().len(), 2);
}

#[test]
fn one_snapshot_is_made_at_a_time() {
    let mut subject = Subject::with_limit(2);
    let extent = subject.opened.journal.extent().unwrap();
    let hold = |data: &Path| {
        let second = |data: &Path| Held::open(data, &extent);
        let refused = subject.snapshots.make("two", second, &|| true);
        assert!(matches!(refused, Err(SnapshotError::Busy)));
        Held::open(data, &extent)
    };
    subject.snapshots.make("one", hold, &|| true).unwrap();
    assert_eq!(subject.names(), ["one"]);
}

#[test]
fn without_room_for_it_and_for_the_writers_nothing_is_left_of_it() {
    let mut subject = Subject::with_limit(1);
    let extent = subject.opened.journal.extent().unwrap();
    let hold = |data: &Path| Ok(Held::open(data, &extent)?.keep_free(u64::MAX));
    let refused = subject.snapshots.make("one", hold, &|| true);
    assert!(matches!(refused, Err(SnapshotError::NoRoom { .. })));
    assert_eq!(subject.names(), [] as [&str; 0]);
}

#[test]
fn what_nobody_waits_for_is_given_up_and_nothing_is_left_of_it() {
    let mut subject = Subject::with_limit(1);
    let extent = subject.opened.journal.extent().unwrap();
    let hold = |data: &Path| Held::open(data, &extent);
    let given_up = subject.snapshots.make("one", hold, &|| false);
    assert!(matches!(given_up, Err(SnapshotError::GivenUp)));
    assert_eq!(subject.names(), [] as [&str; 0]);
}

#[test]
fn what_a_crash_left_of_one_is_removed() {
    let mut subject = Subject::with_limit(1);
    let unfinished = subject.folder.path().join("snapshots/one.partial");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(segment::path(&unfinished, Segment(1)), b"PTWY").unwrap();
    subject.make("one").unwrap();
    assert_eq!(subject.names(), ["one"]);

    fs::create_dir_all(&unfinished).unwrap();
    drop(Snapshots::new(subject.folder.path(), 1));
    assert_eq!(subject.names(), ["one"]);
}

#[test]
fn damage_is_found_when_the_snapshot_is_made() {
    let mut subject = Subject::with_limit(1);
    subject.write(2);
    let file = segment::path(subject.folder.path(), Segment(1));
    let mut bytes = fs::read(&file).unwrap();
    bytes[60] ^= 1;
    fs::write(&file, bytes).unwrap();
    let refused = subject.make("one");
    assert!(
        matches!(refused, Err(SnapshotError::Damaged { offset: 32, .. })),
        "{refused:?}"
    );
    assert_eq!(subject.names(), [] as [&str; 0]);
}
