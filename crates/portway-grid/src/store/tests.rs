//! The journal against torn files, damage, other processes and full disks.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{
    BinaryType, CacheConfiguration, CacheId, ExpiryDuration, ExpiryPolicy, Platform,
};
use proptest::prelude::*;

use super::faults::{Faults, FaultyDisk};
use super::journal::SMALLEST_SEGMENT_BYTES as SEGMENT_BYTES;
use super::recovery::{Manner, Opened, open_in};
use super::segment::{self, SEGMENT_HEADER_LENGTH};
use super::{OpenError, WalMode};
use crate::engine::{
    Batch, Call, Condition, Engine, EngineLimits, IfExists, Journal, Segment, SqlView, Table,
};

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 30,
    caches: 4,
    resources_per_connection: 3,
    transactions_per_connection: 2,
    tasks_per_connection: 0,
};

fn open(directory: &Path) -> Result<(Table, Box<dyn Journal>), OpenError> {
    let Opened { table, journal, .. } = super::open(directory, WalMode::LogOnly, &mut |_| {})?;
    Ok((table, Box::new(journal)))
}

fn batch(key: u32, length: usize) -> Batch {
    let mut batch = Batch::default();
    batch.put(key.to_be_bytes(), vec![key.to_le_bytes()[0]; length]);
    batch
}

fn write(directory: &Path, records: u32) {
    let (_, mut journal) = open(directory).unwrap();
    for key in 0..records {
        journal.append(&batch(key, 10)).unwrap();
    }
}

fn keys(table: &Table) -> Vec<u32> {
    let keys = table.with_prefix(&[]);
    keys.map(|(key, _)| u32::from_be_bytes(key.try_into().unwrap()))
        .collect()
}

fn first_segment(directory: &Path) -> PathBuf {
    segment::path(directory, Segment(1))
}

/// Each record of [`write`]: header, kind, two lengths, key, value.
const RECORD: u64 = 8 + 1 + 4 + 4 + 4 + 10;

#[test]
fn what_was_appended_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), 5);
    let (table, mut journal) = open(directory.path()).unwrap();
    assert_eq!(keys(&table), [0, 1, 2, 3, 4]);
    journal.append(&batch(5, 10)).unwrap();
    drop(journal);
    assert_eq!(keys(&open(directory.path()).unwrap().0).len(), 6);
}

/// A journal with [`WalMode::LogOnly`] on a disk that reserves room.
fn open_reserving(directory: &Path) -> (FaultyDisk, Box<dyn Journal>) {
    let disk = FaultyDisk::reserving(0);
    let manner = Manner {
        disk: Arc::new(disk.clone()),
        mode: WalMode::LogOnly,
        smallest_segment: SEGMENT_BYTES,
        lazy_interval: Duration::from_millis(2),
    };
    let opened = open_in(manner, directory, &mut |_| {}).unwrap();
    (disk, Box::new(opened.journal))
}

/// What a start finds after the death of the process that has `directory` open.
fn keys_after_death(disk: &FaultyDisk, directory: &Path) -> Vec<u32> {
    let copy = tempfile::tempdir().unwrap();
    disk.copy(directory, copy.path());
    keys(&open(copy.path()).unwrap().0)
}

#[test]
fn records_wait_for_others_until_they_are_flushed() {
    let directory = tempfile::tempdir().unwrap();
    let (disk, mut journal) = open_reserving(directory.path());
    journal.append(&batch(1, 10)).unwrap();
    assert_eq!(keys_after_death(&disk, directory.path()), [] as [u32; 0]);
    journal.append(&batch(2, 10)).unwrap();
    journal.flush().unwrap();
    assert_eq!(keys_after_death(&disk, directory.path()), [1, 2]);
}

#[test]
fn a_full_disk_is_told_to_the_writer_whose_record_does_not_fit() {
    let directory = tempfile::tempdir().unwrap();
    let (disk, mut journal) = open_reserving(directory.path());
    let full = Faults {
        append: 100,
        ..Faults::default()
    };
    disk.set_faults(full);
    journal.append(&batch(1, 10)).unwrap_err();
    disk.set_faults(Faults::default());
    journal.append(&batch(2, 10)).unwrap();
    // Room is there already, and what waits takes it.
    disk.set_faults(full);
    journal.append(&batch(3, 10)).unwrap();
    disk.set_faults(Faults::default());
    journal.flush().unwrap();
    assert_eq!(keys_after_death(&disk, directory.path()), [2, 3]);
}

