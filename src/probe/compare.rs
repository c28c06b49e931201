//! Compares two answers: one to the request with the credential, one to the same request without it.

use super::{Check, Verdict};

/// The part of an answer that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A status.
    Status(u16),
    /// Status 200 with the name of the user.
    User(String),
    /// No answer, with the reason.
    Silence(String),
}

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// A final result.
    Settled(Check),
    /// Another request may give a better result; this one applies if there is no other request.
    Undecided(Because, Check),
}

/// The reason why another request may give a better result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// The answer is a redirect.
    Redirected,
    /// The requested resource does not exist, or does not support the request.
    NotThere,
}

impl Compared {
    /// Returns the result that applies if there is no other request.
    pub(super) fn check(self) -> Check {
        match self {
            Self::Settled(check) | Self::Undecided(_, check) => check,
        }
    }
}

/// Returns the result if the answer to the request without the credential already decides it. The secret then is not
/// sent.
pub(super) fn without(answer: &Answer) -> Option<Check> {
    trouble(answer).map(Check::unreachable)
}

/// Compares the answers to one request. `who` names the server that answered, such as "the registry".
pub(super) fn compare(who: &str, with: &Answer, without: &Answer) -> Compared {
    if let Some(trouble) = trouble(with) {
        return Compared::Settled(Check::unreachable(trouble));
    }
    let (open, status) = (status(without), status(with));
    match (status, open) {
        // 401 means that the credential in the request is refused (RFC 9110, 15.5.2), whatever the other answer is.
        (401, _) => Compared::Settled(Check::refused(format!(
            "{who} answers 401 to this credential{}",
            if open == 401 {
                ", as it does to a request without one".to_owned()
            } else {
                format!(", and {open} without it")
            }
        ))),
        // 403 may be about the network that the request comes from.
        (403, 403) => Compared::Settled(alike(who, 403)),
        (403, _) => {
            let why = format!("{who} answers 403 to this credential, and {open} without it");
            Compared::Settled(Check::refused(why))
        }
        _ if trouble(without).is_some() => {
            let trouble = trouble(without).unwrap_or_default();
            Compared::Settled(Check::unreachable(format!(
                "the request without the credential, for comparison, failed: {trouble}"
            )))
        }
        (300..=399, _) => {
            let why = format!("{who} redirects ({status}), and redirects are not followed with a secret");
            Compared::Undecided(Because::Redirected, Check::not_proven(why))
        }
        // Azure DevOps answers 203 with a sign-in page.
        (200..=202 | 204..=299, _) => Compared::Settled(success(who, with, without)),
        _ => match not_there(who, status, open) {
            check if check.verdict == Verdict::Accepted => Compared::Settled(check),
            check if matches!(status, 400 | 404 | 405) => Compared::Undecided(Because::NotThere, check),
            check => Compared::Settled(check),
        },
    }
}

/// Returns the result if the answer with the credential is neither a success nor a refusal.
fn not_there(who: &str, status: u16, open: u16) -> Check {
    match (status, open) {
        _ if status == open => alike(who, status),
        (404..=406 | 410, 401 | 403) => Check::accepted(format!(
            "{who} answers {open} without the credential and {status} with it: it accepts the credential, although \
             nothing was found there"
        )),
        _ => Check::not_proven(format!(
            "{who} answers {status} with the credential and {open} without it, which proves nothing"
        )),
    }
}

/// Returns the result if the answer with the credential is a success.
fn success(who: &str, with: &Answer, without: &Answer) -> Check {
    let (open, status) = (status(without), status(with));
    match (with, without) {
        (Answer::User(user), Answer::User(other)) if user == other => {
            Check::not_proven(format!("{who} names the same user with the credential and without it"))
        }
        (Answer::User(_), Answer::User(_)) => {
            Check::accepted(format!("{who} names a different user with the credential than without it"))
        }
        (Answer::User(_), _) => {
            Check::accepted(format!("{who} names a user with the credential, and answers {open} without it"))
        }
        _ if open == status || (200..=299).contains(&open) => alike(who, status),
        _ if (300..=399).contains(&open) => Check::not_proven(format!(
            "{who} answers {status} with the credential, and redirects ({open}) without it, which is not a refusal"
        )),
        _ => Check::accepted(format!("{who} answers {open} without the credential, and {status} with it")),
    }
}

