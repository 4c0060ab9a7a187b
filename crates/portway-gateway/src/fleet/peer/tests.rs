use super::*;
use crate::fleet::FleetKey;

const NONCE: SealNonce = [3; 12];

fn seals() -> SealKey {
    FleetKey::from_bytes([1; 32]).seal_key(SEAL_KIND)
}

fn record() -> PeerRecord {
    PeerRecord {
        public_key: PublicKey::from_bytes([5; 32]),
        name: "laptop".parse().unwrap(),
        prefixes: "10.77.0.2/32, fd00::2/128, 192.168.4.0/24".parse().unwrap(),
        keepalive: 25,
        enabled: true,
        expires: Some(UnixSeconds::new(1_800_000_000)),
        version: Version(42),
        preshared_key: Some(PresharedKey::from_bytes([6; 32])),
    }
}

fn open(row: &PeerRow) -> Result<PeerRecord, Refusal> {
    PeerRecord::from_row(&record().public_key.to_base64(), row, &seals())
}

#[test]
fn a_sealed_row_opens_to_its_record() {
    let row = record().to_row(&seals(), NONCE);
    assert_eq!((row.name.as_str(), row.version), ("laptop", 42));
    assert_eq!(row.prefixes, "10.77.0.2/32, fd00::2/128, 192.168.4.0/24");
    assert_eq!(open(&row), Ok(record()));
    let bare = PeerRecord {
        expires: None,
        preshared_key: None,
        ..record()
    };
    assert_eq!(open(&bare.to_row(&seals(), NONCE)), Ok(bare));
}

#[test]
fn each_changed_column_is_a_forgery() {
    let row = record().to_row(&seals(), NONCE);
    let forgeries = [
        PeerRow {
            name: "desktop".into(),
            ..row.clone()
        },
        PeerRow {
            prefixes: "0.0.0.0/0".into(),
            ..row.clone()
        },
        PeerRow {
            keepalive: 26,
            ..row.clone()
        },
        PeerRow {
            enabled: false,
            ..row.clone()
        },
        PeerRow {
            expires: None,
            ..row.clone()
        },
        PeerRow {
            version: 43,
            ..row.clone()
        },
        PeerRow {
            seal: record().to_row(&seals(), [4; 12]).seal[..60].to_vec(),
            ..row.clone()
        },
    ];
    for forgery in forgeries {
        assert_eq!(open(&forgery), Err(Refusal::Forged), "{forgery:?}");
    }
    assert_eq!(
        open(&PeerRow { version: -1, ..row }),
        Err(Refusal::Malformed)
    );
}

#[test]
fn the_row_of_one_peer_does_not_admit_another() {
    let row = record().to_row(&seals(), NONCE);
    let other = PublicKey::from_bytes([7; 32]).to_base64();
    assert_eq!(
        PeerRecord::from_row(&other, &row, &seals()),
        Err(Refusal::Forged)
    );
    assert_eq!(
        PeerRecord::from_row("laptop", &row, &seals()),
        Err(Refusal::Malformed)
    );
}

#[test]
fn the_seals_of_two_peers_cannot_be_swapped() {
    let mine = record().to_row(&seals(), NONCE);
    let other = PeerRecord {
        public_key: PublicKey::from_bytes([7; 32]),
        ..record()
    };
    let swapped = PeerRow {
        seal: other.to_row(&seals(), NONCE).seal,
        ..mine
    };
    assert_eq!(open(&swapped), Err(Refusal::Forged));
}

#[test]
fn the_preshared_key_is_nowhere_in_the_row() {
    let row = record().to_row(&seals(), NONCE);
    assert!(!row.seal.windows(4).any(|window| window == [6; 4]));
}

#[test]
fn no_truncated_record_is_read() {
    let encoded = record().encode();
    for length in 0..encoded.len() {
        let read = PeerRecord::decode(&encoded[..length], record().public_key, Version(1));
        assert_eq!(read, Err(EncodingError), "{length} bytes");
    }
    let longer = [encoded.as_slice(), &[0]].concat();
    assert!(PeerRecord::decode(&longer, record().public_key, Version(1)).is_err());
}

#[test]
fn the_encoding_never_changes() {
    let expected = "01\
        0006 6c6170746f70\
        0003 0420 0a4d0002 0680 fd000000000000000000000000000002 0418 c0a80400\
        0019 01 01 000000006b49d200 01"
        .replace(' ', "");
    let encoded: String = record()
        .encode()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(encoded, expected + &"06".repeat(32));
}

#[test]
fn names_that_could_mislead_are_refused() {
    for name in ["", "-v", "a b", "a\nb", "../etc", "a=b", &"a".repeat(64)] {
        assert!(name.parse::<PeerName>().is_err(), "{name:?}");
    }
    let key = PublicKey::from_bytes([9; 32]).to_base64();
    assert!(key.parse::<PeerName>().is_err());
    for name in ["laptop", "anna@home", "büro-3", "9"] {
        assert!(name.parse::<PeerName>().is_ok(), "{name:?}");
    }
}

#[test]
fn a_version_follows_the_clock_and_never_goes_back() {
    let clock = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let first = Version::after(None, clock(10));
    assert_eq!(first, Version(10_000_000));
    assert_eq!(Version::after(Some(first), clock(9)), Version(10_000_001));
    assert!(Version::after(None, clock(11)) > first);
}
