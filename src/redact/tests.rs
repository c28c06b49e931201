use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

fn knowing(secrets: &[impl AsRef<str>]) -> Redactor {
    let mut known = Redactor::default();
    for secret in secrets {
        known.learn(&SecretString::from(secret.as_ref()));
    }
    known
}

#[test]
fn every_form_is_redacted_unless_the_secret_is_too_short() {
    let known = knowing(&["a/b\"", "abc"]);
    for form in ["a/b\"", "YS9iIg", "a%2Fb%22", "a/b\\\"", "612f6222"] {
        assert_eq!(known.redact(&format!("abc <{form}>")), "abc <***>");
    }
    assert_eq!(knowing(&["pass-word_1.x~"]).redact("pass-word_1.x~ pass%2Dword%5F1%2Ex%7E"), "*** ***");
    let known = knowing(&["p&s <w\u{f6}>/it's!\"~?\u{ff}"]);
    for form in [
        "p%26s%20%3Cw%C3%B6%3E%2Fit%27s%21%22~%3F%C3%BF", // RFC 3986
        "p%26s%20%3cw%c3%b6%3e%2fit%27s%21%22~%3f%c3%bf",
        "p%26s+%3Cw%C3%B6%3E%2Fit%27s%21%22~%3F%C3%BF", // a form
        "p%26s%20%3Cw%F6%3E%2Fit%27s%21%22~%3F%FF",     // in Latin-1
        "p%26s%20%3Cw%C3%B6%3E%2Fit's!%22~%3F%C3%BF",   // encodeURIComponent
        "p%26s%20%3Cw%C3%B6%3E/it%27s%21%22~%3F%C3%BF", // urllib.parse.quote
        "p&amp;s &lt;w\u{f6}&gt;/it&#39;s!&quot;~?\u{ff}",
        "p&amp;s &lt;w\u{f6}&gt;/it&#x27;s!&#34;~?\u{ff}",  // Go
        "p&amp;s &lt;w&ouml;&gt;/it&#039;s!&quot;~?&yuml;", // htmlentities
        "p&s <w\u{f6}>\\/it's!\\\"~?\u{ff}",
        "p\\u0026s \\u003cw\\u00f6\\u003e/it's!\\\"~?\\u00ff",
        "p&s <w\\xf6>/it\\'s!\"~?\\xff", // Python
        "cCZzIDx3w7Y+L2l0J3MhIn4/w78",
        "cCZzIDx3w7Y-L2l0J3MhIn4_w78",
        "cCZzIDx3w7Y%2BL2l0J3MhIn4%2Fw78",
        "702673203c77c3b63e2f6974277321227e3fc3bf",
    ] {
        assert_eq!(known.redact(form), "***", "{form}");
    }
}

#[test]
fn base64_is_found_in_lines_and_in_itself() {
    let secret = "x".repeat(30) + "p&ss";
    let auth = STANDARD.encode(format!("monalisa:{secret}"));
    let file = STANDARD.encode(format!("{{\"auths\": {{\"ghcr.io\": {{\"auth\": \"{auth}\"}}}}}}"));
    let known = knowing(&[&secret]);
    assert!(known.redact(&file).contains("***"));
    for width in [16, 60, 64, 76] {
        let lines: Vec<&str> = auth.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
        for end in ["\n", "\r\n", "\n    ", "\\n", "&#10;"] {
            let redacted = known.redact(&lines.join(end));
            // The base64 of `monalisa:`, which comes before the secret, is left.
            assert!(redacted.starts_with("bW9uYWxpc2E6***") && redacted.len() < 20, "{redacted}");
        }
    }
}

/// What may stand between the characters of a word, in somebody's lines.
const BETWEEN: [&str; 19] = [
    "\n",
    "\r\n",
    "\\n",
    "=\r\n",
    "=\n",
    " ",
    "\t",
    "\n    ",
    "<wbr>",
    "<b>",
    "</b><br/>",
    "\u{200b}",
    "\u{ad}",
    "&shy;",
    "&#8203;",
    "&ZeroWidthSpace;",
    "\\u200b",
    "\u{2028}",
    "&amp;shy;",
];

