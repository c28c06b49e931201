//! `docs/rules.md`, generated from the rules and the facts.

use std::fmt::Write as _;

use super::facts::{Base, Fact, Language, Matching, Origin, PROXY, READERS, Reader, Reads, Source};
use super::{Level, Rule, all, verdict};

const HEAD: &str = "\
<!-- Generated from src/rules/: UPDATE_DOCS=1 cargo test --test it rules -->

# Rules

GitHub stores a configuration without an error that the programs which read it can't use: Dependabot, and code scanning's
default setup. Each rule says what was read in a public source, and on which day. GitHub's own service between the
configuration and those programs is not public and may rewrite what it hands over, so a finding is a warning at most by
default, and a rule that is not sure keeps silent.

A finding has the rule's id, a message that names the value it is about, and what to write instead. Equal findings are
reported once, with the entries that they are about. No rule needs a secret, and none sends a request.

**Levels.** The input `rules` sets them for a run, separated by commas or line breaks: `plain-http=error, all=notice`. An
id beats `all`. `all=error` is strict, and does not switch on what is off by default; `all=off` silences all.

| Level | Meaning |
|---|---|
| `off` | it is not reported |
| `notice` | worth knowing |
| `warning` | likely to hurt |
| `error` | nothing is written |

**Exceptions.** `allow: [visible-to-public]` on an entry adds to that of `defaults`, and beats both.
";

const READERS_HEAD: &str = "
## Who can use a configuration

**Dependabot**'s updater gets no secret. It sends its requests through a proxy, which signs in for it. What the proxy
does for each type:

| Type | Signs in with | Header | OIDC | Over http | Picks the credential by | `replaces-base` | Code scanning |
|---|---|---|---|---|---|---|---|
";

const VERDICTS: &str = "
So for each configuration there are two verdicts, which need neither a secret nor a request:

- Dependabot is `no` where the proxy does not read what is stored, or asks for a token of another service. It is `maybe`
  where GitHub may rewrite what it hands over (a `token` with a `username` beside it, git with OIDC, Hex, a url that the
  proxy can't match as it stands), and where each repository decides (npm without `replaces-base`). Else it is `yes`.
- Code scanning is `other` for a type that it does not read. It is `no` where its proxy, which is the same program, can't
  use it, and where it refuses what it would have to read. Else it is `yes`.

Advanced setup of code scanning and Copilot's coding agent do not read these configurations.
";

/// The whole page.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| Rule | Level | Field |\n|---|---|---|\n");
    for Rule { id, level, field, .. } in all() {
        let _ = writeln!(text, "| [`{id}`](#{id}) | {level} | `{}` |", key(field));
    }
    text.push_str(READERS_HEAD);
    text.extend(READERS.iter().map(row));
    text.push_str(VERDICTS);
    text.push('\n');
    text.extend(verdict::FACTS.iter().map(|fact| bullet(fact)));
    text.extend(all().map(section));
    text
}

fn row(reader: &Reader) -> String {
    let Reader { registry_type, handler, reads, header, oidc, http, matching, base, language } = reader;
    let reads = match reads {
        Reads::Either => "token, or username and password",
        Reads::Token => "token",
        Reads::Password => "username and password",
        Reads::Neither => "a key, beside a field that the API lacks",
    };
    let matching = match matching {
        Matching::Host => "host, on port 443",
        Matching::HostAnyPort => "host",
        Matching::FirstPrefix => "the first path that the request's path begins with",
        Matching::LongestPrefix => "the longest path that the request's path begins with",
        Matching::Nothing => "`organization`",
    };
    let base = match base {
        Base::First => "the first one's",
        Base::Each => "each one's",
        Base::Unread => "without effect",
    };
    let language = match language {
        Some(Language::CSharp) => "C#",
        Some(Language::Java) => "Java",
        Some(Language::Go) => "Go",
        None => "does not read it",
    };
    let yes = |is| if is { "yes" } else { "no" };
    let (oidc, http) = (yes(*oidc), yes(*http));
    let link = link(&Source { origin: &PROXY, path: "internal/handlers/" });
    let kind = registry_type.dependabot();
    format!(
        "| [`{kind}`]({link}{handler}) | {reads} | {header} | {oidc} | {http} | {matching} | {base} | {language} |\n"
    )
}

fn section(rule: &Rule) -> String {
    let Rule { id, level, field, help, what, facts, check: _ } = rule;
    let by_default = match level {
        Level::Off => "off by default".to_owned(),
        level => format!("{level} by default"),
    };
    let field = key(field);
    let facts: String = facts.iter().map(|fact| bullet(fact)).collect();
    format!("\n## {id}\n\n*{by_default}, at `{field}`*\n\n{what}\n\n**Instead**: {help}.\n\nKnown from:\n\n{facts}")
}

fn bullet(Fact { says, sources }: &Fact) -> String {
    let sources: Vec<String> = sources
        .iter()
        .map(|source| {
            let Source { origin: Origin { name, base: _, as_of, release }, path } = source;
            let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
            let release = release.map_or_else(String::new, |release| format!("{release} of "));
            format!("[{name}{}]({}), {release}{as_of}", path.trim_end_matches('/'), link(source))
        })
        .collect();
    format!("- {says} ({})\n", sources.join("; "))
}

/// The manifest's word for a field.
fn key(field: &str) -> String {
    if field == "registry_type" { "type".to_owned() } else { field.replace('_', "-") }
}

fn link(Source { origin, path }: &Source) -> String {
    format!("{}{path}", origin.base)
}
