//! Infers the auth type, and checks that all fields it requires are given and no others.

use super::Complaint;
use crate::registry::{AuthType, OidcField};

/// The credential fields that a person has given, without their values.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The auth type, if it was given explicitly.
    pub auth_type: Option<AuthType>,
    /// Whether a username was given.
    pub username: bool,
    /// Whether a secret was given: in plain text, as a reference, or sealed.
    pub secret: bool,
    /// The OIDC fields that were given.
    pub oidc: Vec<OidcField>,
}

impl Credentials {
    /// Returns the explicit auth type, or the only one that the given fields allow.
    ///
    /// # Errors
    /// If the OIDC fields fit no auth type, or more than one.
    pub fn infer(&self) -> Result<AuthType, Complaint> {
        if let Some(auth_type) = self.auth_type {
            return Ok(auth_type);
        }
        let Some(first) = self.oidc.first() else {
            // The API would ignore the username and choose `token`, which code scanning then misreads.
            return Ok(if self.username && self.secret { AuthType::UsernamePassword } else { AuthType::Token });
        };
        let takes_all = |auth: &AuthType| auth.is_oidc() && self.oidc.iter().all(|field| auth.takes(*field));
        let candidates: Vec<_> = AuthType::ALL.iter().copied().filter(takes_all).collect();
        let complete: Vec<_> = candidates
            .iter()
            .copied()
            .filter(|auth| auth.required().iter().all(|field| self.oidc.contains(field)))
            .collect();
        match (candidates.as_slice(), complete.as_slice()) {
            ([only], _) | (_, [only]) => Ok(*only),
            ([], _) => Err(Complaint::new(first.as_str(), self.conflict())),
            (several, _) => Err(Complaint::new(
                "auth_type",
                format!("can't be inferred from {} alone: set it to one of {}", list(&self.oidc), list(several)),
            )),
        }
    }

    /// Returns a complaint for each given field that this auth type does not accept and, if the configuration must be
    /// `complete` (a creation), for each missing one that it requires.
    pub fn complaints(&self, auth_type: AuthType, complete: bool) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for field in &self.oidc {
            if !auth_type.takes(*field) {
                complaints.push(Complaint::new(
                    field.as_str(),
                    format!("is not a field of auth type {auth_type}{}", owners(*field)),
                ));
            }
        }
        if auth_type.is_oidc() {
            if self.secret {
                let message = format!("must be left out: auth type {auth_type} stores no secret");
                complaints.push(Complaint::new("secret", message));
            }
            if self.username {
                let message = format!("must be left out: auth type {auth_type} has no username");
                complaints.push(Complaint::new("username", message));
            }
        }
        if complete {
            for field in auth_type.required() {
                if !self.oidc.contains(field) {
                    complaints.push(Complaint::new(field.as_str(), format!("is required by auth type {auth_type}")));
                }
            }
            if !auth_type.is_oidc() && !self.secret {
                complaints.push(Complaint::new("secret", format!("is required by auth type {auth_type}")));
            }
            if auth_type == AuthType::UsernamePassword && !self.username {
                complaints.push(Complaint::new("username", format!("is required by auth type {auth_type}")));
            }
        }
        complaints
    }

    fn conflict(&self) -> String {
        let belongings: Vec<_> = self.oidc.iter().map(|field| format!("{}{}", field.kebab(), owners(*field))).collect();
        format!(
            "is given together with fields of another auth type: give the fields of one auth type only. {}",
            belongings.join("; ")
        )
    }
}

/// Names the auth types that accept a field, for the end of a sentence.
fn owners(field: OidcField) -> String {
    let owners: Vec<_> = AuthType::ALL.iter().copied().filter(|auth| auth.takes(field)).collect();
    format!(" (it belongs to {})", list(&owners))
}

fn list(words: &[impl ToString]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oidc(fields: &[OidcField]) -> Credentials {
        Credentials { auth_type: None, username: false, secret: false, oidc: fields.to_vec() }
    }

    #[test]
    fn the_required_fields_of_every_oidc_type_mean_that_type() {
        for auth in AuthType::ALL.iter().filter(|auth| auth.is_oidc()) {
            assert_eq!(oidc(auth.required()).infer(), Ok(*auth));
            assert!(oidc(auth.required()).complaints(*auth, true).is_empty());
        }
    }

    #[test]
    fn a_username_beside_a_secret_is_a_password() {
        let given = |username, secret| Credentials { auth_type: None, username, secret, oidc: Vec::new() };
        assert_eq!(given(true, true).infer(), Ok(AuthType::UsernamePassword));
        assert_eq!(given(false, true).infer(), Ok(AuthType::Token));
        assert_eq!(given(true, false).infer(), Ok(AuthType::Token));
    }

    #[test]
    fn an_audience_alone_is_ambiguous_and_mixed_fields_conflict() {
        assert_eq!(oidc(&[OidcField::Audience]).infer().unwrap_err().field, "auth_type");
        let mixed = oidc(&[OidcField::TenantId, OidcField::AwsRegion]).infer().unwrap_err();
        assert!(mixed.message.contains("tenant-id (it belongs to oidc_azure)"), "{}", mixed.message);
    }

    #[test]
    fn an_oidc_type_refuses_a_secret_and_a_username() {
        let mut given = oidc(AuthType::OidcAzure.required());
        (given.secret, given.username) = (true, true);
        let fields: Vec<_> = given.complaints(AuthType::OidcAzure, true).into_iter().map(|c| c.field).collect();
        assert_eq!(fields, ["secret", "username"]);
    }
}
