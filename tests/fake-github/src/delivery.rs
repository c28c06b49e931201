//! The delivery of an answer, and where a fault affects it.

use std::time::Duration;

use serde_json::Value;

use crate::answer::Answer;
use crate::endpoints::carry_out;
use crate::fault::{Kind, strike};
use crate::organization::Organization;
use crate::request::Request;
use crate::routes::Route;
use crate::state::State;

/// How an answer reaches the client, if at all.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// It is sent after a delay.
    Answered {
        answer: Answer,
        delay: Duration,
        /// Whether half of its body is missing and the connection closes.
        cut_short: bool,
    },
    /// The connection closes without an answer.
    Dropped,
    /// The connection closes without an answer, and the request is carried out after this delay.
    Later(Duration),
    /// The connection stays open without an answer.
    Never,
}

/// Carries out a request whose connection is closed already.
pub(crate) fn carry_out_late(state: &mut State, request: &Request) {
    let _ = carry_out(state, request);
}

/// Handles a request and applies the fault that is due.
pub(crate) fn deliver(state: &mut State, request: &Request, too_large: bool) -> Delivery {
    let due = strike(&mut state.faults, &request.method, &request.path);
    let mut turn = Turn { state, request, too_large };
    match due {
        Some(kind) => turn.misbehave(kind),
        None => at_once(turn.github()),
    }
}

/// The handling of one request.
struct Turn<'a> {
    state: &'a mut State,
    request: &'a Request,
    too_large: bool,
}

impl Turn<'_> {
    /// Carries out the request.
    fn github(&mut self) -> Answer {
        let answer =
            if self.too_large { Answer::error(413, "Payload Too Large") } else { carry_out(self.state, self.request) };
        self.stamped(answer)
    }

    /// Carries out the request, for an answer that the client will not receive whole.
    fn cut_off(&mut self) -> Answer {
        let answer = self.github();
        if let (Some(Route::AccessToken(_)), 201) = (self.route(), answer.status) {
            self.state.app.lose_newest_token();
        }
        answer
    }

    fn route(&self) -> Option<Route> {
        Route::of(&self.request.method, &self.request.path, &self.state.options.base_path)
    }

    /// Returns the organization that the request is about, or `acme` if it is about none.
    fn organization(&mut self) -> &mut Organization {
        let login = self.route().and_then(|route| route.organization().map(str::to_owned)).unwrap_or_default();
        let at = self.state.organizations.iter().position(|organization| organization.is(&login)).unwrap_or_default();
        &mut self.state.organizations[at]
    }

    fn stamped(&self, answer: Answer) -> Answer {
        answer.stamped(&self.request.id, self.state.count, self.state.app.now())
    }

    /// Answers in place of GitHub; the request is not carried out.
    fn instead(&self, answer: Answer) -> Delivery {
        at_once(self.stamped(answer))
    }

    /// Creates, as somebody else, what a POST asks for, with some fields changed.
    fn forestall(&mut self, other: &Value) {
        let Some(mut fields) = self.request.body.clone().filter(|_| self.request.method == "POST") else { return };
        fields["encrypted_value"].take();
        fields["key_id"].take();
        let others = other.as_object().into_iter().flatten().map(|(field, value)| (field.clone(), value.clone()));
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
            fields.insert("secret".into(), "somebody-elses-secret".into());
            fields.extend(others);
        }
        self.organization().add(fields);
    }

    fn misbehave(&mut self, kind: Kind) -> Delivery {
        match kind {
            Kind::DropBefore => Delivery::Dropped,
            Kind::DropAfter => {
                self.cut_off();
                Delivery::Dropped
            }
            Kind::Late(delay) => Delivery::Later(delay),
            Kind::Forestalled { fields } => {
                self.forestall(&fields);
                Delivery::Dropped
            }
            Kind::Hang { carried_out } => {
                let _ = carried_out.then(|| self.cut_off());
                Delivery::Never
            }
            Kind::Truncated => Delivery::Answered { answer: self.cut_off(), delay: Duration::ZERO, cut_short: true },
            Kind::Slow(delay) => Delivery::Answered { answer: self.github(), delay, cut_short: false },
            Kind::Html { status } => at_once(Answer::proxy_page(status)),
            Kind::HtmlAfter { status } => {
                self.cut_off();
                at_once(Answer::proxy_page(status))
            }
            Kind::Status { status, body, headers } => self.instead(with_all(Answer::json(status, &body), &headers)),
            Kind::Text { status, text } => self.instead(Answer::html(status, &text)),
            Kind::Secondary403 { retry_after } => self.instead(Answer::secondary_limit(403, retry_after)),
            Kind::RateLimited429 { retry_after } => self.instead(Answer::secondary_limit(429, retry_after)),
            Kind::PrimaryExhausted { reset_in_secs } => self.instead(Answer::primary_limit(reset_in_secs)),
            Kind::Redirect { location } => self.instead(Answer::redirect(&location)),
            Kind::SignInPage => at_once(Answer::sign_in_page()),
            Kind::RotateKeyFirst => {
                self.organization().rotate_key();
                at_once(self.github())
            }
            Kind::ChangeFirst(change) => {
                change.make(self.organization());
                at_once(self.github())
            }
            Kind::WrongContentType => at_once(self.github().with("content-type", "text/html; charset=utf-8")),
            Kind::NextLinkElsewhere { url } => at_once(self.github().with("link", format!("<{url}>; rel=\"next\""))),
            Kind::Empty { status } => at_once(self.cut_off().emptied(status)),
            Kind::IncompleteList => at_once(with_one_more(self.github())),
            Kind::OneByteChunks => at_once(self.github().in_bytes()),
            Kind::HugeBody { bytes } => at_once(self.github().padded(bytes)),
            Kind::HugeHeaders => at_once(with_all(self.github(), &megabyte_of_headers())),
        }
    }
}

fn at_once(answer: Answer) -> Delivery {
    Delivery::Answered { answer, delay: Duration::ZERO, cut_short: false }
}

fn with_all(answer: Answer, headers: &[(String, String)]) -> Answer {
    headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value))
}

fn megabyte_of_headers() -> Vec<(String, String)> {
    (0..128).map(|n| (format!("x-padding-{n}"), "x".repeat(8 * 1024))).collect()
}

fn with_one_more(mut answer: Answer) -> Answer {
    let Some(mut body) = answer.as_json() else {
        return answer;
    };
    if let Some(total) = body.get("total_count").and_then(Value::as_u64) {
        body["total_count"] = (total + 1).into();
        answer.body = body.to_string().into_bytes();
    }
    answer
}
