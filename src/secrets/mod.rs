//! Secrets: their sources, checks, masks, and sealing.
//!
//! A value is kept in a `SecretString` from the moment it is read. During a run it stays in the [`Vault`], and leaves
//! it only through [`PublicKey::seal`]. Plans and reports contain only the source of a secret.

mod facts;
mod fit;
mod lifetime;
mod masks;
mod own;
mod reference;
mod seal;
mod template;
mod vault;

pub use facts::SecretFacts;
pub use fit::{Fit, fit, unexpanded};
pub use lifetime::Lifetime;
pub use masks::{in_url, masks, of_user_information};
pub use own::OwnCredentials;
pub use reference::Reference;
pub use seal::{PublicKey, SealedSecret, is_sealed_box, unwrapped};
pub use template::Template;
pub use vault::{Opened, Remark, Vault, What};

/// The source of a configuration's secret. It contains no secret.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The `secret` input.
    Given,
    /// A manifest's reference to this step's environment.
    Reference(Reference),
    /// A secret that was sealed elsewhere.
    Sealed(SealedSecret),
}
