//! A run as a text that a person can read, and compare with the last one.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use super::{Run, cases};

impl Run {
    /// Everything that a person or a workflow sees, and what GitHub was asked.
    pub(crate) fn snapshot(&self) -> String {
        let mut text = format!("exit status {}\n", self.status.map_or("none".to_owned(), |status| status.to_string()));
        let _ = write!(text, "\n── log\n{}", self.log);
        text.push_str("\n── outputs\n");
        for (name, value) in &self.outputs {
            let is_document =
                serde_json::from_str::<Value>(value).is_ok_and(|value| value.is_object() || value.is_array());
            let _ = writeln!(text, "{name}={}", if is_document { spread(value) } else { value.clone() });
        }
        let _ = write!(text, "\n── summary\n{}", self.summary);
        text.push_str("\n── requests\n");
        // GETs that go at once arrive in any order.
        for requests in self.requests.chunk_by(|one, other| one.method == "GET" && other.method == "GET") {
            let mut lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
            lines.sort();
            text.extend(lines.iter().map(|line| format!("{line}\n")));
        }
        self.scrubbed(&text)
    }

    /// What a person reads who has nothing but the log.
    pub(crate) fn told(&self) -> String {
        let status = self.status.map_or("none".to_owned(), |status| status.to_string());
        self.scrubbed(&format!("{}\nexit status {status}\n", self.log.trim_end()))
    }

    /// A text without what differs from run to run.
    fn scrubbed(&self, text: &str) -> String {
        let host = self.api_url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let text = text.replace(&self.folder, "[folder]");
        if host.is_empty() { text } else { text.replace(host, "[host]").replace(&host.replace(':', "&#58;"), "[host]") }
    }
}

/// A document with a line for each field and, where that is a list, for each of its items, such as a change. It is all
/// there, in its order: only white space differs.
fn spread(json: &str) -> String {
    /// A list or an object that is not closed yet.
    struct Open<'a> {
        by: &'a str,
        key: &'a str,
        has_lines: bool,
    }
    let mut text = String::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut before, mut key) = ("", "");
    for token in tokens(json) {
        let depth = open.iter().filter(|open| open.has_lines).count();
        let has_lines = open.last().is_none_or(|open| open.has_lines);
        let ends = ["}", "]"].contains(&token);
        match before {
            "{" | "[" if ends => {}
            "{" | "[" | "," if has_lines => text += &("\n".to_owned() + &"  ".repeat(depth)),
            _ if ends && has_lines => text += &("\n".to_owned() + &"  ".repeat(depth - 1)),
            "," | ":" => text.push(' '),
            _ => {}
        }
        text += token;
        match token {
            "{" | "[" => {
                let key = if before == ":" { key } else { "" };
                let is_spread = match open.last() {
                    None => true,
                    Some(outer) if outer.by == "{" => token == "[",
                    Some(outer) => token == "{" && outer.key == "\"organizations\"", // each has its own changes
                };
                open.push(Open { by: token, key, has_lines: has_lines && is_spread });
            }
            "}" | "]" => drop(open.pop()),
            ":" => key = before,
            _ => {}
        }
        before = token;
    }
    text
}

/// The tokens of JSON.
fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let mut escaped = false;
        let length = match rest.chars().next()? {
            '"' => {
                let is_end = |c: char| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                };
                rest[1..].find(is_end)? + 2
            }
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || ",:]}".contains(c)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

#[test]
fn a_document_has_a_line_for_each_change_and_each_other_field() {
    let json =
        r#"{"org":"a","changes":[{"action":"create","fields":[{"from":null,"to":"\"},{"}]},{"action":"delete"}],"#;
    let json = json.to_owned()
        + r#""counts":{"create":1},"errors":[],"organizations":[{"org":"b","changes":[[],{}]}],"n":-1.5e3}"#;
    let lines = r#"{
  "org": "a",
  "changes": [
    {"action": "create", "fields": [{"from": null, "to": "\"},{"}]},
    {"action": "delete"}
  ],
  "counts": {"create": 1},
  "errors": [],
  "organizations": [
    {
      "org": "b",
      "changes": [
        [],
        {}
      ]
    }
  ],
  "n": -1.5e3
}"#;
    assert_eq!(spread(&json), lines);
    assert_eq!(spread(lines), lines);
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn only_white_space_is_added_to_a_document(value in documents()) {
        for json in [value.to_string(), format!("{value:#}")] {
            let lines = spread(&json);
            prop_assert_eq!(serde_json::from_str::<Value>(&lines).expect("JSON"), value.clone(), "{}", lines);
            prop_assert_eq!(tokens(&lines).collect::<String>(), tokens(&json).collect::<String>());
            prop_assert_eq!(tokens(&value.to_string()).collect::<String>(), value.to_string());
        }
    }
}

/// Any JSON at all.
fn documents() -> impl Strategy<Value = Value> {
    let text = "[ \"\\\\{}\\[\\],:a\n\u{fc}]{0,6}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-9..9).prop_map(|number| Value::from(f64::from(number) / 4.0)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, move |inner| {
        let key = prop_oneof![Just("organizations".to_owned()), text.prop_map(String::from)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Compares a run with its snapshot; what differs from run to run is replaced.
macro_rules! assert_run {
    ($run:expr) => { assert_run!(@ $run.snapshot(), |snapshot| insta::assert_snapshot!(snapshot)) };
    ($name:expr, $run:expr) => { assert_run!(@ $run.snapshot(), |snapshot| insta::assert_snapshot!($name, snapshot)) };
    (@ $text:expr, |$snapshot:ident| $assertion:expr) => {
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => true,
            filters => vec![
                (r"\d{4}-\d\d-\d\dT\d\d(:|&#58;)\d\d(:|&#58;)\d\dZ", "[time]"),
                (r"\b[0-9a-f]{32}\b", "[plan-id]"),
                (r"waiting \d+\.\d s", "waiting [n] s"),
                (r"(?m)^::add-mask::-----BEGIN RSA PRIVATE KEY-----[^\n]*\n(?:::add-mask::[^\n]*\n)*?::add-mask::-----END[^\n]*$", "[masks of the key]"),
                (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "[jwt]"),
                (r"FA4E(:|&#58;)\d{4}", "[request-id]"),
                (r"https(:|&#58;)//github\.com/[\w-]+/private-registries/", "[repository]/"),
            ],
        }, {
            let $snapshot = $text;
            $assertion;
        })
    };
}
pub(crate) use assert_run;
