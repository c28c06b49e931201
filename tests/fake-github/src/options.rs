//! What a test can choose about GitHub, above all where GitHub's behaviour is not documented.

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
    /// The path below which the API is served, such as `/api/v3`; empty for none.
    pub base_path: String,
    /// How configurations are named.
    pub naming: Naming,
    /// What happens to a second configuration with the same `registry_type` and `url`.
    pub same_url: SameUrl,
    /// Whether `hex_organization` and `hex_repository` are refused, as they were by the live API in May 2026.
    pub hex_refused: bool,
    /// Whether `selected_repository_ids` is refused in a body that does not itself set `"visibility": "selected"`.
    pub ids_need_visibility: bool,
    /// Whether GET returns only the guaranteed fields and `url`, as on older servers.
    pub minimal_answers: bool,
    /// The most entries on one page of the list, whatever `per_page` asks for.
    pub largest_page: usize,
    /// Whether only the API version `2022-11-28` is accepted, as on GitHub Enterprise Server.
    pub ghes: bool,
    /// Whether the id of the public key is a number instead of a string, as one server was seen to return it:
    /// <https://github.com/google/go-github/issues/1835>
    pub numeric_key_id: bool,
    /// What happens when an App asks for a token that has only the permission for private registries.
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

/// How the server names configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `NPM_REGISTRY_SECRET`, then `NPM_REGISTRY_SECRET_2` and so on.
    Documented,
    /// `npm registry/é #1`: a name that has to be percent-encoded in a path.
    Opaque,
}

/// Whether two configurations may share a `registry_type` and a `url`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameUrl {
    /// Both are kept.
    Accept,
    /// The second is refused with a 422.
    Refuse,
}

/// What happens when an App asks for a token that has only the permission for private registries, which GitHub's
/// description of the request does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionRequest {
    /// The token has the permissions that were asked for.
    Accepted,
    /// A 422 says that there is no such permission.
    Refused,
    /// A 422 says that the permission is not granted, as for every name that GitHub does not know.
    Unknown,
    /// The token has all permissions of the installation.
    Ignored,
    /// The token has the other permissions that were asked for.
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
