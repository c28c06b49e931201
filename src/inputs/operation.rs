//! The operations.

/// An operation that a run can carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Shows every configuration.
    List,
    /// Shows one configuration.
    Get,
    /// Shows the public key for sealing secrets.
    PublicKey,
    /// Creates a configuration.
    Create,
    /// Changes the given fields of a configuration.
    Update,
    /// Creates a configuration, or updates the matching one.
    Upsert,
    /// Deletes a configuration.
    Delete,
    /// Checks the manifest.
    Validate,
    /// Compares the manifest with GitHub.
    Plan,
    /// Carries the plan out.
    Apply,
    /// Writes the configurations as a manifest.
    Export,
    /// Lists where the App is installed.
    Organizations,
    /// Tests the manifest's credentials at their registries.
    Check,
}

impl Operation {
    /// All operations, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::List,
        Self::Get,
        Self::PublicKey,
        Self::Create,
        Self::Update,
        Self::Upsert,
        Self::Delete,
        Self::Validate,
        Self::Plan,
        Self::Apply,
        Self::Export,
        Self::Organizations,
        Self::Check,
    ];

    /// Returns its spelling in the input.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::PublicKey => "public-key",
            Self::Create => "create",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::Validate => "validate",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Export => "export",
            Self::Organizations => "organizations",
            Self::Check => "check",
        }
    }

    /// Returns what it does, in the imperative and without a full stop.
    pub const fn about(self) -> &'static str {
        match self {
            Self::List => "Show every configuration",
            Self::Get => "Show one configuration",
            Self::PublicKey => "Show the key that secrets are sealed with",
            Self::Create => "Create one configuration",
            Self::Update => "Change the given fields of one configuration, such as its secret",
            Self::Upsert => "Create one configuration, or update the one that matches",
            Self::Delete => "Delete one configuration",
            Self::Validate => "Check the manifest, without a token or the network",
            Self::Plan => "Compare the manifest with GitHub and show what would change",
            Self::Apply => "Change GitHub to match the manifest",
            Self::Export => "Write the configurations as a manifest",
            Self::Organizations => "Show where the GitHub App is installed, and whether it can work there",
            Self::Check => "Test the manifest's secrets at their registries, without contacting GitHub",
        }
    }

    /// Parses the input's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }

    /// Returns whether it may send requests other than GET.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert | Self::Delete | Self::Apply)
    }

    /// Returns whether it accepts several organizations.
    pub fn takes_several(self) -> bool {
        match self {
            Self::List
            | Self::Upsert
            | Self::Validate
            | Self::Plan
            | Self::Apply
            | Self::Export
            | Self::Organizations
            | Self::Check => true,
            Self::Get | Self::PublicKey | Self::Create | Self::Update | Self::Delete => false,
        }
    }

    /// Returns whether it sends requests to GitHub.
    pub fn needs_github(self) -> bool {
        !matches!(self, Self::Validate | Self::Check)
    }

    /// Returns whether the inputs describe a registry field by field.
    pub fn describes_a_registry(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert)
    }

    /// Returns whether it is about one configuration.
    pub fn concerns_one(self) -> bool {
        self.describes_a_registry() || matches!(self, Self::Get | Self::Delete)
    }

    /// Returns whether its configuration may be identified by name.
    pub fn addresses_one(self) -> bool {
        self.concerns_one() && self != Self::Create
    }

    /// Returns whether it reads the manifest.
    pub fn reads_manifest(self) -> bool {
        matches!(self, Self::Validate | Self::Check) || self.follows_manifest()
    }

    /// Returns whether it may store secrets.
    pub fn stores_secrets(self) -> bool {
        self.describes_a_registry() || self == Self::Apply
    }

    /// Returns whether it opens any network connection.
    pub fn connects(self) -> bool {
        self != Self::Validate
    }

    /// Returns whether the rules apply to it.
    pub fn judges(self) -> bool {
        self.reads_manifest() || self.describes_a_registry() || self == Self::List
    }

    /// Returns whether it compares the manifest with GitHub.
    pub fn follows_manifest(self) -> bool {
        matches!(self, Self::Plan | Self::Apply)
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
