//! Replacing a configuration. The old one is deleted only after the new one has been created, unless GitHub does not
//! accept both or the user chose `replace: delete-first`.

use http::StatusCode;
use serde_json::Value;

use super::Trouble;
use super::write::{Secret, WriteError, Writer};
use crate::desired::Desired;
use crate::github::{ApiError, Kind, OnStop, Refusal};
use crate::plan::{ReplaceOrder, Replacement};
use crate::registry::LiveRegistry;
use crate::secrets::SecretSource;

/// What to do when the old configuration and its replacement both exist.
const ONE_OF_THE_TWO: &str = "while both exist, `apply` can't tell which one is meant: check with `operation: list`, \
                              delete one of them, then run again";

impl Writer<'_> {
    /// Creates the new configuration, then deletes the old one; or the other way round if `replace: delete-first` is
    /// set or GitHub refuses to have both.
    pub(super) async fn replace(
        &mut self,
        replacement: &Replacement,
        secret: Option<Secret<'_>>,
    ) -> Result<LiveRegistry, WriteError> {
        let Replacement { desired, old, order } = replacement;
        if *order == ReplaceOrder::DeleteFirst {
            return self.delete_and_create(replacement, secret, "as `replace: delete-first` requests").await;
        }
        let created = match self.create(desired, secret.clone(), OnStop::GiveUp).await {
            Ok(created) if created.name == old.name => {
                let how = "it has the name of the old one".to_owned();
                return Err(left_in_place(WriteError::Otherwise { created: Box::new(created), how }, &old.name));
            }
            Ok(created) => created,
            Err(WriteError::Api(error)) if refusal(&error).is_some_and(|refusal| refusal.says_taken) => {
                return self.replace_in_place(replacement, secret, *error).await;
            }
            Err(broken) => return Err(left_in_place(broken, &old.name)),
        };
        match self.organization.delete(&old.name, OnStop::Finish).await {
            Ok(_) => {
                self.organization.free_name(&old.name);
                Ok(created)
            }
            Err(error) => Err(WriteError::Told {
                trouble: Trouble::new(format!(
                    "{} was created, but the old {} could not be deleted: delete it by hand",
                    created.name, old.name
                ))
                .and(error.to_string()),
                created: Some(Box::new(created)),
                changed: true,
            }),
        }
    }

    /// Continues after GitHub refused a second configuration. Deletes the old one first if no other configuration can
    /// be the reason for the refusal.
    async fn replace_in_place(
        &mut self,
        replacement: &Replacement,
        secret: Option<Secret<'_>>,
        refusal: ApiError,
    ) -> Result<LiveRegistry, WriteError> {
        let Replacement { desired, old, .. } = replacement;
        let listing = self.organization.list(OnStop::GiveUp).await?;
        let listing = self.organization.list_again(listing, OnStop::GiveUp).await?;
        let other = listing.registries.iter().find(|live| live.name != old.name && desired.may_be(live));
        let why = match other {
            Some(other) => format!("{} may be the reason for the refusal", other.name),
            None if !listing.is_complete() => "GitHub's list was incomplete: run again".to_owned(),
            None => {
                let why = "because GitHub refused a second configuration";
                return self.delete_and_create(replacement, secret, why).await;
            }
        };
        let trouble = Trouble::of(&refusal).and(format!("the old {} was left in place: {why}", old.name));
        Err(WriteError::Told { trouble, created: None, changed: refusal.may_have_changed_something() })
    }

    /// Deletes the old configuration, then creates the new one, whose secret is sealed before the deletion.
    async fn delete_and_create(
        &mut self,
        replacement: &Replacement,
        secret: Option<Secret<'_>>,
        why: &str,
    ) -> Result<LiveRegistry, WriteError> {
        let Replacement { desired, old, .. } = replacement;
        let secret = match secret {
            Some(secret) => {
                let value = secret.value;
                Some(Secret { value, sealed: Some(self.seal(secret, OnStop::GiveUp).await?) })
            }
            None => None,
        };
        self.organization.delete(&old.name, OnStop::GiveUp).await.map_err(|error| {
            if !error.may_have_changed_something() {
                return error.into();
            }
            let trouble = Trouble::new(format!(
                "{} may have been deleted, {why}, and its replacement was not created: run `apply` again",
                old.name
            ));
            WriteError::Told {
                trouble: trouble.and(error.to_string()).and(lost(replacement)),
                created: None,
                changed: true,
            }
        })?;
        self.organization.free_name(&old.name);
        let created = match self.create(desired, secret.clone(), OnStop::Finish).await {
            // Perhaps the deletion has not reached all of GitHub yet.
            Err(WriteError::Api(error)) if refusal(&error).is_some_and(Refusal::is_decision) => {
                self.organization.pause_after_refusal(&error, OnStop::Finish).await;
                self.create(desired, secret, OnStop::Finish).await
            }
            created => created,
        };
        created.map_err(|broken| not_created(broken, replacement, why))
    }
}

