# shellcheck shell=bash
# The steps of the suite, one function each, in the order of this table. Sourced by scripts/test.
: "${root:?}"

# name|limit in seconds|what it checks. The limits are some times what the step takes on two cores.
# shellcheck disable=SC2034  # read by scripts/test
STEPS="format|120|every file is formatted
scripts|120|shell and Python scripts are sound
lint|1200|clippy, warnings denied
test|2400|the tests of the workspace
memory|900|memory and rings of the data plane under Miri, the rings in loom's every order
documentation|900|rustdoc, warnings denied
licences|1200|licences, sources and banned crates
minimum-rust|1200|the stated minimum Rust compiles it
features|1200|each feature alone, and none
package|900|each crate can be packaged, and what is packed compiles
build|1500|the release build
fuzz|900|the fuzz targets build, their corpus replays
bench|1800|the benchmark builds and its smoke run passes
peers|900|foreign clients on portway grid; its wheel and npm package
messaging|1500|calls and the patterns over every transport, gRPC's tools, real NATS, RabbitMQ and Kafka, and foreign clients
kubernetes|900|the files for Kubernetes against its schemas and portway
portability|900|libignite checks for Windows, macOS and other processors
libignite|900|libignite.so installed, and used from six languages
ignite|2400|our client and libignite.so on three real Apache Ignite nodes
function|2400|packages of functions under the platforms' own runtimes
system|1500|gateway and stock WireGuard clients in network namespaces"

# What a step has built in folders that no later step reads.
discard_build() {
    case $1 in
    memory) rm -rf target/miri target/loom ;;
    documentation) rm -rf target/doc ;;
    minimum-rust) rm -rf target/minimum-rust ;;
    package) rm -rf target/package-check ;;
    fuzz) rm -rf fuzz/target ;;
    bench) rm -rf bench/target/debug bench/target/release ;;
    messaging) rm -rf crates/portway-kafka/target ;;
    portability) rm -rf target/portability ;;
    esac
}

# They share nothing with the product's lock file and target folder. Their own lock files are not enforced: they name
# the product's dependencies too, and would have to be renewed with each of its changes.
own_workspaces() {
    local folder
    for folder in bench bench/peers.d/rust bench/peers.d/dataplane crates/portway-kafka fuzz; do if [ -f "$folder/Cargo.toml" ]; then echo "$folder"; fi; done
}

step_format() {
    local folder
    need cargo
    need_rust_component fmt rustfmt
    cargo fmt --all --check
    for folder in $(own_workspaces); do (cd "$folder" && cargo fmt --all --check); done
}

step_scripts() {
    local file scripts=()
    need shellcheck python3
    while IFS= read -r file; do
        case $(head -c 64 "$file" | tr -d "\0" | head -n 1) in
        *bash*) scripts+=("$file") ;;
        *python3*) python3 -m py_compile "$file" ;;
        esac
    done < <(find scripts tests bench fuzz .ci -name target -prune -o -name corpus -prune -o -type f -print)
    shellcheck --external-sources "${scripts[@]}"
}

step_lint() {
    local folder
    # The bench compiles libzmq.
    need c++
    need_rust_component clippy clippy
    cargo clippy --workspace --all-targets --all-features --locked -- --deny warnings
    for folder in $(own_workspaces); do (cd "$folder" && cargo clippy --all-targets -- --deny warnings); done
}

step_test() {
    need cargo cc c++ ethtool ip ping setpriv tcpdump valgrind
    cargo test --workspace --all-features --locked --no-fail-fast
}

has_miri() {
    has rustup || return
    rustup run nightly cargo miri --version 2>/dev/null ||
        rustup toolchain install nightly --profile minimal --component miri,rust-src --no-self-update
}

# Each with flags of its own for all that it compiles, hence in folders of their own.
step_memory() {
    need cargo
    RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test --locked --package portway-xdp --lib ring::model
    # Miri comes with nightly toolchains alone, which not every machine can fetch: then loom has to do.
    if ! has_miri; then
        echo "loom passed; Miri is not here and could not be fetched (rustup toolchain install nightly --component miri,rust-src)"
        return
    fi
    # It runs the tests itself.
    unset "$(test_runner_variable)"
    export CARGO_TARGET_DIR=target/miri
    cargo +nightly miri test --locked --package portway-xdp --lib ring
    cargo +nightly miri test --locked --package portway-xdp --test memory
}

step_documentation() {
    need cargo
    RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --all-features --no-deps --locked
}

step_licences() {
    local program
    need cargo
    program=$(cargo_deny)
    "$program" --locked check bans licenses sources
}

minimum_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

# The compiler in use may be the minimum itself; then the other steps have shown it already.
step_minimum_rust() {
    local minimum used
    need cargo rustc
    minimum=$(minimum_rust)
    used=$(rustc --version | cut -d ' ' -f 2)
    if [[ $used == "$minimum" || $used == "$minimum".* ]]; then
        echo "rustc $used is the stated minimum"
        cargo check --workspace --locked
        return
    fi
    has rustup || skip "rustc is $used, the stated minimum is $minimum, and no rustup is there to fetch it"
    rustup toolchain install "$minimum" --profile minimal --no-self-update
    CARGO_TARGET_DIR=target/minimum-rust rustup run "$minimum" cargo check --workspace --locked
}

