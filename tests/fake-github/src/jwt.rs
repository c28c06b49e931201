//! Verifies JSON web tokens of the App with plain arithmetic and a different implementation of SHA-256 than the one the
//! product signs with.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use num_bigint::BigUint;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::app::{APP_CLIENT_ID, APP_ID};

/// The prefix that marks a hash in a signature as SHA-256. RFC 8017, section 9.2.
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
/// The longest validity that GitHub accepts, in seconds.
const LONGEST: i64 = 600;

/// An RSA public key.
#[derive(Debug)]
pub(crate) struct PublicKey {
    modulus: BigUint,
    exponent: BigUint,
    /// The size of the modulus in bytes.
    size: usize,
}

/// The reason why GitHub refuses a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) message: &'static str,
}

impl PublicKey {
    /// Returns the public half of a private key in PKCS#1: its second and third number.
    ///
    /// # Panics
    ///
    /// When the text is not such a key.
    pub(crate) fn of_private(pem: &str) -> Self {
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64_STANDARD.decode(body).expect("base64");
        let (0x30, inside, _) = element(&der) else { panic!("a sequence") };
        let (0x02, _version, rest) = element(inside) else { panic!("a version") };
        let (0x02, modulus, rest) = element(rest) else { panic!("a modulus") };
        let (0x02, exponent, _) = element(rest) else { panic!("an exponent") };
        let modulus = BigUint::from_bytes_be(modulus);
        let size = modulus.to_bytes_be().len();
        Self { modulus, exponent: BigUint::from_bytes_be(exponent), size }
    }

    /// Returns whether a signature (RSASSA-PKCS1-v1_5 with SHA-256) of a message was made with this key. RFC 8017,
    /// section 8.2.2.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != self.size {
            return false;
        }
        let opened = BigUint::from_bytes_be(signature).modpow(&self.exponent, &self.modulus).to_bytes_be();
        let digest = Sha256::digest(message);
        let padding = self.size - 3 - DIGEST_INFO.len() - digest.len();
        // The leading zero of the encoded message is not part of the number.
        let expected = [&[1][..], &vec![0xff; padding], &[0], &DIGEST_INFO, &digest].concat();
        opened == expected
    }
}

/// Splits off the first element of DER: returns its tag, its content and the rest.
fn element(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (tag, first, rest) = (der[0], usize::from(der[1]), &der[2..]);
    let bytes = first.saturating_sub(0x80);
    let long = rest[..bytes].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let length = if bytes == 0 { first } else { long };
    let (inside, following) = rest[bytes..].split_at(length);
    (tag, inside, following)
}

/// Verifies a token at a time, in seconds since the epoch, as GitHub does.
pub(crate) fn verify(jwt: &str, key: &PublicKey, now: i64) -> Result<(), Refused> {
    let undecodable = Refused { status: 401, message: "A JSON web token could not be decoded" };
    let refused = |message| Err(Refused { status: 401, message });
    let parts: Vec<&str> = jwt.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Err(undecodable) };
    let json =
        |part: &str| -> Option<Value> { serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let (Some(head), Some(said)) = (json(header), json(claims)) else { return Err(undecodable) };
    if head["alg"] != "RS256" {
        return Err(undecodable);
    }
    let app = said["iss"].as_str().map(str::to_owned).or_else(|| said["iss"].as_u64().map(|id| id.to_string()));
    if app.is_none_or(|app| app != APP_CLIENT_ID && app != APP_ID.to_string()) {
        return Err(Refused { status: 404, message: "Integration not found" });
    }
    let message = format!("{header}.{claims}");
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
    if !signature.is_ok_and(|signature| key.verifies(message.as_bytes(), &signature)) {
        return Err(undecodable);
    }
    match (said["iat"].as_i64(), said["exp"].as_i64()) {
        (issued, _) if issued.is_none_or(|issued| issued > now) => {
            refused("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
        }
        (_, expires) if expires.is_none_or(|expires| expires <= now) => refused(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion \
             expires",
        ),
        (_, Some(expires)) if expires > now + LONGEST => {
            refused("'Expiration time' claim ('exp') is too far in the future")
        }
        _ => Ok(()),
    }
}
