//! Seals secrets the way GitHub requires.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_box::aead::OsRng;
use curve25519_dalek::MontgomeryPoint;
use secrecy::{ExposeSecret as _, SecretString};

/// A secret that only GitHub can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// The sealed box, in padded standard base64.
    pub encrypted_value: String,
    /// The id of the key that it was sealed with.
    pub key_id: String,
}

/// The public key for sealing secrets of an organization's private registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// GitHub's id of the key.
    pub key_id: String,
    /// The key as GitHub returned it: base64 of 32 bytes.
    pub key: String,
    decoded: crypto_box::PublicKey,
}

impl PublicKey {
    /// Parses a key as GitHub returns it.
    ///
    /// # Errors
    /// If it has no id, is not base64 of 32 bytes, or is so weak that anybody could open what is sealed with it.
    pub fn parse(key_id: String, key: String) -> Result<Self, String> {
        if key_id.trim().is_empty() {
            return Err("the public key has no id".to_owned());
        }
        let bytes = BASE64.decode(&key).map_err(|_| "the public key is not base64".to_owned())?;
        let bytes: [u8; 32] =
            bytes.try_into().map_err(|bytes: Vec<u8>| format!("the public key has {} bytes, not 32", bytes.len()))?;
        if has_low_order(bytes) {
            return Err("the public key is of low order: anybody could open what is sealed with it".to_owned());
        }
        Ok(Self { key_id, key, decoded: bytes.into() })
    }

    /// Seals a value as libsodium's `crypto_box_seal` does.
    ///
    /// # Panics
    /// If the system has no source of randomness.
    pub fn seal(&self, secret: &SecretString) -> SealedSecret {
        let sealed = self.decoded.seal(&mut OsRng, secret.expose_secret().as_bytes());
        let sealed = sealed.expect("sealing fails only for overlong associated data, and a sealed box has none");
        SealedSecret { encrypted_value: BASE64.encode(sealed), key_id: self.key_id.clone() }
    }
}

/// Reports whether a point has low order. Private keys are multiples of eight, so every one of them makes the same
/// shared secret with such a point. libsodium checks for this too.
fn has_low_order(point: [u8; 32]) -> bool {
    MontgomeryPoint(point).mul_clamped([0; 32]).to_bytes() == [0; 32]
}

/// Removes the line breaks with which tools wrap base64.
pub fn unwrapped(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

/// Reports whether a text can be a sealed box in padded standard base64. Sealing adds 48 bytes.
pub fn is_sealed_box(text: &str) -> bool {
    BASE64.decode(text).is_ok_and(|bytes| bytes.len() > 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_box_is_longer_than_what_sealing_adds() {
        assert!(!is_sealed_box(&BASE64.encode([7; 48])) && is_sealed_box(&BASE64.encode([7; 49])));
        assert!(!is_sealed_box("no base64"));
    }

    #[test]
    fn an_unusable_key_is_refused() {
        let parse = |bytes: &[u8]| PublicKey::parse("1".into(), BASE64.encode(bytes));
        assert!(parse(&[0; 32]).is_err() && parse(&[1; 31]).is_err() && parse(&[9; 32]).is_ok());
        assert!(PublicKey::parse("1".into(), "no base64".into()).is_err());
    }

    /// Tries the points that libsodium rejects (`has_small_order` in its `x25519_ref10.c`), with both values of the bit
    /// that is ignored.
    #[test]
    fn a_key_that_anybody_can_open_boxes_for_is_refused() {
        let prime_plus = |n: u8| {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (0xed_u8.wrapping_add(n), 0x7f);
            point
        };
        let order_eight = |text: &str| BASE64.decode(text).unwrap().try_into().unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        let points: [[u8; 32]; 7] = [
            [0; 32],
            one,
            order_eight("4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA="),
            order_eight("X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc="),
            prime_plus(0xff),
            prime_plus(0),
            prime_plus(1),
        ];
        for mut point in points {
            for ignored in [0, 0x80] {
                point[31] ^= ignored;
                let error = PublicKey::parse("1".into(), BASE64.encode(point)).unwrap_err();
                assert!(error.contains("anybody could open"), "{point:?}: {error}");
            }
        }
    }
}