step_features() {
    need cargo python3
    python3 scripts/test.d/features.py
}

step_package() {
    need cargo cc
    scripts/test.d/package
}

step_build() {
    need cargo cc
    cargo build --release --locked --package portway
}

step_fuzz() {
    need cargo cc
    cargo test --manifest-path fuzz/Cargo.toml
    # The fuzzer's own library is C++ and only needed to run; a path to nothing spares its build.
    CUSTOM_LIBFUZZER_PATH=/nonexistent cargo check --manifest-path fuzz/Cargo.toml --bins --features libfuzzer
}

step_bench() {
    need cargo cc c++
    cargo build --release --locked --package portway
    cargo build --release --locked --package portway-ignite --example ignite_hello
    bench/libignite
    # Asked here is whether all of it runs, not how fast: without link-time optimization, and compiled once.
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    cargo test --release --manifest-path bench/Cargo.toml --workspace
    cargo build --release --manifest-path bench/Cargo.toml
    bench/target/release/portway-bench ignite --smoke
    bench/target/release/portway-bench grid --smoke
    bench/target/release/portway-bench patterns --smoke
    bench/target/release/portway-bench messaging --smoke
    need_namespaces
    need iperf3 wg wireguard-go
    bench/target/release/portway-bench wireguard --smoke
    need ethtool
    bench/target/release/portway-bench dataplane --smoke
}

step_kubernetes() {
    need cargo cc python3 go
    scripts/test.d/kubernetes
}

step_peers() {
    need python3 java mvn node npm readelf
    cargo build --release --locked --package portway
    scripts/test.d/peers
    tests/packages/run
}

# The tests start and kill brokers of their own; the script sets foreign clients up.
step_messaging() {
    need cargo cc c++ epmd go java make mvn nats-server pkg-config python3 rabbitmq-server
    export PORTWAY_TEST_GRPC_PEERS=$PWD/tests/peers/grpc/run
    export PORTWAY_TEST_MESSAGING_PEERS=$PWD/tests/peers/messaging/run
    export PORTWAY_CONFORMANCE_RESULTS=$PWD/target/conformance
    rm -rf "$PORTWAY_CONFORMANCE_RESULTS"
    mkdir -p "$PORTWAY_CONFORMANCE_RESULTS"
    local features=amqp,conformance,grpc,nats,opentelemetry,reflection,tls
    cargo build --locked --package portway-rpc --features "$features" --examples
    cargo test --locked --package portway-rpc --features "$features" \
        --test conformance --test grpc --test nats --test amqp --test opentelemetry --test patterns --test examples
    cargo test --locked --package portway --test messaging --test events --test call
    tests/peers/kafka/run fetch
    # Its TLS is the system's OpenSSL.
    local tls=()
    if pkg-config --exists openssl; then tls=(--features tls); fi
    PORTWAY_TEST_KAFKA=$PWD/tests/peers/kafka/run cargo test --manifest-path crates/portway-kafka/Cargo.toml "${tls[@]}"
    scripts/test.d/capabilities "$PORTWAY_CONFORMANCE_RESULTS/passed"
}

# The packages for Arm are skipped where the toolchain comes without that target's library and cannot fetch it.
step_function() {
    need aarch64-linux-gnu-gcc cargo cc chromium java javac mvn node npm python3 qemu-aarch64-static unshare wg
    if has rustup; then rustup target add aarch64-unknown-linux-gnu || true; fi
    cargo build --release --locked --package portway
    python3 tests/function
    scripts/test.d/enrolment
}

# Without TLS: the assembly of its cryptography wants a compiler for each system.
step_portability() {
    local target
    need cargo
    for target in aarch64-apple-darwin aarch64-unknown-linux-gnu x86_64-pc-windows-gnu; do
        # It is no fault of the project where a toolchain comes without other systems' libraries.
        if ! has rustup || ! rustup target add "$target"; then
            echo "the standard library for $target cannot be had here: not checked"
            continue
        fi
        RUSTFLAGS="--deny warnings" CARGO_TARGET_DIR=target/portability \
            cargo check --locked --package portway-ignite-ffi --no-default-features --target "$target"
    done
}

need_languages() {
    need cargo cc c++ go node npm pkg-config python3 readelf valgrind
}

step_libignite() {
    need_languages
    scripts/test.d/libignite
}

step_ignite() {
    need java javac mvn openssl python3
    need_languages
    scripts/test.d/real-ignite
}

step_system() {
    need_namespaces
    need wg wg-quick wireguard-go iperf3 ethtool ping python3 setpriv java mvn
    cargo build --release --locked --package portway
    python3 tests/system --ignite
}
