//! The trusted certificate authorities: the system's, the built-in ones, and those of the input `ca-file`.
//!
//! The TLS library loads the system's, and obeys `SSL_CERT_FILE` and `SSL_CERT_DIR`. The built-in ones are Mozilla's,
//! so that the binary also works on a machine without any certificates.

use std::path::Path;

use reqwest::Certificate;

use crate::files;

/// The maximum size of the file, in bytes: many times the size of a system's whole bundle.
const LARGEST: usize = 16 * 1024 * 1024;

/// The authorities of the input `ca-file`.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<Certificate>);

impl Roots {
    /// Reads a file of PEM certificates.
    ///
    /// # Errors
    /// When it can't be read or holds no certificate; phrased to follow the input or variable that names the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let pem = files::read(path, LARGEST).map_err(|error| format!("names {shown}, which can't be read: {error}"))?;
        match Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(certificates)),
            _ => Err(format!("names {shown}, which holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")),
        }
    }

    /// Returns these and the built-in ones, which are trusted in addition to the system's.
    pub fn with_built_in(&self) -> impl Iterator<Item = Certificate> {
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let built_in = built_in.iter().filter_map(|certificate| Certificate::from_der(certificate).ok());
        self.0.clone().into_iter().chain(built_in)
    }
}
