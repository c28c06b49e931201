//! Which certificate authorities are trusted: the system's, the built-in ones, and one that a person names.
//!
//! The system's come with the TLS library, which also obeys `SSL_CERT_FILE` and `SSL_CERT_DIR`. The built-in ones are
//! Mozilla's: with them the binary also works where there is no certificate on the machine at all.

use std::path::Path;

use reqwest::Certificate;

use crate::files;

/// Many times what a machine's whole bundle has, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// The authorities of the input `ca-file`.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<Certificate>);

impl Roots {
    /// Reads a file of certificates in PEM form.
    ///
    /// # Errors
    /// When it can't be read or holds no certificate; to be read after what names the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let pem = files::read(path, LARGEST).map_err(|error| format!("names {shown}, which can't be read: {error}"))?;
        match Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(certificates)),
            _ => Err(format!("names {shown}, which holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")),
        }
    }

    /// These and the built-in ones, to be trusted besides the system's.
    pub fn with_built_in(&self) -> impl Iterator<Item = Certificate> {
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let built_in = built_in.iter().filter_map(|certificate| Certificate::from_der(certificate).ok());
        self.0.clone().into_iter().chain(built_in)
    }
}
