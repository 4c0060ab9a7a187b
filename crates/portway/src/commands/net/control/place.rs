//! Where control sockets are.

use std::{
    fs, io,
    os::unix::{
        fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::Mode,
    io::Errno,
    process::{Pid, geteuid, test_kill_process},
};
use tokio::net::UnixListener;

use crate::failure::{Advise as _, Advised};

/// The folder of root's sockets, which is emptied at each boot.
const SYSTEM_FOLDER: &str = "/run/portway";

/// A socket that listens; its file goes with it.
#[derive(Debug)]
pub(crate) struct ControlSocket {
    path: PathBuf,
    pub(super) listener: UnixListener,
}

impl ControlSocket {
    /// Listens at `path`, else in the platform's folder for such sockets, under the number of this process.
    ///
    /// # Errors
    ///
    /// Another process listens there, or the file cannot be made.
    pub(crate) fn bind(path: Option<&Path>) -> Result<Self, Advised> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => own_path().advise(
                "cannot make the folder of control sockets",
                "name a socket with --control PATH",
            )?,
        };
        let listener = bind(&path).advise(
            format_args!("cannot listen on {}", path.display()),
            "its folder must exist, and no other process may listen there; a socket's path has at most 107 bytes",
        )?;
        Ok(Self { path, listener })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Binds so that nobody but the owner can connect, not even for a moment.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if is_socket(path) && UnixStream::connect(path).is_err() {
        // Whoever made it is gone.
        fs::remove_file(path)?;
    }
    let before = rustix::process::umask(Mode::RWXG | Mode::RWXO | Mode::XUSR);
    let listener = UnixListener::bind(path);
    rustix::process::umask(before);
    listener
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

fn own_path() -> io::Result<PathBuf> {
    let folder = folder();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(&folder)?;
    // In a folder that everybody may write to, somebody else may have been first.
    let metadata = fs::symlink_metadata(&folder)?;
    if !metadata.is_dir() || metadata.uid() != geteuid().as_raw() {
        let reason = format!("{} belongs to somebody else", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    sweep(&folder);
    Ok(folder.join(format!("net-{}.sock", std::process::id())))
}

/// The platform's folder for sockets of this user.
fn folder() -> PathBuf {
    let user = geteuid();
    if user.is_root() {
        return PathBuf::from(SYSTEM_FOLDER);
    }
    match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder).join("portway"),
        _ => std::env::temp_dir().join(format!("portway-{}", user.as_raw())),
    }
}

/// The socket of the only `portway net run` of this user.
///
/// # Errors
///
/// There is none, or there are several.
pub(crate) fn find() -> Result<PathBuf, Advised> {
    let folder = folder();
    sweep(&folder);
    let mut found = running(&folder);
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Advised::failed(
            "no `portway net run` of this user runs",
            "start one, or name its socket with --control PATH: its ready line tells it",
        )),
        (Some(last), _) => {
            found.push(last);
            let names = found.iter().map(|path| path.display().to_string());
            let names = names.collect::<Vec<_>>().join(", ");
            let message = format!("several `portway net run` are there: {names}");
            Err(Advised::failed(message, "name one of them with --control PATH").into_wrong_use())
        }
    }
}

/// Sockets at which somebody answers.
fn running(folder: &Path) -> Vec<PathBuf> {
    let answers = |path: &PathBuf| UnixStream::connect(path).is_ok();
    let mut found: Vec<_> = sockets(folder).filter(answers).collect();
    found.sort();
    found
}

/// Removes what killed processes have left behind.
fn sweep(folder: &Path) {
    for path in sockets(folder).filter(|path| is_abandoned(path)) {
        // It is in nobody's way, and not everybody may remove it.
        let _ = fs::remove_file(path);
    }
}

/// Nobody listens, and nobody will: a process that has just begun may have made its socket and not listen yet.
fn is_abandoned(path: &Path) -> bool {
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    UnixStream::connect(path).is_err_and(refused)
        && process_of(path)
            .is_some_and(|process| test_kill_process(process).err() == Some(Errno::SRCH))
}

fn sockets(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| process_of(path).is_some() && is_socket(path))
}

/// The process that a socket is named after; `None` if it is not one of ours.
fn process_of(path: &Path) -> Option<Pid> {
    let name = path.file_name()?.to_str()?;
    let number = name.strip_prefix("net-")?.strip_suffix(".sock")?;
    Pid::from_raw(number.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_socket_is_its_owners_alone_and_goes_with_its_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net-1.sock");
        // What a killed process leaves behind is no obstacle.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let socket = ControlSocket::bind(Some(&path)).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(running(folder.path()), std::slice::from_ref(&path));
        let second = ControlSocket::bind(Some(&path)).unwrap_err();
        assert!(second.to_string().contains("cannot listen on"), "{second}");
        drop(socket);
        assert!(!path.exists() && running(folder.path()).is_empty());
    }

    #[test]
    fn sockets_of_killed_processes_are_removed_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut killed = std::process::Command::new("true").spawn().unwrap();
        killed.wait().unwrap();
        let numbers = [killed.id(), std::process::id()];
        let [left, starting] =
            numbers.map(|number| folder.path().join(format!("net-{number}.sock")));
        let foreign = folder.path().join("net-somebody.sock");
        for path in [&left, &starting, &foreign] {
            // Its descriptor is closed at once, so that nobody listens.
            drop(std::os::unix::net::UnixListener::bind(path).unwrap());
        }
        sweep(folder.path());
        assert_eq!(
            [left, starting, foreign].map(|path| path.exists()),
            [false, true, true]
        );
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("precious");
        fs::write(&path, "text").unwrap();
        assert!(bind(&path).is_err());
        assert_eq!(fs::read_to_string(path).unwrap(), "text");
    }
}
