# shellcheck shell=bash
# What the suite needs of the machine, and how it is fetched where that can be done. Sourced by scripts/test.
: "${root:?}" "${logs:?}"

# Where apt-get is: command, then the Debian/Ubuntu package that holds it.
DEBIAN_PACKAGES="
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
c++ g++
cc gcc
chromium chromium
curl curl
epmd erlang-base
ethtool ethtool
go golang-go
ip iproute2
iperf3 iperf3
java default-jdk-headless
javac default-jdk-headless
make make
mvn maven
nats-server nats-server
nft nftables
node nodejs
npm npm
openssl openssl
ping iputils-ping
pkg-config pkg-config
ps procps
qemu-aarch64-static qemu-user-static
python3 python3
rabbitmq-server rabbitmq-server
readelf binutils
setpriv util-linux
shellcheck shellcheck
tcpdump tcpdump
valgrind valgrind
wg wireguard-tools
wireguard-go wireguard-go
"

CARGO_DENY_VERSION=0.20.2

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

may_install() {
    has apt-get && { ((EUID == 0)) || sudo -n true 2>/dev/null; }
}

missing_packages() {
    local tool package
    while read -r tool package; do
        if [ -n "$tool" ] && ! has "$tool"; then echo "$package"; fi
    done <<<"$DEBIAN_PACKAGES"
    # A library, not a command: the cross compiler only recommends it.
    [ -e /usr/aarch64-linux-gnu/lib/libc.a ] || echo libc6-dev-arm64-cross
    # A Python without ensurepip makes no virtual environment; Debian keeps it in a package of its own.
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

# Leaves alone what is there; what stays missing lets its steps be skipped, with the reason.
install_missing_tools() {
    local packages
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]})) || return 0
    if ! may_install; then
        echo "Not installed here, and no apt-get with root rights to fetch them: ${packages[*]}"
        return 0
    fi
    echo "Installing: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get -o DPkg::Lock::Timeout=300 update -q >"$logs/install.log" 2>&1 || true
    as_root apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends "${packages[@]}" >>"$logs/install.log" 2>&1 ||
        echo "apt-get could not install all of them; see $logs/install.log"
}

# Called in a step: it is skipped unless all these commands are there.
need() {
    local tool package
    for tool in "$@"; do
        has "$tool" && continue
        package=$(sed -n "s/^$tool //p" <<<"$DEBIAN_PACKAGES")
        skip "$tool is missing${package:+ (Debian, Ubuntu: apt-get install $package)}"
    done
}

# Namespaces and TUN devices need Linux, root and a container that allows them.
need_namespaces() {
    local probe="pw-probe-$$"
    [ "$(uname)" = Linux ] || skip "network namespaces are Linux's"
    need ip
    ((EUID == 0)) || skip "network namespaces need root"
    ip netns add "$probe" 2>/dev/null || skip "this machine lets root make no network namespaces"
    ip netns delete "$probe"
    [ -c /dev/net/tun ] || skip "/dev/net/tun is missing"
}

# A component of the Rust toolchain: rustup adds it where it manages the toolchain.
need_rust_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    if has rustup; then rustup component add "$2"; fi
    cargo "$1" --version >/dev/null 2>&1 || skip "cargo $1 is missing (rustup component add $2)"
}

# Prints the path of cargo-deny, which is compiled once into target/tools.
cargo_deny() {
    local program=$root/target/tools/bin/cargo-deny
    if has cargo-deny; then
        command -v cargo-deny
        return
    fi
    [ -x "$program" ] || cargo install --locked --quiet --root "$root/target/tools" --target-dir "$root/target/tools/build" \
        --version "$CARGO_DENY_VERSION" cargo-deny >&2 || skip "cargo-deny could not be installed"
    echo "$program"
}