fn alike(who: &str, status: u16) -> Check {
    match status {
        403 => Check::not_proven(format!(
            "{who} answers 403 with the credential and without it, perhaps because of where the request comes from"
        )),
        200..=299 => Check::not_proven(format!("{who} answers {status} to everybody")),
        _ => Check::not_proven(format!("{who} answers {status} both with the credential and without it")),
    }
}

fn status(answer: &Answer) -> u16 {
    match answer {
        Answer::Status(status) => *status,
        Answer::User(_) => 200,
        Answer::Silence(_) => 0,
    }
}

/// Describes an answer that is about the server or the connection, and not about the credential.
fn trouble(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Silence(why) => Some(why.clone()),
        Answer::Status(407) => Some("a proxy on the way asks for a password (407)".to_owned()),
        Answer::Status(429) => Some("the server answers 429: too many requests".to_owned()),
        Answer::Status(status @ 500..) => Some(format!("the server answers {status}")),
        Answer::Status(_) | Answer::User(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(with: u16, without: u16) -> Verdict {
        compare("the registry", &Answer::Status(with), &Answer::Status(without)).check().verdict
    }

    #[test]
    fn the_difference_decides() {
        for (with, without, expected) in [
            (200, 401, Verdict::Accepted),
            (200, 403, Verdict::Accepted),
            // GitHub and GitLab answer 404 to hide what a user may not see; JFrog answers 400 without a credential.
            (200, 404, Verdict::Accepted),
            (200, 400, Verdict::Accepted),
            (204, 401, Verdict::Accepted),
            (404, 401, Verdict::Accepted),
            (404, 403, Verdict::Accepted),
            (405, 401, Verdict::Accepted),
            (410, 401, Verdict::Accepted),
            (409, 401, Verdict::NotProven),
            (401, 401, Verdict::Refused),
            (401, 200, Verdict::Refused),
            (401, 404, Verdict::Refused),
            (401, 302, Verdict::Refused),
            (403, 401, Verdict::Refused),
            (403, 200, Verdict::Refused),
            (403, 404, Verdict::Refused),
            (403, 403, Verdict::NotProven),
            (200, 200, Verdict::NotProven),
            (200, 204, Verdict::NotProven),
            (404, 404, Verdict::NotProven),
            (404, 200, Verdict::NotProven),
            (400, 400, Verdict::NotProven),
            (400, 401, Verdict::NotProven),
            (203, 401, Verdict::NotProven),
            (302, 401, Verdict::NotProven),
            (302, 302, Verdict::NotProven),
            (200, 302, Verdict::NotProven),
            (429, 401, Verdict::Unreachable),
            (503, 401, Verdict::Unreachable),
            (407, 407, Verdict::Unreachable),
            (200, 503, Verdict::Unreachable),
            (200, 429, Verdict::Unreachable),
        ] {
            assert_eq!(verdict(with, without), expected, "{with} with it, {without} without");
        }
    }

    #[test]
    fn user_names_are_compared() {
        let user = |name: &str| Answer::User(name.to_owned());
        let verdict = |with: &Answer, without: &Answer| compare("the registry", with, without).check().verdict;
        assert_eq!(verdict(&user("me"), &Answer::Status(401)), Verdict::Accepted);
        // Nexus returns a user name even without a credential.
        assert_eq!(verdict(&user("me"), &user("anonymous")), Verdict::Accepted);
        assert_eq!(verdict(&user("anonymous"), &user("anonymous")), Verdict::NotProven);
        assert_eq!(verdict(&user("me"), &Answer::Silence("no answer".to_owned())), Verdict::Unreachable);
    }

    proptest! {
        #[test]
        fn equal_answers_accept_nothing(status in 100_u16..600) {
            prop_assert_ne!(verdict(status, status), Verdict::Accepted);
        }

        #[test]
        fn a_refusal_is_401_or_403_and_nothing_else(with in 100_u16..600, without in 100_u16..600) {
            let is_refusal = with == 401 || (with == 403 && without != 403);
            prop_assert_eq!(verdict(with, without) == Verdict::Refused, is_refusal);
        }

        #[test]
        fn server_errors_prove_nothing(with in 500_u16..600, without in 100_u16..600) {
            prop_assert_eq!(verdict(with, without), Verdict::Unreachable);
        }
    }
}
