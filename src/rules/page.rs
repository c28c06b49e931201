//! Generates `docs/rules.md` from the rules and the facts.

use std::fmt::Write as _;

use super::facts::{Base, Fact, Language, Matching, Origin, PROXY, READERS, Reader, Reads, Source};
use super::{Level, Rule, all, verdict};

const HEAD: &str = "\
<!-- Generated from src/rules/: UPDATE_DOCS=1 cargo test --test it rules -->

# Rules

GitHub accepts configurations that no program can use, and reports no error. This program reports such an entry, or one
that is known to cause problems, as a finding. Each rule is based on public sources, which are listed with their dates.
GitHub's service between a configuration and the programs that read it is not public, and may change what it passes on. So
findings about how GitHub's services behave are warnings at most by default, and a rule that is not sure reports nothing.
Only `expired`, which follows from a date, is an error.

A finding has the rule's id, a message that names the value it is about, and what to write instead. Equal findings are
reported once, with all their entries. No rule sends a request, and none requires a secret. A few find more when the
secret's value is available, as in `apply`.

**Levels.** The input `rules` sets the levels for a run, separated by commas or line breaks: `plain-http=error,
all=notice`. An id beats `all`. `all=error` is strict, but does not enable rules that are off by default; `all=off`
silences all rules.

| Level | Meaning |
|---|---|
| `off` | the finding is not reported |
| `notice` | worth knowing |
| `warning` | likely to cause problems |
| `error` | the run fails, and nothing is written |

**Exceptions.** `allow: [visible-to-public]` on an entry turns that rule off for the entry, whatever level `rules` sets. It
is added to the `allow` in `defaults`.
";

const READERS_HEAD: &str = "
## Who can use a configuration

**Dependabot**'s updater gets no secret. It sends its requests through a proxy, which adds the credentials. The proxy
handles each type as follows:

| Type | Credential | Header | OIDC | Over http | Credential selected by | `replaces-base` | Code scanning |
|---|---|---|---|---|---|---|---|
";

const VERDICTS: &str = "
From this follow two verdicts for each configuration, which need neither a secret nor a request:

- Dependabot is `no` if the proxy does not read the stored credential, or asks for a token of another service. It is
  `maybe` if GitHub may change what it passes on (a `token` with a `username`, git with OIDC, Hex, a url that the proxy
  can't match as written), and if it depends on the repository (npm without `replaces-base`). Otherwise it is `yes`.
- Code scanning is `other` for a type that it does not read. It is `no` if its proxy, which is the same program, can't
  use the configuration, or if code scanning refuses it. Otherwise it is `yes`, with a reason if that depends on what
  GitHub passes on.

Code scanning's advanced setup and Copilot's coding agent do not read these configurations.
";

/// Returns the whole page.
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
        Reads::Neither => "a key, with a field that the API lacks",
    };
    let matching = match matching {
        Matching::Host => "host, on port 443",
        Matching::HostAnyPort => "host",
        Matching::FirstPrefix => "the first path that the request's path begins with",
        Matching::LongestPrefix => "the longest path that the request's path begins with",
        Matching::Nothing => "`organization`",
    };
    let base = match base {
        Base::First => "for the first entry",
        Base::Each => "for each entry",
        Base::Unread => "no effect",
    };
    let language = match language {
        Some(Language::CSharp) => "C#",
        Some(Language::Java) => "Java",
        Some(Language::Go) => "Go",
        None => "not read",
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
    format!("\n## {id}\n\n*{by_default}, at `{field}`*\n\n{what}\n\n**What to do**: {help}.\n\nSources:\n\n{facts}")
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

/// Returns the manifest's key for a field.
fn key(field: &str) -> String {
    if field == "registry_type" { "type".to_owned() } else { field.replace('_', "-") }
}

fn link(Source { origin, path }: &Source) -> String {
    format!("{}{path}", origin.base)
}
