//! Reads `expires` of an entry: the last day on which its credential works.

use super::entry::Reader;
use crate::desired::expiry::Day;
use crate::registry::AuthType;

const KEY: &str = "expires";

impl Reader<'_, '_> {
    pub(super) fn expires(&mut self, auth_type: Option<AuthType>) -> Option<Day> {
        let (key, node) = self.fields.get(KEY)?;
        if let Some(auth_type) = auth_type.filter(|auth_type| auth_type.is_oidc()) {
            let message = format!(
                "`{KEY}` is the last day of a stored credential, but auth type {auth_type} stores none: leave it out"
            );
            self.checked.problem(&key.span, message);
            return None;
        }
        let text = self.text(KEY)?;
        Day::parse(&text).map_err(|message| self.checked.problem(&node.span, format!("`{KEY}` {message}"))).ok()
    }
}
