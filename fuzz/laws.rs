//! Properties that must hold for any bytes: the bodies of the fuzz targets. A test on stable Rust also runs them on the
//! corpus.
#![allow(dead_code, reason = "each target uses only one of them")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use private_registries::Environment;
use private_registries::internals::actions::entries;
use private_registries::internals::github::{ApiError, Asker, Kind, Refusal};
use private_registries::internals::inputs::{Operation, RawInputs};
use private_registries::internals::manifest;
use private_registries::internals::manifest::Context;
use private_registries::internals::plan::{Policy, ReplaceOrder, Resend, from_manifest};
use private_registries::internals::registry::{Listing, LiveRegistry, Visibility};
use private_registries::internals::report::{Place, Report, plan_text, summary, totals};
use private_registries::internals::text::printable;
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// Any text is either a manifest that has a plan, or yields a list of problems with their locations.
pub(crate) fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for default_visibility in [None, Some(Visibility::All)] {
        read_manifest(text, &Context { file: "m.yml", default_visibility, ..Context::default() });
    }
}

fn read_manifest(text: &str, context: &Context<'_>) {
    match manifest::read(text, context) {
        Ok(read) => {
            let creates_all = from_manifest(&read.registries, &Listing::default(), policy(false));
            if read.registries.iter().all(|entry| entry.name.is_none()) {
                assert_eq!(creates_all.unwrap().changes.len(), read.registries.len());
            } else {
                assert!(creates_all.is_err(), "a pinned configuration does not exist");
            }
        }
        Err(error) => {
            assert!(!error.diagnostics.is_empty());
            for note in &error.diagnostics {
                assert!(!note.message.is_empty());
                // A lone carriage return ends a line too.
                let lines = text.matches(['\n', '\r']).count() as u64 + 1;
                assert!(
                    note.location.as_ref().is_none_or(|location| location.line <= lines + 1 && location.column > 0),
                    "{note:?}"
                );
            }
        }
    }
}

/// Any variables are either valid inputs or yield a list of problems, and no problem quotes a secret.
pub(crate) fn inputs(data: &[u8]) {
    let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b'=').unwrap_or(line.len()));
        let value = value.get(1..).unwrap_or_default().iter().map(|byte| if *byte == 0 { b'\n' } else { *byte });
        variables.insert(OsString::from_vec(name.to_vec()), OsString::from_vec(value.collect()));
    }
    let texts: Vec<String> = variables.values().map(|value| value.to_string_lossy().into_owned()).collect();
    let raw = RawInputs::read(&variables.into_iter().collect::<Environment>());
    let secrets: Vec<String> = raw.masks().iter().map(|mask| mask.expose_secret().to_owned()).collect();
    let is_told_elsewhere = |secret: &str| texts.iter().filter(|text| text.contains(secret)).count() != 1;
    let (_, _, _) = (raw.style(), raw.operation(), raw.org());
    if let Err(problems) = raw.validate() {
        assert!(!problems.is_empty());
        for problem in problems {
            let told = problem.text();
            for secret in secrets.iter().filter(|secret| secret.contains("hunter2") && !is_told_elsewhere(secret)) {
                assert!(!told.contains(secret.as_str()), "{told}");
            }
        }
    }
}

