# shellcheck shell=bash
# What the nodes' Java processes run: Ignite's jars from Maven, and our own classes. Sourced by scripts/ignite.
: "${root:?}" "${definition:?}"

maven_seconds=600
compile_seconds=120

libraries() { echo "$root/target/ignite/$1/libs"; }

classes() { echo "$root/target/ignite/$1/classes"; }

# The jars come from Maven once; a stamp of the pom says whether they still are the right ones.
fetch_libraries() {
    local version=$1 folder pom=$definition/$1/pom.xml
    folder=$(libraries "$version")
    cmp -s "$pom" "$folder/pom.xml" && return
    command -v mvn >/dev/null || fail "Maven is missing. Install it (Debian, Ubuntu: apt-get install maven) and try again."
    rm -rf "$folder"
    mkdir -p "$folder"
    timeout "$maven_seconds" mvn -q -B -f "$pom" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        "-DoutputDirectory=$folder" -DincludeScope=runtime >&2 ||
        fail "Maven could not fetch Apache Ignite. Look at its message above; is its repository reachable?"
    cp "$pom" "$folder/pom.xml"
}

# Our node and what the tests let it run, compiled for one version; a stamp of the sources says whether it still is theirs.
compile_classes() {
    local version=$1 folder sources stamp
    folder=$(classes "$version")
    sources=("$definition"/java/portway/test/*.java)
    stamp=$(cat "$definition/$version/pom.xml" "${sources[@]}" | sha256sum)
    [ "$stamp" = "$(cat "$folder/stamp" 2>/dev/null)" ] && return
    command -v javac >/dev/null || fail "javac is missing. Install a JDK 17 (Debian, Ubuntu: apt-get install default-jdk-headless)."
    rm -rf "$folder"
    mkdir -p "$folder"
    timeout "$compile_seconds" javac -Xlint:all,-serial,-classfile -proc:none --release 17 \
        -cp "$(libraries "$version")/*" -d "$folder" "${sources[@]}" >&2 ||
        fail "the Java classes for the nodes do not compile; look at the message above"
    echo "$stamp" >"$folder/stamp"
}
