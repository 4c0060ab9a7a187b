//! Kernel, privileges and limits.

use std::{
    fs::{self, OpenOptions},
    io,
};

use rustix::process::{Resource, getrlimit};

use super::Check;

/// Number of `CAP_NET_ADMIN` (capabilities(7)).
const CAP_NET_ADMIN: u32 = 12;

/// Number of `CAP_IPC_LOCK`.
const CAP_IPC_LOCK: u32 = 14;

/// Bytes of the umem that CNDP's example files ask for.
const COMFORTABLE_LOCKED_MEMORY: u64 = 64 << 20;

/// The first kernel with everything that the fast paths use: UDP GRO is of 5.0, and TUN offload of
/// UDP of 6.2; older ones are slower.
const FAST_KERNEL: (u32, u32) = (6, 2);

/// File descriptors that let the user-space exit serve many connections.
const COMFORTABLE_FILES: u64 = 4096;

pub(super) fn kernel() -> Check {
    const NAME: &str = "kernel";
    let Ok(release) = fs::read_to_string("/proc/sys/kernel/osrelease") else {
        let hint = "`portway up` with the user-space exit may work; TUN interfaces need Linux";
        return Check::warn(
            NAME,
            format_args!("{}, not Linux", std::env::consts::OS),
            hint,
        );
    };
    let release = release.trim();
    if version(release).is_some_and(|version| version < FAST_KERNEL) {
        let hint = "it works; Linux 6.2 and newer move more packets in one system call";
        return Check::warn(NAME, format_args!("Linux {release}"), hint);
    }
    Check::ok(NAME, format_args!("Linux {release}"))
}

/// The first two numbers of a release.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

pub(super) fn privileges() -> Check {
    const NAME: &str = "privileges";
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if effective_capabilities(&status).is_some_and(|bits| bits >> CAP_NET_ADMIN & 1 == 1) {
        return Check::ok(NAME, "CAP_NET_ADMIN");
    }
    let hint = "enough for `portway up`; for tun: interfaces run as root or grant CAP_NET_ADMIN";
    Check::warn(NAME, "no CAP_NET_ADMIN", hint)
}

/// The effective set in the text of `/proc/PID/status`.
fn effective_capabilities(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

pub(super) fn tun_device() -> Check {
    const NAME: &str = "tun device";
    const PATH: &str = "/dev/net/tun";
    match OpenOptions::new().read(true).write(true).open(PATH) {
        Ok(_) => Check::ok(NAME, PATH),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let hint =
                "only needed for tun: interfaces; `modprobe tun`, or give it to the container";
            Check::warn(NAME, format_args!("{PATH} is missing"), hint)
        }
        Err(error) => {
            let hint = "only needed for tun: interfaces; open it to this user, or run as root";
            Check::warn(NAME, format_args!("cannot open {PATH}: {error}"), hint)
        }
    }
}

pub(super) fn locked_memory() -> Check {
    const NAME: &str = "memlock";
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let unlimited = "any amount may be locked";
    if effective_capabilities(&status).is_some_and(|bits| bits >> CAP_IPC_LOCK & 1 == 1) {
        return Check::ok(NAME, unlimited);
    }
    match getrlimit(Resource::Memlock).maximum {
        Some(bytes) if bytes < COMFORTABLE_LOCKED_MEMORY => {
            let hint = "only AF_XDP ports lock memory, all of their umems: `ulimit -l 65536`, or \
                        LimitMEMLOCK=64M in a unit, or grant CAP_IPC_LOCK";
            Check::warn(
                NAME,
                format_args!("{} KiB may be locked", bytes / 1024),
                hint,
            )
        }
        Some(bytes) => Check::ok(NAME, format_args!("{} KiB may be locked", bytes / 1024)),
        None => Check::ok(NAME, unlimited),
    }
}

pub(super) fn open_files() -> Check {
    const NAME: &str = "open files";
    match getrlimit(Resource::Nofile).current {
        Some(files) if files < COMFORTABLE_FILES => {
            let hint = "each connection through the user-space exit needs one; `ulimit -n 4096`";
            Check::warn(NAME, format_args!("{files} at a time"), hint)
        }
        Some(files) => Check::ok(NAME, format_args!("{files} at a time")),
        None => Check::ok(NAME, "any number at a time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_two_numbers_of_the_release() {
        assert_eq!(version("6.12.117+deb12-rt-amd64"), Some((6, 12)));
        assert_eq!(version("5.4-custom"), Some((5, 4)));
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn capabilities_are_read_from_the_status_of_a_process() {
        let status = "Name:\tx\nCapInh:\t0000000000000000\nCapEff:\t0000000000001000\n";
        assert_eq!(effective_capabilities(status), Some(1 << CAP_NET_ADMIN));
        assert_eq!(effective_capabilities(""), None);
    }
}
