//! What a test may decide about GitHub, foremost where nobody outside GitHub knows.

/// The behaviours that differ between servers or that GitHub does not document.
///
/// ```
/// use fake_github::{FakeGitHub, Options};
///
/// let enterprise = Options { base_path: "/api/v3".into(), ghes: true, ..Options::default() };
/// assert!(FakeGitHub::with(enterprise).url().ends_with("/api/v3"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own, and a test names the one it sets"
)]
pub struct Options {
    /// Serve below this path, such as `/api/v3`; empty for none.
    pub base_path: String,
    /// How names are picked.
    pub naming: Naming,
    /// What becomes of a second configuration with the same `registry_type` and `url`.
    pub same_url: SameUrl,
    /// Refuse `hex_organization` and `hex_repository`, as the live API did in May 2026.
    pub hex_refused: bool,
    /// Refuse `selected_repository_ids` in a body that does not say `"visibility": "selected"` itself.
    pub ids_need_visibility: bool,
    /// Answer GET with the guaranteed fields and `url` only, as older servers do.
    pub minimal_answers: bool,
    /// The most that a page of the list holds, whatever `per_page` asks for.
    pub largest_page: usize,
    /// Take the API version `2022-11-28` only, as GitHub Enterprise Server does.
    pub ghes: bool,
    /// Answer the id of the public key as a number and not as a text, as a server did:
    /// <https://github.com/google/go-github/issues/1835>
    pub numeric_key_id: bool,
    /// What becomes of an App's request for a token with only the permission for private registries.
    pub permission_request: PermissionRequest,
    /// When configurations say that they were created.
    pub stamps: Stamps,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_path: String::new(),
            naming: Naming::Documented,
            same_url: SameUrl::Accept,
            hex_refused: false,
            ids_need_visibility: true,
            minimal_answers: false,
            largest_page: 100,
            ghes: false,
            numeric_key_id: false,
            permission_request: PermissionRequest::Accepted,
            stamps: Stamps::True,
        }
    }
}

/// How the server names a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `NPM_REGISTRY_SECRET`, then `NPM_REGISTRY_SECRET_2` and so on.
    Documented,
    /// `npm registry/é #1`: a name that only survives in a path when it is percent-encoded.
    Opaque,
}

/// Whether two configurations may share a `registry_type` and a `url`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameUrl {
    /// Both live side by side.
    Accept,
    /// The second is answered with a 422.
    Refuse,
}

/// What becomes of an App's request for a token with only the permission for private registries, which GitHub's
/// description of the request does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionRequest {
    /// The token has what was asked for.
    Accepted,
    /// It is a 422 that says that there is no such permission.
    Refused,
    /// It is a 422 that says that the permission is not granted, as for every name that GitHub does not know.
    Unknown,
    /// The token has all that the installation has.
    Ignored,
    /// The token has what else was asked for.
    LeftOut,
}

/// What `created_at` of a new configuration says. A server may well tell another time there than in its `date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamps {
    /// The moment when it was created.
    True,
    /// The same moment for every configuration, years ago.
    Constant,
    /// That moment by a clock that is so many seconds ahead; behind, if negative.
    Ahead(i64),
}
