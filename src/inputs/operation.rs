//! The operations.

/// Everything this program can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Every configuration.
    List,
    /// One configuration.
    Get,
    /// The key to seal with.
    PublicKey,
    /// A new configuration.
    Create,
    /// Just the given fields of one.
    Update,
    /// Create, or update what matches.
    Upsert,
    /// Delete one.
    Delete,
    /// Read the manifest.
    Validate,
    /// Compare the manifest with GitHub.
    Plan,
    /// Carry the plan out.
    Apply,
    /// Write the configurations as a manifest.
    Export,
    /// Where the App is installed.
    Organizations,
    /// Try the manifest's credentials at their registries.
    Check,
}

impl Operation {
    /// Every operation, in the order of the documentation.
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

    /// As the input spells it.
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

    /// What it does, as a command without its full stop.
    pub const fn about(self) -> &'static str {
        match self {
            Self::List => "Show every configuration",
            Self::Get => "Show one configuration",
            Self::PublicKey => "Show the key that secrets are sealed with",
            Self::Create => "Create one configuration",
            Self::Update => "Change the given fields of one configuration, such as its secret",
            Self::Upsert => "Create one configuration, or update the one that matches",
            Self::Delete => "Delete one configuration",
            Self::Validate => "Check the manifest, without a token and without the network",
            Self::Plan => "Compare the manifest with GitHub and show what would change",
            Self::Apply => "Make GitHub what the manifest says",
            Self::Export => "Write the configurations as a manifest",
            Self::Organizations => "Show where the GitHub App is installed, and whether it can work there",
            Self::Check => "Try the manifest's secrets at their registries, without asking GitHub",
        }
    }

    /// Reads the input's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }

    /// Whether it may send something other than a GET.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert | Self::Delete | Self::Apply)
    }

    /// Whether it takes several organizations.
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

    /// Whether it asks GitHub anything.
    pub fn needs_github(self) -> bool {
        !matches!(self, Self::Validate | Self::Check)
    }

    /// Whether the inputs describe a registry, field by field.
    pub fn describes_a_registry(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert)
    }

    /// Whether it concerns one configuration.
    pub fn concerns_one(self) -> bool {
        self.describes_a_registry() || matches!(self, Self::Get | Self::Delete)
    }

    /// Whether the configuration that it concerns may be addressed by its name.
    pub fn addresses_one(self) -> bool {
        self.concerns_one() && self != Self::Create
    }

    /// Whether it starts from the manifest.
    pub fn reads_manifest(self) -> bool {
        matches!(self, Self::Validate | Self::Check) || self.follows_manifest()
    }

    /// Whether it stores secrets.
    pub fn stores_secrets(self) -> bool {
        self.describes_a_registry() || self == Self::Apply
    }

    /// Whether it opens a connection to anybody.
    pub fn connects(self) -> bool {
        self != Self::Validate
    }

    /// Whether the rules look at what it is about.
    pub fn judges(self) -> bool {
        self.reads_manifest() || self.describes_a_registry() || self == Self::List
    }

    /// Whether it compares the manifest with GitHub.
    pub fn follows_manifest(self) -> bool {
        matches!(self, Self::Plan | Self::Apply)
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
