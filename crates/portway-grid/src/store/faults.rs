//! A disk for tests that fails as a seed says, and that can lose its power.
//!
//! Files are real, so that recovery reads them as it always does. Beside each the disk remembers
//! which of its bytes had been synced: after a power cut of the rest some sectors are there, some
//! are zeros, and the file ends anywhere behind what was safe.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::disk::{Disk, LogFile, SystemDisk};

/// What reaches a disk whole or not at all.
const SECTOR_BYTES: usize = 512;

/// A small generator, so that a seed replays (SplitMix64).
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True `percent` times of a hundred.
    pub(super) fn happens(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// How often a call fails, of a hundred.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) append: u64,
    pub(super) cut: u64,
    pub(super) sync: u64,
    pub(super) create: u64,
    pub(super) remove: u64,
}

#[derive(Clone, Debug)]
pub(super) struct FaultyDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    chance: Chance,
    faults: Faults,
    /// Lengths of files on the disk, and whether their names are.
    files: BTreeMap<PathBuf, OnDisk>,
    /// Files removed whose names may come back, with what they held.
    removed: BTreeMap<PathBuf, Vec<u8>>,
    has_room_to_reserve: bool,
}

#[derive(Clone, Copy, Debug)]
struct OnDisk {
    synced: u64,
    is_named: bool,
    /// A failed sync made the system forget what it should have written.
    is_forgotten: bool,
}

impl FaultyDisk {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            chance: Chance::new(seed),
            faults: Faults::default(),
            files: BTreeMap::new(),
            removed: BTreeMap::new(),
            has_room_to_reserve: false,
        })))
    }

    /// As [`FaultyDisk::new`], on a file system that reserves room.
    pub(super) fn reserving(seed: u64) -> Self {
        let disk = Self::new(seed);
        disk.state().has_room_to_reserve = true;
        disk
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn fail(&self, percent: impl Fn(&Faults) -> u64, what: &str) -> io::Result<()> {
        let mut state = self.state();
        let percent = percent(&state.faults);
        match state.chance.happens(percent) {
            true => Err(io::Error::other(format!("injected: {what}"))),
            false => Ok(()),
        }
    }

    /// Copies all files: what the system has when a process dies.
    pub(super) fn copy(&self, source: &Path, target: &Path) {
        let _no_file_goes_meanwhile = self.state();
        for (path, name) in journal_files(source) {
            fs::copy(path, target.join(name)).unwrap();
        }
    }

    /// Writes to `target` what is on the disk of `source` after the power went.
    pub(super) fn cut_power(&self, source: &Path, target: &Path) {
        let mut state = self.state();
        let state = &mut *state;
        let chance = &mut state.chance;
        for (path, name) in journal_files(source) {
            let bytes = fs::read(&path).unwrap();
            let left = match state.files.get(&path) {
                Some(on_disk) if !on_disk.is_named && chance.happens(50) => continue,
                Some(on_disk) => after_power_cut(&bytes, *on_disk, chance),
                // From before the last start, and not opened since: complete.
                None => bytes,
            };
            fs::write(target.join(name), left).unwrap();
        }
        for (path, bytes) in &state.removed {
            if chance.happens(50) {
                fs::write(target.join(path.strip_prefix(source).unwrap()), bytes).unwrap();
            }
        }
    }
}

/// Paths and names of the journal's files.
fn journal_files(directory: &Path) -> Vec<(PathBuf, OsString)> {
    let files = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = files
        .map(|file| (file.path(), file.file_name()))
        .filter(|(_, name)| name != "lock")
        .collect();
    files.sort();
    files
}

