use super::ForeignHash;
use super::bounds::TOO_COSTLY;

/// Hashes of one made-up password by other programs: `bcrypt` 5.0 and `argon2-cffi` 25.1 of Python, and `hashlib` of Python 3.11.
const PASSWORD: &str = "Grüße an Ada, 1843";
const HASHES: [&str; 12] = [
    "$2b$10$eBeCbtQwmhrjOzbYkMIKiOtk.k3HjllTter5k75.V824rxogqeNo2",
    "$2a$10$eBeCbtQwmhrjOzbYkMIKiOtk.k3HjllTter5k75.V824rxogqeNo2",
    "$2y$10$eBeCbtQwmhrjOzbYkMIKiOtk.k3HjllTter5k75.V824rxogqeNo2",
    "$argon2id$v=19$m=65536,t=3,p=4$AQIDBAUGBwgJCgsMDQ4PEA$ZHcaoDpRqXEMAJnOoIj5f0ZsZ6nPR3d271N3EKdVvKc",
    "$argon2i$v=19$m=512,t=2,p=2$AQIDBAUGBwgJCgsMDQ4PEA$BusLzU0fIWEfyTgkNIl0E3VeD5RNqDav",
    "$argon2i$v=16$m=512,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$qvHtDxWAGP0TK5KyjtswM3520nImnN0I6q6unvvGzig",
    "$argon2i$m=512,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$qvHtDxWAGP0TK5KyjtswM3520nImnN0I6q6unvvGzig",
    "$scrypt$ln=14,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$sb+9PuryixkTo4qjnXm42snke4F6AUU8r/9gr8HUkFw",
    "$scrypt$ln=4,r=2,p=3$AQIDBAUGBwg$BpGEJsiTs+8rr1WZ2LvBwBHJ/a/v3wFvAJCJM5kPj/xIgVkYVUjHvR00X6H4fjlrUnU5ytw3rWBIFTcENuD2pQ",
    "$pbkdf2$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$mNjnroPeH9YvY20uELB2lu2HkQA",
    "$pbkdf2-sha256$i=27500,l=64$AQIDBAUGBwgJCgsMDQ4PEA$XJIBzgfJDYZRIskkYcyBqNR+MdPsZsFdJKhfuL6dNfTjbwPF23rJcmX2D07ObthvrffViXHzhhP5i0hGkDyavw",
    "$pbkdf2-sha512$i=210000$AQIDBAUGBwgJCgsMDQ4PEA$VrgdowNcG+TrJiP1giECHHKv4CCL+CeDQS7WmKRcqse7Ak5dlMjDy/rBZbPlHdYsaSuttiL1quV1VVHLuG3q/Q",
];

fn mistake(text: &str) -> String {
    ForeignHash::parse(text).err().unwrap_or_else(|| panic!("{text} is accepted"))
}

#[test]
fn hashes_of_other_programs_are_verified() {
    for text in HASHES {
        let hash = ForeignHash::parse(text).unwrap_or_else(|mistake| panic!("{text} {mistake}"));
        assert!(hash.is_hash_of(PASSWORD.as_bytes()), "{text}");
        assert!(!hash.is_hash_of(b"Gr\xc3\xbc\xc3\x9fe an Ada, 1844"), "{text}");
        assert!(!hash.is_hash_of(b""), "{text}");
    }
}

#[test]
fn firebase_s_own_example_is_verified() {
    // The example of github.com/firebase/scrypt, without its signer key: a script made it from hash and key.
    let text = "$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lwc$GjH2+Jz+dglLj5NuFkZHgBvZnv8Z8VZE5sdIgEAbIgeXy+ZfSpJLu1A++pZcpx0OhX41mDwvu2Olmp+PnfLfyQ";
    let hash = ForeignHash::parse(text).unwrap_or_else(|mistake| panic!("{mistake}"));
    assert!(hash.is_hash_of(b"user1password"));
    assert!(!hash.is_hash_of(b"user2password"));
}

#[test]
fn of_a_long_password_bcrypt_counts_72_bytes() {
    let hash = ForeignHash::parse("$2b$04$oLdmvBdOYZmHMfYsnxzWM.zkHmg7FuXWGrcJcdikqXgRXifgukZGy").ok().unwrap();
    let long = "x".repeat(72);
    assert!(hash.is_hash_of(format!("{long}tail").as_bytes()));
    assert!(!hash.is_hash_of(&long.as_bytes()[1..]));
}

