//! Terraform's discovery document, which contains the url of the module registry.
//!
//! <https://developer.hashicorp.com/terraform/internals/remote-service-discovery> and
//! <https://developer.hashicorp.com/terraform/internals/module-registry-protocol>

use serde::Deserialize;
use url::Url;

use super::place;
use super::questions::below;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "modules.v1")]
    modules: Option<String>,
}

/// Returns the url for the versions of a made-up module, according to the document at `discovery`.
///
/// # Errors
/// The reason why it is not requested, for a verdict.
pub(super) fn versions(document: &[u8], discovery: &Url, entry: &Url) -> Result<Url, String> {
    let document = serde_json::from_slice(document).ok();
    let Some(Document { modules: Some(modules) }) = document else {
        return Err("the host's discovery document names no module registry (`modules.v1`)".to_owned());
    };
    let base = discovery.join(&modules).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    let base = base.ok_or("the host's discovery document has no usable url")?;
    if place::origin(&base) != place::origin(discovery) {
        return Err("the host's discovery document names another host, to which no secret is sent".to_owned());
    }
    let versions = below(&base, &format!("private-registries/{}/none/versions", super::questions::MADE_UP));
    // Dependabot's proxy sends the credential only below the entry's url.
    let entry_path = entry.path().trim_end_matches('/');
    let is_below = versions.path().strip_prefix(entry_path).is_some_and(|rest| rest.starts_with('/'));
    if !is_below {
        return Err(format!(
            "Dependabot's proxy sends the credential only below the entry's path, but the modules are at {}",
            base.path()
        ));
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_asked_for_at_the_entry_s_own_host_and_below_its_path() {
        let discovery = Url::parse("https://tf.acme.dev:8443/.well-known/terraform.json").unwrap();
        let versions = |modules: &str, entry: &str| {
            let document = format!("{{\"modules.v1\": {modules}, \"providers.v1\": \"/p/\"}}");
            versions(document.as_bytes(), &discovery, &Url::parse(entry).unwrap())
        };
        let entry = "https://tf.acme.dev:8443";
        for modules in ["\"/v1/modules/\"", "\"../v1/modules\"", "\"https://tf.acme.dev:8443/v1/modules/\""] {
            let asked = versions(modules, entry).unwrap();
            let path = "private-registries/private-registries-credential-check/none/versions";
            assert_eq!(asked.as_str(), format!("https://tf.acme.dev:8443/v1/modules/{path}"));
        }
        for modules in
            ["\"https://evil.dev/v1/\"", "\"//evil.dev/\"", "\"http://tf.acme.dev:8443/\"", "\"https://tf.acme.dev/\""]
        {
            assert!(versions(modules, entry).unwrap_err().contains("another host"), "{modules}");
        }
        assert!(versions("\"https://me:hunter2@tf.acme.dev:8443/v1\"", entry).unwrap_err().contains("no usable url"));
        assert!(versions("\"/v1/modules/\"", "https://tf.acme.dev:8443/v1").is_ok());
        assert!(versions("\"/v1/modules/\"", "https://tf.acme.dev:8443/v").is_err());
        for modules in ["null", "7", "{}"] {
            assert!(versions(modules, entry).unwrap_err().contains("names no module registry"), "{modules}");
        }
    }
}