#[test]
fn a_long_secret_is_found_if_something_separates_its_characters() {
    for secret in ["ghs_16C7e42F292c6912E7710c838347Ae178B4a", "p&ss w\u{f6}rd of the npm registry", "0123456789abcdef"]
    {
        let known = knowing(&[secret]);
        let packed = STANDARD.encode(format!("x-access-token:{secret}!"));
        for between in BETWEEN {
            for width in [1, 5, 9, 76] {
                let split = |text: &str| {
                    let characters: Vec<char> = text.chars().collect();
                    let pieces = characters.chunks(width).map(|piece| piece.iter().collect::<String>());
                    pieces.collect::<Vec<_>>().join(between)
                };
                let told = known.redact(&format!("({})", split(secret)));
                assert_eq!(told, "(***)", "{secret} {between:?} {width}");
                // What comes before the secret is not hidden.
                let told = known.redact(&split(&packed));
                assert!(told.contains("***"), "{secret} {between:?} {width}: {told}");
                assert!(told.len() < 40 * (between.len() + 1), "{secret} {between:?} {width}: {told}");
            }
        }
    }
    // A short one may be found in any two words.
    assert_eq!(knowing(&["isolate"]).redact("is o late"), "is o late");
}

/// Whoever answers decides what is decoded, but not how long that takes.
#[test]
fn what_would_take_too_long_to_decode_is_hidden() {
    let secret = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";
    let known = knowing(&[secret]);
    let text = format!("got: {}.", STANDARD.encode(STANDARD.encode(format!("x:{secret}"))));
    for most in 0..4_000 {
        let told = known.redact_within(&text, most);
        assert!(told.starts_with("got: ") && told.contains("***") && told.len() < 20, "{most}: {told}");
    }
    assert_eq!(known.redact_within("nothing to decode here", 0), "nothing to decode here");
    let began = std::time::Instant::now();
    for hostile in ["V", "UV", "://x:y", "%25", "<a ", "&a", "=\n", "\u{200b}a"] {
        known.redact(&hostile.repeat((1 << 20) / hostile.len()));
    }
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

#[test]
fn ordinary_texts_are_looked_through_whole() {
    let known = knowing(&["ghs_16C7e42F292c6912E7710c838347Ae178B4a"]);
    let one = r#"{"name": "NPM_REGISTRY_SECRET", "url": "https://npm.acme.dev/a%20b?c=d&amp;e", "why": "a sentence \"of\" words", "key": "dGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZyBhbmQgcnVucw==", "id": "0123456789abcdef0123456789abcdef"},"#;
    let plain = format!("[{}null]", one.repeat((4 << 20) / one.len()));
    let nested = serde_json::Value::from(serde_json::Value::from(plain[..1 << 20].to_owned()).to_string()).to_string();
    for text in [plain, nested] {
        assert_eq!(known.redact(&text).matches("***").count(), 0);
    }
}

#[test]
fn user_information_in_urls_is_redacted() {
    for (url, told) in [
        ("https://me:hunter2@npm.acme.dev/x", "https://***@npm.acme.dev/x"),
        ("https://me:p@ss:x@npm.acme.dev", "https://***@npm.acme.dev"),
        ("https://a-token@npm.acme.dev:8443?x=y@z", "https://***@npm.acme.dev:8443?x=y@z"),
        ("https://me:pa/ss@npm.acme.dev", "https://***@npm.acme.dev"),
        ("\"https:\\/\\/me:hunter2@npm.acme.dev\\/x\"", "\"https:\\/\\/***@npm.acme.dev\\/x\""),
        ("?to=https%3A%2F%2Fme%3Ahunter2%40npm.acme.dev", "?to=https%3A%2F%2F***%40npm.acme.dev"),
        ("a://b:c@d a://e:f@g", "a://***@d a://***@g"),
    ] {
        assert_eq!(Redactor::default().redact(url), told);
        assert_eq!(knowing(&["another"]).redact(told), told);
    }
    for text in [
        "https://npm.acme.dev/@scope/name",
        "https://npm.acme.dev:8443/@scope",
        "https://[::1]/a@b",
        "see https://npm.acme.dev, or write to a@acme.dev",
        "me:hunter2@npm.acme.dev",
        "://",
    ] {
        assert_eq!(Redactor::default().redact(text), text);
    }
}

/// Encodes a text as servers and programs do when they repeat what they were given.
fn encoded(text: &str, how: u8) -> String {
    let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
    let escaped = |c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
    };
    match how {
        0 => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
        1 => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%20", "+"),
        2 => each(&|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("&#{};", u32::from(c)) }),
        3 => each(&|c| format!("&#x{:x};", u32::from(c))),
        4 => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;"),
        5 => {
            let json = serde_json::Value::from(text).to_string();
            json[1..json.len() - 1].to_owned()
        }
        6 => each(&escaped),
        7 => STANDARD_NO_PAD.encode(text),
        8 => URL_SAFE_NO_PAD.encode(text),
        9 => text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
        _ => text.to_owned(),
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    /// However a secret is encoded, and however encodings are nested, nothing of it is left.
    #[test]
    fn encodings_hide_no_secret(
        secret in "[ -~äß€]{8,16}|[%&#;\\\\0-9a-fux+ ]{8,16}",
        layers in proptest::collection::vec(0_u8..=10, 0..4),
    ) {
        let text = layers.iter().fold(secret.clone(), |text, how| encoded(&text, *how));
        let redacted = knowing(&[&secret]).redact(&format!("({text})"));
        prop_assert_eq!(redacted, "(***)", "{}", text);
    }

    /// In base64 of a longer text, at most one digit at each end of a secret is left: the one that it shares with
    /// its neighbour.
    #[test]
    fn base64_around_a_secret_is_cut(before in "[a-z]{0,7}", secret in "[ -~]{4,20}", after in "[a-z]{0,4}") {
        let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"));
        let redacted = knowing(&[&secret]).redact(&encoded);
        let (head, tail) = redacted.split_once("***").expect("a hole");
        prop_assert!(head.len() <= (before.len() * 8).div_ceil(6), "{redacted}");
        prop_assert!(tail.len() <= (after.len() * 8).div_ceil(6) + 1, "{redacted}");
    }
}