#[test]
fn a_hash_that_costs_too_much_is_refused_before_it_is_computed() {
    let (salt, hash) = ("AQIDBAUGBwgJCgsMDQ4PEA", "sb+9PuryixkTo4qjnXm42snke4F6AUU8r/9gr8HUkFw");
    for parameters in [
        "argon2id$v=19$m=131073,t=1,p=1",
        "argon2id$v=19$m=131072,t=5,p=1",
        "argon2i$v=19$m=8,t=4294967295,p=1",
        "argon2id$v=19$m=4294967295,t=4294967295,p=1",
        "scrypt$ln=18,r=8,p=1",
        "scrypt$ln=17,r=8,p=3",
        "scrypt$ln=1,r=65536,p=65536",
        "scrypt$ln=63,r=4294967295,p=4294967295",
        "scrypt$ln=64,r=1,p=1",
        "scrypt$ln=4294967295,r=1,p=1",
        "firebase-scrypt$ln=18,r=8,p=1",
        "pbkdf2-sha256$i=2000001",
        "pbkdf2$i=1000001",
        "pbkdf2-sha512$i=4294967295",
    ] {
        assert_eq!(mistake(&format!("${parameters}${salt}${hash}")), TOO_COSTLY, "{parameters}");
    }
    for parameters in ["argon2id$v=19$m=131072,t=4,p=1", "scrypt$ln=17,r=8,p=2", "pbkdf2-sha256$i=2000000"] {
        assert!(ForeignHash::parse(&format!("${parameters}${salt}${hash}")).is_ok(), "{parameters}");
    }
    for cost in ["03", "15", "31"] {
        let text = HASHES[0].replace("$10$", &format!("${cost}$"));
        assert_eq!(mistake(&text), "must have a bcrypt cost of 4 to 14", "{cost}");
    }
}

#[test]
fn what_cannot_be_verified_is_refused_and_not_shown() {
    let (salt, hash) = ("AQIDBAUGBwgJCgsMDQ4PEA", "sb+9PuryixkTo4qjnXm42snke4F6AUU8r/9gr8HUkFw");
    let phc = |start: &str| format!("${start}${salt}${hash}");
    for text in [
        String::new(),
        "$".to_owned(),
        "secret".to_owned(),
        "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
        "{SSHA}secret".to_owned(),
        // A faulty bcrypt, and SHA-512 of a Linux system.
        HASHES[0].replace("$2b$", "$2x$"),
        "$6$saltsalt$0123456789abcdef".to_owned(),
        // One character is missing, and one is none of base64.
        HASHES[0][..59].to_owned(),
        HASHES[0].replace('k', "ü"),
        "$2b$".to_owned(),
        // passlib and Django: a script converts them.
        "$pbkdf2-sha256$1000$bQ3hvDfGuBeiVCqltJbyXg$HkD3SmvBzhQxsYiTv2yRPAqGGP4ODPhU7OchwOKxHTc".to_owned(),
        "pbkdf2_sha256$1000$JCyeb2qh3UWG$mNR9F1C/Y76tetXqE4BfMcBce8R6hlhmqlljwJw6Zbk=".to_owned(),
        phc("argon2d$v=19$m=512,t=2,p=1"),
        phc("argon2id$v=18$m=512,t=2,p=1"),
        phc("argon2id$v=19$m=512,t=2"),
        phc("argon2id$v=19$m=512,t=2,p=0"),
        phc("argon2id$v=19$m=7,t=2,p=1"),
        phc("argon2id$v=19$m=512,t=2,p=1,keyid=AAAA"),
        phc("argon2id$v=19$m=512,t=2,p=1,data=AAAA"),
        "$argon2id$v=19$m=512,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA".to_owned(),
        "$argon2id$v=19$m=512,t=2,p=1$AQID$sb+9PuryixkTo4qjnXm42snke4F6AUU8r/9gr8HUkFw".to_owned(),
        phc("scrypt$ln=0,r=8,p=1"),
        phc("scrypt$ln=4,r=0,p=1"),
        phc("scrypt$n=16,r=8,p=1"),
        phc("scrypt$v=1$ln=4,r=8,p=1"),
        phc("pbkdf2-sha256$i=0"),
        phc("pbkdf2-sha256$i=1000,l=20"),
        phc("pbkdf2-sha256$l=32"),
        phc("pbkdf2-sha384$i=1000"),
        phc("pbkdf2-md5$i=1000"),
    ] {
        let mistake = mistake(&text);
        assert!(mistake.starts_with("must "), "{text}: {mistake}");
        for part in [hash, salt, "sb+9", "secret", "saltsalt", "eBeC"] {
            assert!(!mistake.contains(part), "{text}: {mistake}");
        }
    }
}
