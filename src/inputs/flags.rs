//! The command line: every declared input is a flag, except for secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use lexopt::{Arg, Parser};

use super::Operation;
use super::declaration::{Input, Kind};
use super::raw::all;
use crate::diagnostics::{Diagnostic, nearest};

/// A parsed command line.
#[derive(Debug, Default)]
pub struct Flags {
    /// The values of the inputs, by name. An empty value means that the input is not set.
    pub values: BTreeMap<String, String>,
    /// Whether it asks for help.
    pub help: bool,
    /// Whether it asks for the version.
    pub version: bool,
    /// Everything that is wrong with it.
    pub problems: Vec<Diagnostic>,
    /// Warnings about what is valid but probably a mistake.
    pub warnings: Vec<Diagnostic>,
    /// Whether there is an argument too many, perhaps the organization without its flag.
    pub has_stray_word: bool,
}

impl Flags {
    /// Parses the arguments, which do not include the program's name.
    pub fn read(arguments: &[OsString]) -> Self {
        let mut reader = Reader { flags: Self::default(), given: BTreeSet::new(), boolean: None };
        let mut parser = Parser::from_args(arguments);
        loop {
            match parser.next() {
                Ok(Some(Arg::Long(name))) => {
                    let name = name.to_owned();
                    reader.long(&name, &mut parser);
                }
                Ok(Some(Arg::Short(letter))) => reader.short(letter, &mut parser),
                Ok(Some(Arg::Value(word))) => reader.word(&word),
                Ok(None) => return reader.flags,
                Err(error) => {
                    reader.problem(error.to_string());
                    return reader.flags;
                }
            }
        }
    }

    /// Returns the operation that it names, if it is valid.
    pub fn operation(&self) -> Option<Operation> {
        self.values.get("operation").and_then(|word| Operation::parse(word))
    }
}

/// A parser that continues after a problem, so that all problems are reported together.
struct Reader {
    flags: Flags,
    given: BTreeSet<String>,
    /// The previous argument, if it is a boolean flag without a value.
    boolean: Option<String>,
}

impl Reader {
    /// Parses `--name`, `--name value` or `--name=value`.
    fn long(&mut self, name: &str, parser: &mut Parser) {
        self.boolean = None;
        let joined = parser.optional_value();
        match (name, all().find(|input| input.name() == name)) {
            ("help", _) => self.flags.help = true,
            ("version", _) => self.flags.version = true,
            (_, Some(input)) if input.kind() == Kind::Secret => {
                self.problem(format!("`--{name}` is refused: {}", by_variable(input)));
                skip_value(joined.as_deref(), parser);
            }
            (_, Some(input)) => {
                let value = joined.or_else(|| separate_value(input, parser));
                self.input(input, value);
            }
            (_, None) => {
                self.problem(unknown(&format!("--{name}")));
                skip_value(joined.as_deref(), parser);
            }
        }
    }

    /// Parses `-h` or `-V`. Anything else is probably a long flag with one dash missing.
    fn short(&mut self, letter: char, parser: &mut Parser) {
        self.boolean = None;
        let rest = parser.optional_value();
        match (letter, &rest) {
            ('h', None) => self.flags.help = true,
            ('V', None) => self.flags.version = true,
            _ => {
                let rest = rest.unwrap_or_default();
                let written = format!("-{letter}{}", rest.to_string_lossy());
                self.problem(unknown_letter(letter, written.split('=').next().unwrap_or(&written)));
                skip_value(None, parser);
            }
        }
    }