#[test]
fn what_could_not_be_written_is_written_with_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let (disk, mut journal) = open_reserving(directory.path());
    journal.append(&batch(1, 10)).unwrap();
    for cut in [0, 100] {
        disk.set_faults(Faults {
            append: 100,
            cut,
            ..Faults::default()
        });
        journal.flush().unwrap_err();
        let written = journal.written();
        journal.append(&batch(9, 10)).unwrap_err();
        assert!(written == journal.written() && written < journal.appended());
    }
    disk.set_faults(Faults::default());
    journal.append(&batch(2, 10)).unwrap();
    journal.flush().unwrap();
    assert_eq!(keys_after_death(&disk, directory.path()), [1, 2]);
}

#[cfg(target_os = "linux")]
#[test]
fn room_that_no_record_took_is_given_back() {
    use std::os::unix::fs::MetadataExt as _;

    let directory = tempfile::tempdir().unwrap();
    let allocated = || {
        fs::metadata(first_segment(directory.path()))
            .unwrap()
            .blocks()
    };
    let (_, mut journal) = open(directory.path()).unwrap();
    journal.append(&batch(1, 10)).unwrap();
    let waiting = allocated();
    drop(journal);
    assert!(
        allocated() < 100 && !(100..1000).contains(&waiting),
        "{waiting} blocks, then {}",
        allocated()
    );
}

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _first = open(directory.path()).unwrap();
    let Err(OpenError::Locked { holder, .. }) = open(directory.path()) else {
        panic!("the directory was opened twice");
    };
    assert_eq!(holder, format!("process {}", std::process::id()));
}

#[test]
fn an_unknown_format_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), 1);
    let path = first_segment(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 99;
    fs::write(&path, bytes).unwrap();
    let refused = open(directory.path());
    assert!(matches!(
        refused,
        Err(OpenError::UnknownFormat { found: 99, .. })
    ));
}

#[test]
fn a_file_that_is_no_journal_is_refused_with_advice() {
    let directory = tempfile::tempdir().unwrap();
    for content in [&[7; 100][..], b"hello"] {
        fs::write(first_segment(directory.path()), content).unwrap();
        let error = open(directory.path()).err().unwrap();
        assert!(matches!(error, OpenError::Corrupt { offset: 0, .. }));
        let advice = "restore the folder from a backup";
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[test]
fn a_segment_born_without_its_header_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(first_segment(directory.path()), [0; 3]).unwrap();
    let (table, mut journal) = open(directory.path()).unwrap();
    assert_eq!(keys(&table), [] as [u32; 0]);
    journal.append(&batch(1, 10)).unwrap();
    drop(journal);
    assert_eq!(keys(&open(directory.path()).unwrap().0), [1]);
}

#[test]
fn a_record_beyond_the_length_of_the_file_is_torn_not_allocated() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), 1);
    let path = first_segment(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[0xFF; 8]);
    fs::write(&path, bytes).unwrap();
    assert_eq!(keys(&open(directory.path()).unwrap().0), [0]);
}

proptest! {
    #[test]
    fn a_truncated_log_keeps_every_whole_record(cut in 0..20 * RECORD) {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), 20);
        let path = first_segment(directory.path());
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(SEGMENT_HEADER_LENGTH + cut).unwrap();
        drop(file);
        let whole = u32::try_from(cut / RECORD).unwrap();
        check_usable(directory.path(), whole)?;
    }

    #[test]
    fn damage_to_what_was_never_safe_ends_the_log_and_is_kept_beside(
        place in 0..20 * RECORD,
        damage in 1..=255u8,
    ) {
        let directory = tempfile::tempdir().unwrap();
        write_and_crash(directory.path(), 20);
        let bytes = damage_byte(directory.path(), place, damage);
        check_usable(directory.path(), u32::try_from(place / RECORD).unwrap())?;
        let tail = fs::read(first_segment(directory.path()).with_extension("log.tail")).unwrap();
        prop_assert!(bytes.ends_with(&tail) && !tail.is_empty());
    }

    #[test]
    fn damage_to_what_was_safe_is_an_error_and_loses_nothing(
        place in 0..20 * RECORD,
        damage in 1..=255u8,
    ) {
        let directory = tempfile::tempdir().unwrap();
        // Closed in peace: a mark at the end says that all before it had reached the disk.
        write(directory.path(), 20);
        let bytes = damage_byte(directory.path(), place, damage);
        let Err(OpenError::Corrupt { offset, .. }) = open(directory.path()) else {
            panic!("damage at {place} was taken for a write that was cut off");
        };
        prop_assert_eq!(offset, SEGMENT_HEADER_LENGTH + place / RECORD * RECORD);
        prop_assert_eq!(fs::read(first_segment(directory.path())).unwrap(), bytes);
    }
}

/// As [`write`], by a process that dies before anything is brought to the disk.
fn write_and_crash(directory: &Path, records: u32) {
    let living = tempfile::tempdir().unwrap();
    let (_disk, mut opened) = open_never_synced(living.path());
    for key in 0..records {
        opened.journal.append(&batch(key, 10)).unwrap();
    }
    fs::copy(first_segment(living.path()), first_segment(directory)).unwrap();
}

