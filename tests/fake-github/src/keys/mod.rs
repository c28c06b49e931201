//! Private keys for tests. They were made for this purpose and protect nothing.

/// The key of the fake's App in the format that GitHub issues: RSA with 2048 bits, in PKCS#1.
pub const APP: &str = include_str!("app.pem");
/// The same key in PKCS#8.
pub const APP_PKCS8: &str = include_str!("app-pkcs8.pem");
/// Another App's key.
pub const OTHER: &str = include_str!("other.pem");
/// The App's key in PKCS#8, encrypted with a passphrase.
pub const ENCRYPTED: &str = include_str!("encrypted.pem");
/// The App's key in PKCS#1, encrypted with a passphrase.
pub const ENCRYPTED_TRADITIONAL: &str = include_str!("encrypted-traditional.pem");
/// The public half of the App's key.
pub const PUBLIC: &str = include_str!("public.pem");
/// A certificate for the App's key.
pub const CERTIFICATE: &str = include_str!("certificate.pem");
/// A key on an elliptic curve, in PKCS#8.
pub const ELLIPTIC: &str = include_str!("ec.pem");
/// An RSA key with 1024 bits.
pub const SHORT: &str = include_str!("short.pem");