    /// Parses an argument that does not belong to a flag: the operation, `help` or `version`.
    fn word(&mut self, word: &OsStr) {
        let boolean = self.boolean.take();
        let text = word.to_string_lossy();
        let shown = text.escape_debug();
        match (self.flags.values.get("operation"), boolean) {
            (_, _) if text == "help" => self.flags.help = true,
            (None, _) if text == "version" => self.flags.version = true,
            (before, Some(flag)) if Operation::parse(&text).is_none() || before.is_some() => {
                self.problem(format!(
                    "`{shown}` is not a value of `--{flag}`, which is true or false: write `--{flag}` or \
                     `--{flag}=false`"
                ));
            }
            (Some(before), _) => {
                let advice = if Operation::parse(&text).is_some() {
                    "; a run has one operation"
                } else if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
                    &format!("; for the organization, write `--org {text}`")
                } else {
                    "; see --help"
                };
                let message = format!("unexpected argument `{shown}` after `{}`{advice}", before.escape_debug());
                self.flags.has_stray_word = true;
                self.problem(message);
            }
            (None, _) => {
                self.given.insert("operation".to_owned());
                self.flags.values.insert("operation".to_owned(), text.into_owned());
            }
        }
    }

    fn input(&mut self, input: &Input, value: Option<OsString>) {
        let name = input.name();
        if !self.given.insert(name.clone()) {
            self.problem(format!("`--{name}` is given twice: give it once"));
            return;
        }
        let value = match (value.map(OsString::into_string), input.kind()) {
            (Some(Ok(value)), _) => value,
            (Some(Err(_)), _) => return self.problem(format!("the value of `--{name}` is not valid UTF-8")),
            (None, Kind::Boolean) => {
                self.boolean = Some(name.clone());
                "true".to_owned()
            }
            (None, Kind::Text | Kind::Secret) => {
                let placeholder = input.placeholder();
                return self.problem(format!("`--{name}` needs a value: write `--{name} {placeholder}`"));
            }
        };
        if value.trim().is_empty() {
            let message = format!("`--{name}` has an empty value, which counts as not set");
            self.flags.warnings.push(Diagnostic::warning("Command line", message));
        }
        self.flags.values.insert(name, value);
    }

    fn problem(&mut self, message: String) {
        self.flags.problems.push(Diagnostic::error("Command line", message));
    }
}

/// Takes the value of a flag from the next argument. A value that begins with two dashes must be joined with `=`,
/// because it is more likely that this flag's value was forgotten. A boolean takes only `true` or `false`.
fn separate_value(input: &Input, parser: &mut Parser) -> Option<OsString> {
    let is_value = |next: &OsStr| match input.kind() {
        Kind::Boolean => next.to_str().is_some_and(|next| ["true", "false"].contains(&next.to_lowercase().as_str())),
        Kind::Text | Kind::Secret => !next.as_encoded_bytes().starts_with(b"--"),
    };
    parser.try_raw_args()?.next_if(is_value)
}

/// Skips the value of a refused flag. It may be a secret, so it must not be mistaken for an operation and quoted.
fn skip_value(joined: Option<&OsStr>, parser: &mut Parser) {
    if let (None, Some(mut rest)) = (joined, parser.try_raw_args()) {
        rest.next_if(|next| !next.as_encoded_bytes().starts_with(b"-"));
    }
}

/// Returns the message for an unknown flag, which is `written` with its dashes.
fn unknown(written: &str) -> String {
    let shown = written.escape_debug();
    match meant(written) {
        Some((meant, Some(secret))) => {
            // The rest of a longer word may be the value.
            let shown = if written.trim_start_matches('-').len() > secret.name().len() {
                format!("{}…", written.get(..written.len().min(3)).unwrap_or("-"))
            } else {
                shown.to_string()
            };
            format!("`{shown}` is not a flag, and `--{meant}` would be refused: {}", by_variable(secret))
        }
        Some((meant, None)) => format!("`{shown}` is not a flag; did you mean `--{meant}`?"),
        None => format!("`{shown}` is not a flag: see --help"),
    }
}

/// Returns the same for an argument with one dash. If it resembles no flag, only its first letter is shown: the rest may
/// be a value, and a secret.
fn unknown_letter(letter: char, written: &str) -> String {
    if letter == 'v' && written == "-v" {
        return "`-v` is not a flag: write `--version`, or `--help` for everything else".to_owned();
    }
    let is_short = written.chars().count() <= 2;
    if is_short || meant(written).is_some() {
        return unknown(written);
    }
    format!("`-{}…` is not a flag: see --help", letter.escape_debug())
}

/// Returns the flag that was probably meant, and its input if that is a secret.
fn meant(written: &str) -> Option<(String, Option<&'static Input>)> {
    let names: Vec<String> = all().map(Input::name).chain(["help".to_owned(), "version".to_owned()]).collect();
    let meant = nearest(written.trim_start_matches('-'), names.iter().map(String::as_str))?;
    let is_secret = |input: &&Input| input.kind() == Kind::Secret && input.name() == meant;
    Some((meant.to_owned(), all().find(is_secret)))
}

