//! Files that hold one secret: made with mode 0600, never torn, refused when others can read them.

use std::{
    fmt::Display,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use zeroize::Zeroizing;

use crate::PrivateKey;

/// A key in base64 has 44 characters; whoever appends a comment by hand still fits.
const MAX_FILE_LENGTH: u64 = 1024;
/// Read and write for the owner, nothing for anybody else.
const SECRET_MODE: u32 = 0o600;
/// Characters; 16 hexadecimal digits are 64 bits, which nobody tries out over a network.
const SHORTEST_TOKEN: usize = 16;
/// The mode bits of the group and of others.
const OTHERS_MASK: u32 = 0o077;

/// Why a secret file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: "open", "read", "make".
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Group or others have rights on the file.
    #[error("{} is open to other users (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file does not hold what it should.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        reason: String,
    },
}

/// Reads the gateway's private key, or makes one where there is no such file.
///
/// # Errors
///
/// Fails when the file cannot be read or made, is open to other users or holds no key.
pub fn load_or_create_private_key(path: &Path) -> Result<PrivateKey, SecretFileError> {
    load_or_create(path, || {
        PrivateKey::generate().map(|key| Zeroizing::new(key.to_base64()))
    })
}

/// Reads a token: what a caller shows to prove who it is.
///
/// # Errors
///
/// Fails when the file cannot be read, is open to other users, or holds something too short to be a secret.
pub fn load_token(path: &Path) -> Result<Zeroizing<String>, SecretFileError> {
    load::<Token>(path).map(|token| token.0)
}

/// Reads a secret, or writes the one that `generate` makes where there is no such file.
///
/// Of two processes that start at once one makes the file and both use it.
pub(super) fn load_or_create<T: FromStr<Err: Display>>(
    path: &Path,
    generate: impl FnOnce() -> io::Result<Zeroizing<String>>,
) -> Result<T, SecretFileError> {
    match load(path) {
        Err(SecretFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            create(path, generate).map_err(failed("make", path))?;
            load(path)
        }
        outcome => outcome,
    }
}

/// Reads a secret.
pub(super) fn load<T: FromStr<Err: Display>>(path: &Path) -> Result<T, SecretFileError> {
    let file = File::open(path).map_err(failed("open", path))?;
    let mode = file
        .metadata()
        .map_err(failed("read", path))?
        .permissions()
        .mode()
        & 0o777;
    if mode & OTHERS_MASK != 0 {
        return Err(SecretFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_FILE_LENGTH)
        .read_to_string(&mut text)
        .map_err(failed("read", path))?;
    text.trim()
        .parse()
        .map_err(|error: T::Err| SecretFileError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SecretFileError {
    let path = path.to_owned();
    move |source| SecretFileError::Io {
        action,
        path,
        source,
    }
}

/// Writes beside and links into place: the file appears whole or not at all, and never replaces
/// one that another process made meanwhile.
fn create(path: &Path, generate: impl FnOnce() -> io::Result<Zeroizing<String>>) -> io::Result<()> {
    let mut secret = generate()?;
    secret.push('\n');
    let draft = draft_path(path);
    let written = write_draft(&draft, secret.as_bytes());
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    });
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => linked.and(Err(error)),
        _ => linked,
    }
}

fn draft_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.draft", std::process::id()));
    path.with_file_name(name)
}

fn write_draft(draft: &Path, secret: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(SECRET_MODE)
        .open(draft)?;
    file.write_all(secret)?;
    file.sync_all()
}

/// A text that can travel in a header and that nobody guesses.
struct Token(Zeroizing<String>);

/// The text is no token.
#[derive(Debug, thiserror::Error)]
#[error(
    "a token has {SHORTEST_TOKEN} or more letters, digits and signs, without spaces; `openssl rand -hex 32` makes one"
)]
struct TokenError;

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let is_plain = text.bytes().all(|letter| letter.is_ascii_graphic());
        (is_plain && text.len() >= SHORTEST_TOKEN)
            .then(|| Self(Zeroizing::new(text.to_owned())))
            .ok_or(TokenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_with_mode_0600() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.key");
        let first = load_or_create_private_key(&path).unwrap();
        assert_eq!(load_or_create_private_key(&path).unwrap(), first);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no draft is left"
        );
    }

    #[test]
    fn starts_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        // One process has one draft name: the race between processes is that of `create`.
        let paths = folder.path().join("gateway.key");
        create(&paths, || {
            Ok(Zeroizing::new(PrivateKey::from_bytes([1; 32]).to_base64()))
        })
        .unwrap();
        create(&paths, || {
            Ok(Zeroizing::new(PrivateKey::from_bytes([2; 32]).to_base64()))
        })
        .unwrap();
        assert_eq!(
            load::<PrivateKey>(&paths).unwrap(),
            PrivateKey::from_bytes([1; 32])
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_command_that_helps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.key");
        load_or_create_private_key(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load_or_create_private_key(&path).unwrap_err();
        assert!(
            matches!(error, SecretFileError::Exposed { mode: 0o640, .. }),
            "{error}"
        );
        assert!(error.to_string().contains("chmod 600"));
    }

    #[test]
    fn a_token_is_a_secret_in_one_word() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let written = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            load_token(&path)
        };
        assert_eq!(*written("0123456789abcdef\n").unwrap(), "0123456789abcdef");
        for wrong in [
            "",
            "short",
            "two words, long enough",
            "lang genug, mit Ümlaut",
        ] {
            assert!(
                matches!(written(wrong), Err(SecretFileError::Damaged { .. })),
                "{wrong}"
            );
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            load_token(&path),
            Err(SecretFileError::Exposed { .. })
        ));
    }

    #[test]
    fn a_damaged_key_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.key");
        fs::write(&path, "not a key\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = load_or_create_private_key(&path).unwrap_err();
        assert!(matches!(error, SecretFileError::Damaged { .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key\n");
    }
}