const fn refusal(error: &ApiError) -> Option<&Refusal> {
    match &error.kind {
        Kind::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

/// Adds to an error that the new configuration was not created and the old one was left in place.
fn left_in_place(broken: WriteError, old: &str) -> WriteError {
    match broken {
        WriteError::Api(error) if error.may_have_changed_something() => WriteError::Told {
            trouble: Trouble::new(format!(
                "its replacement may have been created, but the old {old} was left in place"
            ))
            .and(error.to_string())
            .and(ONE_OF_THE_TWO),
            created: None,
            changed: true,
        },
        WriteError::Api(error) if may_be_about_the_old(&error) => WriteError::Told {
            trouble: Trouble::of(&error).and(format!(
                "the old {old} was left in place. If GitHub refuses the new one only because {old} is still there, set \
                 `replace: delete-first`"
            )),
            created: None,
            changed: false,
        },
        WriteError::Api(error) => WriteError::Api(error),
        WriteError::Otherwise { created, how } => WriteError::Told {
            trouble: Trouble::new(format!(
                "GitHub created {}, but not as requested, so the old {old} was left in place",
                created.name
            ))
            .and(how)
            .and(ONE_OF_THE_TWO),
            created: Some(created),
            changed: true,
        },
        WriteError::Told { trouble, created, changed } => {
            let trouble = trouble.and(format!("the old {old} was left in place")).and(ONE_OF_THE_TWO);
            WriteError::Told { trouble, created, changed }
        }
    }
}

/// Returns whether GitHub refused the values. The reason may be the old configuration, because its messages are not
/// documented.
fn may_be_about_the_old(error: &ApiError) -> bool {
    error.status().is_some_and(|status| [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&status))
}

/// Adds to an error that the old configuration is gone, and what it was.
fn not_created(broken: WriteError, replacement: &Replacement, why: &str) -> WriteError {
    let old = &replacement.old.name;
    // The next run would refuse a pinned name that does not exist.
    let first = replacement.desired.name.as_ref().map_or("", |_| "remove `name` from its entry, then ");
    let (trouble, created) = match broken {
        WriteError::Api(error) => (
            Trouble::new(format!(
                "{old} was deleted, {why}, but its replacement could not be created: {first}run `apply` again"
            ))
            .and(error.to_string()),
            None,
        ),
        WriteError::Otherwise { created, how } => (
            Trouble::new(format!(
                "GitHub created {}, but not as requested, after {old} had been deleted, {why}",
                created.name
            ))
            .and(how),
            Some(created),
        ),
        WriteError::Told { trouble, created, changed: _ } => {
            (trouble.and(format!("{old} had already been deleted, {why}")), created)
        }
    };
    WriteError::Told { trouble: trouble.and(lost(replacement)), created, changed: true }
}

/// Returns everything that is known about the old configuration, so that it can be recreated by hand.
fn lost(Replacement { desired, old, order: _ }: &Replacement) -> String {
    let mut lines = vec![format!("the settings of {} were:", old.name)];
    let fields = old.raw.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    lines.extend(fields.map(|(field, value)| match value {
        Value::String(text) => format!("- {field}: {text}"),
        other => format!("- {field}: {other}"),
    }));
    lines.push(format!("- secret: {}", secret_of(desired)));
    if old.visibility == "selected" {
        lines.push("- selected_repository_ids: GitHub never returns them".to_owned());
    }
    lines.join("\n")
}

/// Returns where to take the secret from, if that is known.
fn secret_of(desired: &Desired) -> String {
    let again = match &desired.settings.secret {
        Some(SecretSource::Reference(reference)) => format!(": set {} again", reference.template),
        Some(SecretSource::Sealed(_)) => ": set `encrypted-value` and `key-id` again".to_owned(),
        Some(SecretSource::Given) => ": set `secret` again".to_owned(),
        None => String::new(),
    };
    format!("GitHub never returns it{again}")
}