/// However long it takes, nothing is brought to the disk.
fn open_never_synced(directory: &Path) -> (FaultyDisk, Opened) {
    let disk = FaultyDisk::new(0);
    disk.set_faults(Faults {
        sync: 100,
        ..Faults::default()
    });
    let manner = Manner {
        disk: Arc::new(disk.clone()),
        mode: WalMode::LogOnly,
        smallest_segment: SEGMENT_BYTES,
        lazy_interval: Duration::from_secs(1),
    };
    let opened = open_in(manner, directory, &mut |_| {}).unwrap();
    (disk, opened)
}

/// Changes a byte of a segment and answers all of them.
fn damage_byte(directory: &Path, place: u64, damage: u8) -> Vec<u8> {
    let path = first_segment(directory);
    let mut bytes = fs::read(&path).unwrap();
    bytes[usize::try_from(SEGMENT_HEADER_LENGTH + place).unwrap()] ^= damage;
    fs::write(&path, &bytes).unwrap();
    bytes
}

/// The first `whole` keys are there, a new one can be written, and a restart finds all of them.
fn check_usable(directory: &Path, whole: u32) -> Result<(), TestCaseError> {
    let (table, mut journal) = open(directory).unwrap();
    prop_assert_eq!(keys(&table), (0..whole).collect::<Vec<_>>());
    journal.append(&batch(1000, 10)).unwrap();
    drop(journal);
    let after: Vec<_> = (0..whole).chain([1000]).collect();
    prop_assert_eq!(keys(&open(directory).unwrap().0), after);
    Ok(())
}

const LARGE: usize = 1 << 20;

/// Fills three segments and answers the number of keys written.
fn write_segments(directory: &Path) -> u32 {
    let (_, mut journal) = open(directory).unwrap();
    let records = u32::try_from(2 * SEGMENT_BYTES).unwrap() / (1 << 20) + 2;
    for key in 0..records {
        journal.append(&batch(key, LARGE)).unwrap();
    }
    records
}

#[test]
fn several_segments_are_read_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let records = write_segments(directory.path());
    assert!(segment::path(directory.path(), Segment(3)).exists());
    let (table, _) = open(directory.path()).unwrap();
    assert_eq!(keys(&table), (0..records).collect::<Vec<_>>());
}

#[test]
fn damage_before_the_last_segment_is_an_error_that_names_the_place() {
    let directory = tempfile::tempdir().unwrap();
    write_segments(directory.path());
    let path = first_segment(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let Err(OpenError::Corrupt {
        path: named,
        offset,
        ..
    }) = open(directory.path())
    else {
        panic!("damage in the middle was not noticed");
    };
    assert_eq!((named, offset), (path, SEGMENT_HEADER_LENGTH));
}

#[test]
fn a_missing_or_shortened_segment_in_the_middle_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    write_segments(directory.path());
    let middle = segment::path(directory.path(), Segment(2));
    let length = fs::metadata(&middle).unwrap().len();
    // Whole records at its end could be gone: the next segment says where it ended.
    OpenOptions::new()
        .write(true)
        .open(&middle)
        .unwrap()
        .set_len(length - 8)
        .unwrap();
    assert!(matches!(
        open(directory.path()),
        Err(OpenError::Corrupt { .. })
    ));
    fs::remove_file(&middle).unwrap();
    let error = open(directory.path()).err().unwrap();
    assert!(error.to_string().contains("the file is missing"), "{error}");
}

fn engine(directory: &Path) -> Engine {
    let (table, journal) = open(directory).unwrap();
    Engine::new(table, journal, LIMITS).unwrap()
}

#[test]
fn overwriting_for_long_keeps_the_journal_small_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut grid = engine(directory.path());
    grid.create_cache(&CacheConfiguration::new("A"), IfExists::Fail)
        .unwrap();
    let CacheId(cache) = CacheId::of("A");
    let call = Call {
        cache,
        policy: None,
        transaction: None,
        now: 0,
    };
    let mut put = |key: u8, value: &[u8]| {
        grid.update(call, &[key], Condition::Always, Some(value))
            .unwrap();
    };
    put(0, b"written once");
    for round in 0..100u32 {
        for key in 1..=10 {
            put(key, &vec![round.to_le_bytes()[0]; 50_000]);
        }
    }
    drop(grid);
    let files = fs::read_dir(directory.path()).unwrap();
    let bytes: u64 = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(
        bytes < 3 * SEGMENT_BYTES,
        "50 MB written, 0.5 MB alive, {bytes} B on disk"
    );
    let mut grid = engine(directory.path());
    assert_eq!(
        grid.value(call, &[0]).unwrap().as_deref(),
        Some(&b"written once"[..])
    );
    assert_eq!(
        grid.value(call, &[10]).unwrap().as_deref(),
        Some(&[99u8; 50_000][..])
    );
    assert_eq!(grid.size(call).unwrap(), 11);
}

