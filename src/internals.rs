//! The one door for tests, fuzz targets and examples: what they use of the library besides [`run`](crate::run). Everything
//! else is private, so the compiler finds what nobody uses any more. Nothing in here is stable.

#![allow(missing_docs, reason = "each module only names what is documented where it is defined")]

pub mod actions {
    pub use crate::actions::entries;
}

pub mod command {
    pub use crate::command::{example, help, version};
}

pub mod desired {
    pub use crate::desired::{Desired, Repository, Settings};

    pub mod expiry {
        pub use crate::desired::expiry::Horizon;
    }
}

pub mod diagnostics {
    pub use crate::diagnostics::Diagnostic;
}

pub mod github {
    pub use crate::github::{ApiError, Asker, Body, Kind, Refusal};
}

pub mod http {
    pub use crate::http::{Proxies, Roots};
}

pub mod inputs {
    pub use crate::inputs::{Flags, GROUPS, Input, Kind, Operation, RawInputs, action_yml, all, markdown};
}

pub mod manifest {
    pub use crate::manifest::{Context, LARGEST, Manifest, ManifestError, export, json_schema, read};
}

pub mod plan {
    pub use crate::plan::{
        Action, Change, Plan, PlanError, Policy, ReplaceOrder, Resend, Step, check_deletions, from_manifest,
    };
}

pub mod probe {
    pub use crate::probe::{Candidate, Check, Probe, RegistryClient, Value, Verdict, markdown};
}

pub mod registry {
    pub use crate::registry::{AuthType, Listing, LiveRegistry, OidcField, RegistryType, Visibility};
}

pub mod report {
    pub use crate::report::{Place, Report, plan_text, summary, totals};

    pub mod outputs {
        pub use crate::report::outputs::{OUTPUTS, action_yml, markdown};
    }
}

pub mod rules {
    pub use crate::rules::{GitHub, Home, Judgement, Subject, judge, markdown};

    pub mod facts {
        pub use crate::rules::facts::{Reads, reader};
    }
}

pub mod secrets {
    pub use crate::secrets::SealedSecret;
}

pub mod shutdown {
    pub use crate::shutdown::Shutdown;
}

pub mod text {
    pub use crate::text::printable;
}
