//! The key pair that secrets are sealed for, based on libsodium: the product seals with `crypto_box`, so a box that
//! opens here was understood by two implementations that share no code.
#![allow(unsafe_code)]

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use libsodium_sys::{
    crypto_box_PUBLICKEYBYTES, crypto_box_SEALBYTES, crypto_box_SECRETKEYBYTES, crypto_box_SEEDBYTES,
    crypto_box_seal_open, crypto_box_seed_keypair, sodium_init,
};

/// A public key and the secret key that opens the boxes sealed for it.
#[derive(Clone)]
pub(crate) struct KeyPair {
    id: String,
    public: [u8; crypto_box_PUBLICKEYBYTES as usize],
    secret: [u8; crypto_box_SECRETKEYBYTES as usize],
}

impl KeyPair {
    /// Returns the key pair of an organization, by its number, and a generation. It is always the same, so that a
    /// snapshot may show its id and key.
    pub(crate) fn of_generation(number: u32, generation: u8) -> Self {
        // SAFETY: takes no arguments, and may be called from any thread and more than once.
        let ready = unsafe { sodium_init() };
        assert!(ready >= 0, "libsodium can be used");

        let mut seed = [generation; crypto_box_SEEDBYTES as usize];
        for (byte, own) in seed.iter_mut().zip((number - 1).to_le_bytes()) {
            *byte ^= own;
        }
        let mut public = [0; crypto_box_PUBLICKEYBYTES as usize];
        let mut secret = [0; crypto_box_SECRETKEYBYTES as usize];
        // SAFETY: the three arrays have the sizes that libsodium states for them and outlive the call.
        let made = unsafe { crypto_box_seed_keypair(public.as_mut_ptr(), secret.as_mut_ptr(), seed.as_ptr()) };
        assert_eq!(made, 0, "a key pair can be made from any seed");
        // A number in a string, like GitHub's ids.
        let id = format!("338020{:010}{generation:03}", u64::from(number - 1) + 4_578_043_523);
        Self { id, public, secret }
    }

    /// Returns the `key_id`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the public key in base64.
    pub(crate) fn public(&self) -> String {
        BASE64_STANDARD.encode(self.public)
    }

    /// Returns the plaintext of a sealed box if it was sealed for this pair and not altered since.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let length = sealed.len().checked_sub(crypto_box_SEALBYTES as usize)?;
        let mut plaintext = vec![0; length];
        // SAFETY: `sealed` is read for the length that is passed with it; `plaintext` holds the length less SEALBYTES
        // that libsodium writes; both keys have the stated sizes. None of them overlap, and all outlive the call.
        let opened = unsafe {
            crypto_box_seal_open(
                plaintext.as_mut_ptr(),
                sealed.as_ptr(),
                sealed.len() as u64,
                self.public.as_ptr(),
                self.secret.as_ptr(),
            )
        };
        (opened == 0).then_some(plaintext)
    }
}

/// Shows only the id: nothing in a test's output should look like a key.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("id", &self.id).finish_non_exhaustive()
    }
}
