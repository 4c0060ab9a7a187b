//! Folders that a gateway writes to.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use portway_gateway::SOCKET_DIRECTORY;

use super::Check;

pub(super) fn control_sockets() -> Check {
    const NAME: &str = "control sockets";
    let folder = existing_part(Path::new(SOCKET_DIRECTORY));
    match try_to_write(&folder) {
        Ok(()) => Check::ok(NAME, format_args!("{SOCKET_DIRECTORY} can be used")),
        Err(error) => {
            let hint = "only needed for `wg` and tun: interfaces; run as root for those";
            Check::warn(
                NAME,
                format_args!("no access to {SOCKET_DIRECTORY}: {error}"),
                hint,
            )
        }
    }
}

pub(super) fn data_directory(folder: &Path) -> Check {
    const NAME: &str = "data directory";
    let existing = existing_part(folder);
    if let Err(error) = try_to_write(&existing) {
        let hint = "choose a folder of your own with --data DIR, or use --ephemeral";
        return Check::fail(
            NAME,
            format_args!("cannot write {}: {error}", existing.display()),
            hint,
        );
    }
    if existing != folder {
        return Check::ok(NAME, format_args!("{} will be made", folder.display()));
    }
    match fs::metadata(folder).map(|metadata| metadata.permissions().mode() & 0o777) {
        Ok(mode) if mode & 0o077 != 0 => {
            let hint = "it holds keys: `chmod 700` it";
            let detail = format!("{} is open to others (mode {mode:o})", folder.display());
            Check::warn(NAME, detail, hint)
        }
        _ => Check::ok(NAME, folder.display()),
    }
}

/// The folder, or the nearest one above it that is there.
fn existing_part(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = folder.ancestors().find(|ancestor| ancestor.exists());
    found.unwrap_or(&folder).to_owned()
}

/// Makes a file without a name, or one that is gone at once.
fn try_to_write(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    #[test]
    fn a_folder_that_is_missing_will_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let check = data_directory(&folder.path().join("a/b"));
        assert_eq!(check.verdict, Verdict::Ok);
        assert!(
            check.detail.ends_with("a/b will be made"),
            "{}",
            check.detail
        );
    }

    #[test]
    fn a_folder_that_others_can_read_is_worth_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let set = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode));
        set(0o755).unwrap();
        assert_eq!(data_directory(folder.path()).verdict, Verdict::Warn);
        set(0o700).unwrap();
        assert_eq!(data_directory(folder.path()).verdict, Verdict::Ok);
    }

    #[test]
    fn a_file_is_no_data_directory() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(data_directory(&file).verdict, Verdict::Fail);
    }
}
