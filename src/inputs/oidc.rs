//! The fields of the OIDC auth types, which need no stored secret.

use std::collections::BTreeMap;

use super::Operation;
use super::declaration::{Given, group};
use super::validator::Validator;
use crate::registry::OidcField;

group! {
    "OIDC fields of a registry", used_by: Operation::describes_a_registry;
    struct OidcInputs {
        /// The Azure tenant, for `oidc_azure`.
        tenant_id: String,
        /// The Azure application, for `oidc_azure`.
        client_id: String,
        /// The AWS region, for `oidc_aws`.
        aws_region: String,
        /// The AWS account, for `oidc_aws`.
        account_id: String,
        /// The AWS role to assume, for `oidc_aws`.
        role_name: String,
        /// The CodeArtifact domain, for `oidc_aws`.
        domain: String,
        /// The AWS account that owns the CodeArtifact domain, for `oidc_aws`.
        domain_owner: String,
        /// The name of the OIDC integration in JFrog, for `oidc_jfrog`.
        jfrog_oidc_provider_name: String,
        /// The audience of the OIDC token, for `oidc_aws`, `oidc_jfrog`, `oidc_cloudsmith` and `oidc_gcp`.
        audience: String,
        /// The name of the identity mapping in JFrog, for `oidc_jfrog`.
        identity_mapping_name: String,
        /// The Cloudsmith namespace, for `oidc_cloudsmith`.
        namespace: String,
        /// The Cloudsmith service account, for `oidc_cloudsmith`.
        service_slug: String,
        /// The host of Cloudsmith's API, for `oidc_cloudsmith`.
        api_host: String,
        /// The full name of the Google Cloud workload identity provider, for `oidc_gcp`.
        workload_identity_provider: String,
        /// The Google Cloud service account to impersonate, for `oidc_gcp`.
        service_account: String,
    }
}

impl OidcInputs {
    pub(super) fn read(&self, validator: &mut Validator) -> BTreeMap<OidcField, String> {
        let mut fields = BTreeMap::new();
        for field in OidcField::ALL {
            let given = self.field(*field);
            if let Some(value) = given.value {
                validator.on_one_line(&given);
                fields.insert(*field, value.clone());
            }
        }
        fields
    }

    fn field(&self, field: OidcField) -> Given<'_> {
        match field {
            OidcField::TenantId => self.tenant_id(),
            OidcField::ClientId => self.client_id(),
            OidcField::AwsRegion => self.aws_region(),
            OidcField::AccountId => self.account_id(),
            OidcField::RoleName => self.role_name(),
            OidcField::Domain => self.domain(),
            OidcField::DomainOwner => self.domain_owner(),
            OidcField::JfrogOidcProviderName => self.jfrog_oidc_provider_name(),
            OidcField::Audience => self.audience(),
            OidcField::IdentityMappingName => self.identity_mapping_name(),
            OidcField::Namespace => self.namespace(),
            OidcField::ServiceSlug => self.service_slug(),
            OidcField::ApiHost => self.api_host(),
            OidcField::WorkloadIdentityProvider => self.workload_identity_provider(),
            OidcField::ServiceAccount => self.service_account(),
        }
    }
}