#[test]
fn a_secret_is_learned_once() {
    let mut known = Redactor::default();
    let mut learn = |text: &str| known.learn(&SecretString::from(text));
    assert!(learn("abcd") && learn("x") && learn("YWJjZA==") && !learn("abcd") && !learn("x"));
}

#[test]
fn many_secrets_and_long_texts_take_little_time() {
    let secrets: Vec<String> = (0..1_000).map(|number| format!("ghp_{number:04}{}", "aB3-".repeat(9))).collect();
    let known = knowing(&secrets);
    let line = |secret: &String| {
        format!("https://x.dev/a%20b?c=d&amp;e \\u00e4 {} ghp_{}\n", STANDARD.encode(secret), "x".repeat(900))
    };
    let text: String = secrets.iter().map(line).collect();
    let began = std::time::Instant::now();
    assert_eq!(known.redact(&text).matches("***").count(), 1_000);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    /// Compares with the simple implementation, which is too slow for long texts.
    #[test]
    fn the_text_without_any_occurrence_is_left(
        secrets in proptest::collection::vec("[aé]{4,6}", 0..6),
        text in "[aé/]{0,60}",
    ) {
        let mut is_secret = vec![false; text.len()];
        for secret in &secrets {
            for at in (0..text.len()).filter(|at| text.as_bytes()[*at..].starts_with(secret.as_bytes())) {
                is_secret[at..at + secret.len()].fill(true);
            }
        }
        let left: String = text.char_indices().filter(|(at, _)| !is_secret[*at]).map(|(_, c)| c).collect();
        let redacted = knowing(&secrets).redact(&text);
        prop_assert_eq!(redacted.replace("***", ""), left);
        prop_assert_eq!(redacted.contains("***"), is_secret.contains(&true));
    }
}
