//! Secrets: where one comes from, what makes it unfit, what must be masked for it, and the sealing.
//!
//! A value is held in `SecretString` from the moment it is read. While a run lasts, the [`Vault`] has it, and the only way
//! out is [`PublicKey::seal`]: plans and reports say only where a secret comes from.

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
pub use fit::{Fit, fit, unresolved};
pub use lifetime::Lifetime;
pub use masks::{in_url, masks, of_user_information};
pub use own::OwnCredentials;
pub use reference::Reference;
pub use seal::{PublicKey, SealedSecret, is_sealed_box, unwrapped};
pub use template::Template;
pub use vault::{Opened, Remark, Vault, What};

/// Where the secret of a configuration comes from. It holds no secret.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The `secret` input.
    Given,
    /// What a manifest refers to in this step's environment.
    Reference(Reference),
    /// Sealed elsewhere.
    Sealed(SealedSecret),
}