/// A segment with one of each thing a grid stores, as the first program of a version wrote it. A
/// change of these bytes is a new format: raise `FORMAT_VERSION` and decide what old folders become.
const VERSION_3: &[u8] = include_bytes!("../../tests/format/version-3.log");

/// The same of version 2, which had no views.
const VERSION_2: &[u8] = include_bytes!("../../tests/format/version-2.log");

/// The same of version 1, which had no marks.
const VERSION_1: &[u8] = include_bytes!("../../tests/format/version-1.log");

fn write_one_of_each(directory: &Path) {
    let (disk, opened) = open_never_synced(directory);
    let mut grid = Engine::new(opened.table, Box::new(opened.journal), LIMITS).unwrap();
    let mut configuration = CacheConfiguration::new("A");
    configuration.backups = 1;
    grid.create_cache(&configuration, IfExists::Fail).unwrap();
    let call = call("A");
    let mut update = |call, key: &[u8], value| {
        grid.update(call, key, Condition::Always, value).unwrap();
    };
    update(call, &[3, 1, 0, 0, 0], Some(&[8, 1][..]));
    let policy = Some(ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(i64::MAX.unsigned_abs() / 2),
        ..ExpiryPolicy::default()
    });
    update(Call { policy, ..call }, &[3, 2, 0, 0, 0], Some(&[8, 0]));
    update(call, &[3, 1, 0, 0, 0], None);
    let mut point = BinaryType::new("Point", None, Vec::new());
    // As recorded; the id that a schema without fields has in Java came later.
    point.schemas[0].id = 0;
    grid.put_binary_type(point).unwrap();
    grid.put_type_name(Platform::Java, 7, "a.B").unwrap();
    grid.clear(call).unwrap();
    grid.update(call, &[3, 3, 0, 0, 0], Condition::Always, Some(&[8, 1]))
        .unwrap();
    grid.put_sql_view(&one_view()).unwrap();
    // The mark in the end, and no other.
    disk.set_faults(Faults::default());
}

fn one_view() -> SqlView {
    SqlView {
        schema: "PUBLIC".to_owned(),
        name: "V".to_owned(),
        sql: "SELECT 1 AS one".to_owned(),
        columns: Some(vec!["ONE".to_owned()]),
    }
}

fn call(cache: &str) -> Call {
    Call {
        cache: CacheId::of(cache).0,
        policy: None,
        transaction: None,
        now: 0,
    }
}

#[test]
fn what_is_written_has_the_bytes_of_version_3() {
    let directory = tempfile::tempdir().unwrap();
    write_one_of_each(directory.path());
    let written = fs::read(first_segment(directory.path())).unwrap();
    assert!(written == VERSION_3, "the format changed: {written:?}");
}

#[test]
fn folders_of_all_versions_are_opened_and_gone_on_with() {
    for (version, views) in [(VERSION_1, 0), (VERSION_2, 0), (VERSION_3, 1)] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(first_segment(directory.path()), version).unwrap();
        for round in 0..3 {
            check_one_of_each(directory.path(), round);
        }
        let found = engine(directory.path()).sql_views().unwrap();
        assert_eq!(found, vec![one_view(); views]);
    }
}

/// Checks what [`write_one_of_each`] left, and writes once more.
fn check_one_of_each(directory: &Path, round: u64) {
    let mut grid = engine(directory);
    let found = grid.value(call("A"), &[3, 3, 0, 0, 0]).unwrap();
    assert_eq!(found.as_deref(), Some(&[8, 1][..]));
    assert_eq!(grid.size(call("A")).unwrap(), 1 + round);
    let configuration = grid.cache_configuration(call("A").cache).unwrap();
    assert_eq!(configuration.backups, 1);
    assert_eq!(grid.type_name(Platform::Java, 7).as_deref(), Some("a.B"));
    let key = [3, 100 + round.to_le_bytes()[0], 0, 0, 0];
    grid.update(call("A"), &key, Condition::Always, Some(&[8, 1]))
        .unwrap();
}

#[test]
fn damage_in_a_complete_segment_of_version_1_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(first_segment(directory.path()), VERSION_1).unwrap();
    check_one_of_each(directory.path(), 0);
    let mut bytes = VERSION_1.to_vec();
    bytes[40] ^= 1;
    fs::write(first_segment(directory.path()), bytes).unwrap();
    let refused = open(directory.path());
    assert!(matches!(
        refused,
        Err(OpenError::Corrupt { offset: 16, .. })
    ));
}