/// All that was synced, and of the rest what chance leaves.
fn after_power_cut(bytes: &[u8], on_disk: OnDisk, chance: &mut Chance) -> Vec<u8> {
    let synced = usize::try_from(on_disk.synced).unwrap().min(bytes.len());
    let unsynced = (bytes.len() - synced) as u64;
    let length = synced + usize::try_from(chance.below(unsynced + 1)).unwrap();
    let mut left = bytes[..length].to_vec();
    let first_sector = synced.next_multiple_of(SECTOR_BYTES);
    let mut sector = first_sector;
    while sector < length {
        let end = (sector + SECTOR_BYTES).min(length);
        if on_disk.is_forgotten || chance.happens(30) {
            left[sector..end].fill(0);
        }
        sector = end;
    }
    if length > synced && chance.happens(50) {
        // The sector with the last synced byte came back as it was synced.
        left[synced..first_sector.min(length)].fill(0);
    }
    left
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        self.fail(|faults| faults.create, "no room for a file")?;
        let file = SystemDisk.create(path)?;
        let on_disk = OnDisk {
            synced: 0,
            is_named: false,
            is_forgotten: false,
        };
        let mut state = self.state();
        state.removed.remove(path);
        state.files.insert(path.to_owned(), on_disk);
        drop(state);
        Ok(self.wrap(path, file))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn LogFile>> {
        let file = SystemDisk.open(path)?;
        // What a start finds after a power cut is on the disk.
        let synced = fs::metadata(path)?.len();
        let on_disk = OnDisk {
            synced,
            is_named: true,
            is_forgotten: false,
        };
        let mut state = self.state();
        state.files.entry(path.to_owned()).or_insert(on_disk);
        drop(state);
        Ok(self.wrap(path, file))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.fail(|faults| faults.remove, "cannot remove")?;
        let mut state = self.state();
        let bytes = fs::read(path)?;
        SystemDisk.remove(path)?;
        state.files.remove(path);
        state.removed.insert(path.to_owned(), bytes);
        Ok(())
    }

    fn sync_directory(&self, _directory: &Path) -> io::Result<()> {
        self.fail(|faults| faults.sync, "names not synced")?;
        let mut state = self.state();
        state.removed.clear();
        for on_disk in state.files.values_mut() {
            on_disk.is_named = true;
        }
        Ok(())
    }
}

impl FaultyDisk {
    fn wrap(&self, path: &Path, file: Arc<dyn LogFile>) -> Arc<dyn LogFile> {
        Arc::new(FaultyFile {
            disk: self.clone(),
            path: path.to_owned(),
            file,
        })
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    path: PathBuf,
    file: Arc<dyn LogFile>,
}

impl LogFile for FaultyFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.disk.fail(|faults| faults.append, "disk full") {
            let part = self.disk.state().chance.below(bytes.len() as u64 + 1);
            self.file.append(&bytes[..usize::try_from(part).unwrap()])?;
            return Err(error);
        }
        self.file.append(bytes)
    }

    fn reserve(&self, from: u64, up_to: u64) -> io::Result<()> {
        if !self.disk.state().has_room_to_reserve {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.disk.fail(|faults| faults.append, "disk full")?;
        self.file.reserve(from, up_to)
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.disk.fail(|faults| faults.cut, "cannot cut")?;
        let mut state = self.disk.state();
        if let Some(on_disk) = state.files.get_mut(&self.path) {
            on_disk.synced = on_disk.synced.min(length);
        }
        self.file.cut(length)
    }

    fn sync(&self) -> io::Result<()> {
        // Bytes that come while the disk works are not safe by this order.
        let length = OpenOptions::new()
            .read(true)
            .open(&self.path)?
            .metadata()?
            .len();
        let failed = self.disk.fail(|faults| faults.sync, "not synced");
        let mut state = self.disk.state();
        let on_disk = state.files.get_mut(&self.path);
        let on_disk = on_disk.ok_or_else(|| io::Error::other("the file is gone"))?;
        match failed {
            Err(error) => {
                on_disk.is_forgotten = true;
                Err(error)
            }
            Ok(()) => {
                // After a failed order the system believes that nothing is left to do.
                if !on_disk.is_forgotten {
                    on_disk.synced = length;
                }
                Ok(())
            }
        }
    }
}