fn by_variable(input: &Input) -> String {
    let other = if input.name() == "token" { " or GH_TOKEN" } else { "" };
    let variable = input.variable();
    format!("other users of this machine can read a command line; set the environment variable {variable}{other}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Flags {
        Flags::read(&line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn every_form_of_a_flag_is_read() {
        let flags =
            read("apply --org acme --manifest=a=b.yml --prune --dry-run FALSE --fail-on-drift=true --max-deletes -1");
        assert!(flags.problems.is_empty() && flags.warnings.is_empty(), "{flags:?}");
        let values: Vec<(&str, &str)> =
            flags.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("dry-run", "FALSE"),
            ("fail-on-drift", "true"),
            ("manifest", "a=b.yml"),
            ("max-deletes", "-1"),
            ("operation", "apply"),
            ("org", "acme"),
            ("prune", "true"),
        ];
        assert_eq!(values, expected);
        assert_eq!(flags.operation(), Some(Operation::Apply));
    }

    #[test]
    fn a_boolean_before_the_operation_leaves_it_alone() {
        for line in ["--prune plan", "--prune=true plan", "--prune true plan", "plan --prune", "-- plan"] {
            let flags = read(line);
            assert!(flags.problems.is_empty() && flags.operation() == Some(Operation::Plan), "{line}: {flags:?}");
        }
    }

    #[test]
    fn help_is_found_beside_anything() {
        for line in [
            "--help",
            "-h",
            "--org --help",
            "--no-such x --help",
            "--token x y z --help",
            "a b -h c",
            "--help=x",
            "help",
        ] {
            assert!(read(line).help, "{line}");
        }
        assert!(!read("--org=--help").help && !read("-- --help").help);
        assert!(read("-V").version && read("--version").version && read("version").version);
        assert!(read("help plan").operation() == Some(Operation::Plan) && read("plan help").help);
        assert!(!read("plan --org help").help && !read("plan version").version);
    }

    #[test]
    fn what_is_wrong_is_told_at_once_and_no_value_of_a_refused_flag_is_quoted() {
        let messages = |line: &str| read(line).problems.into_iter().map(|it| it.message).collect::<Vec<_>>().join("\n");
        for (line, message) in [
            ("--dryrun", "`--dryrun` is not a flag; did you mean `--dry-run`?"),
            ("--dry_run", "`--dry_run` is not a flag; did you mean `--dry-run`?"),
            ("-prune", "`-prune` is not a flag; did you mean `--prune`?"),
            ("--helpp", "`--helpp` is not a flag; did you mean `--help`?"),
            ("-x", "`-x` is not a flag"),
            ("-v", "`-v` is not a flag: write `--version`, or `--help`"),
            ("-ts3cr3t", "`-t…` is not a flag: see --help"),
            ("-ps3cr3t", "`-p…` is not a flag: see --help"),
            ("-tokens3cr3t", "`-to…` is not a flag, and `--token` would be refused: other users"),
            ("--tokens3cr3t", "`--t…` is not a flag, and `--token` would be refused: other users"),
            ("--tokn s3cr3t", "`--tokn` is not a flag, and `--token` would be refused: other users"),
            ("--token s3cr3t", "set the environment variable INPUT_TOKEN or GH_TOKEN"),
            ("--token=s3cr3t", "`--token` is refused: other users of this machine can read a command line;"),
            ("-token=s3cr3t", "`-token` is not a flag, and `--token` would be refused"),
            ("--secret s3cr3t", "set the environment variable INPUT_SECRET"),
            ("--org a --org a", "`--org` is given twice: give it once"),
            ("plan --operation plan", "`--operation` is given twice"),
            ("--operation plan plan", "unexpected argument `plan` after `plan`; a run has one operation"),
            ("plan apply", "unexpected argument `apply` after `plan`; a run has one operation"),
            ("plan acme", "unexpected argument `acme` after `plan`; for the organization, write `--org acme`"),
            ("plan a/b", "unexpected argument `a/b` after `plan`; see --help"),
            ("--prune yes", "`yes` is not a value of `--prune`, which is true or false: write `--prune` or"),
            ("plan --org", "`--org` needs a value: write `--org NAMES`"),
            ("plan --org --prune", "`--org` needs a value: write `--org NAMES`"),
        ] {
            let told = messages(line);
            assert!(told.contains(message) && !told.contains("s3cr3t"), "{line}: {told}");
        }
        assert_eq!(messages("plan --dryrun --token x --org a --org b --prune maybe").lines().count(), 4);
    }

    #[test]
    fn an_empty_value_is_none_and_warned_about() {
        let flags = read("plan --org=");
        assert!(flags.problems.is_empty() && flags.warnings[0].message.contains("counts as not set"), "{flags:?}");
    }
}