/// Any answer is either parsed or refused, is reported within the size limits, and is exported as a manifest without
/// drift.
///
/// The first line holds a status and headers, such as `403 retry-after:1`; the rest is the body.
pub(crate) fn answers(data: &[u8]) {
    let (head, body) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let head = String::from_utf8_lossy(head);
    let mut words = head.split(' ');
    let status = words.next().and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    let headers: HeaderMap = words
        .filter_map(|word| word.split_once(':'))
        .filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        })
        .collect();
    let refusal = Refusal::read(status.unwrap_or(StatusCode::BAD_GATEWAY), &headers, body, str::to_owned);
    let (path, host) = ("/orgs/acme/private-registries".to_owned(), "api.github.com".to_owned());
    let error = ApiError {
        method: Method::GET,
        path,
        host,
        base_path: String::new(),
        asker: Asker::default(),
        kind: Kind::Refused(refusal),
        lost_before: false,
    };
    let mut report =
        Report { errors: vec![error.diagnostic()], operation: Some(Operation::Apply), ..Report::default() };
    check(&report);

    let Ok(Value::Object(json)) = serde_json::from_slice(body) else { return };
    let Some(Value::Array(configurations)) = json.get("configurations") else { return };
    let mut live: Vec<LiveRegistry> =
        configurations.iter().filter_map(|raw| LiveRegistry::from_json(raw.clone()).ok()).collect();
    live.sort_by(|one, other| one.name.cmp(&other.name));
    live.dedup_by(|one, other| one.name == other.name);
    let total_count = live.len();
    let exported = manifest::export(&live);
    let listing = Listing { registries: live, total_count, ..Listing::default() };
    let read = manifest::read(&exported.manifest, &Context { file: "m.yml", ..Context::default() })
        .unwrap_or_else(|error| panic!("{error}\n{}", exported.manifest));
    assert_eq!(read.registries.len() + exported.warnings.len(), total_count, "{}", exported.manifest);
    // A configuration that can't be managed may share its type and url with one that can; then there is no plan.
    if let Ok(plan) = from_manifest(&read.registries, &listing, policy(false)) {
        assert!(!plan.has_drift(), "{}\n{:#?}", exported.manifest, plan.changes);
    } else {
        assert!(!exported.warnings.is_empty(), "{}", exported.manifest);
    }
    report.plan = from_manifest(&[], &listing, policy(true)).ok();
    check(&report);
}

/// The runner reads back exactly the outputs that were written, whatever their values.
///
/// Each line is a value, in which a zero byte stands for a line feed.
pub(crate) fn outputs(data: &[u8]) {
    const NAMES: [&str; 6] = ["changed", "name", "registries", "manifest", "drift", "result"];
    let text = String::from_utf8_lossy(data);
    let values = text.split('\n').map(|value| value.replace('\0', "\n"));
    let outputs: Vec<(&'static str, String)> = NAMES.into_iter().zip(values).collect();
    let file = entries(&outputs);
    let expected: Vec<(String, String)> =
        outputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    assert_eq!(runner_reads(&file), Ok(expected), "{file}");
    for (_, value) in &outputs {
        let shown = printable(value);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{shown:?}");
    }
}

/// Parses outputs like the runner's `FileCommandManager`: only a line feed ends a line, and whichever of `=` and `<<`
/// comes first determines the syntax.
fn runner_reads(file: &str) -> Result<Vec<(String, String)>, String> {
    let mut read = Vec::new();
    let mut rest = file;
    let next = |rest: &mut &str| -> Option<String> {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.to_owned();
        *rest = after;
        Some(line)
    };
    while let Some(line) = next(&mut rest) {
        if line.is_empty() {
            continue;
        }
        let equals = line.find('=').unwrap_or(usize::MAX);
        let heredoc = line.find("<<").unwrap_or(usize::MAX);
        if equals < heredoc {
            let (name, value) = line.split_once('=').ok_or("no name")?;
            read.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let (name, delimiter) = line.split_once("<<").ok_or_else(|| format!("invalid format '{line}'"))?;
        if name.is_empty() || delimiter.is_empty() {
            return Err(format!("invalid format '{line}'"));
        }
        let mut lines = Vec::new();
        loop {
            let line = next(&mut rest).ok_or_else(|| format!("matching delimiter not found '{delimiter}'"))?;
            if line == delimiter {
                break;
            }
            lines.push(line);
        }
        read.push((name.to_owned(), lines.join("\n")));
    }
    Ok(read)
}

const fn policy(prune: bool) -> Policy {
    Policy { prune, max_deletes: usize::MAX, resend: Resend::Always, replace: ReplaceOrder::CreateFirst }
}

/// Checks a report's limits: the runner drops a summary of more than one mebibyte, and JSON outputs must be one line.
fn check(report: &Report) {
    assert!(summary(report, Place::Step).len() <= 1024 * 1024);
    assert!(summary(report, Place::Comment).len() <= 65_536);
    assert!(!totals(report).contains('\n'));
    let _ = report.plan.as_ref().map(|plan| plan_text(plan, &report.assessments, &report.expiring));
    for (name, value) in report.outputs() {
        assert!(name != "result" || (!value.contains('\n') && serde_json::from_str::<Value>(&value).is_ok()));
    }
}
