# shellcheck shell=bash
# Throw-away certificates for a fleet that serves TLS. Sourced by scripts/ignite.

# Not a secret: it guards nothing but throw-away files, and Java insists on one.
certificate_password=portway
certificate_days=30

# A key and a certificate for it, signed by the authority; the extensions are read from standard input.
signed_certificate() {
    local folder=$1 name=$2
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=portway test $name" \
        -keyout "$folder/$name.key" -out "$folder/$name.csr"
    openssl x509 -req -in "$folder/$name.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial \
        -days "$certificate_days" -extfile /dev/stdin -out "$folder/$name.pem"
}

self_signed_certificate() {
    local folder=$1 name=$2
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=portway test $name" \
        -days "$certificate_days" -keyout "$folder/$name.key" -out "$folder/$name.pem" "${@:3}"
}

make_certificates() {
    local folder=$1
    rm -rf "$folder"
    mkdir -m 700 "$folder"
    self_signed_certificate "$folder" ca -addext keyUsage=critical,keyCertSign,cRLSign
    signed_certificate "$folder" server <<'TEXT'
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
TEXT
    signed_certificate "$folder" client <<'TEXT'
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
TEXT
    # Nobody trusts this one, so that a refusal can be tested.
    self_signed_certificate "$folder" stranger
    openssl pkcs12 -export -in "$folder/server.pem" -inkey "$folder/server.key" -certfile "$folder/ca.pem" \
        -passout "pass:$certificate_password" -out "$folder/server.p12"
    keytool -importcert -noprompt -alias ca -file "$folder/ca.pem" -storetype PKCS12 \
        -storepass "$certificate_password" -keystore "$folder/trust.p12"
}

print_certificates() {
    local folder=$1
    echo "tls-ca=$folder/ca.pem"
    echo "tls-certificate=$folder/client.pem"
    echo "tls-key=$folder/client.key"
    echo "tls-untrusted-certificate=$folder/stranger.pem"
    echo "tls-untrusted-key=$folder/stranger.key"
}
