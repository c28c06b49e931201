//! One request and its answer, without waits or retries.

use ::http::header::RETRY_AFTER;
use ::http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::error::Kind;
use super::refusal::{self, Refusal};
use super::request::{Request, Response};
use super::send::{Client, Failed};
use crate::http::body::{self, Json};
use crate::http::{self, Unreachable};
use crate::registry::with_plain_start;
use crate::secrets;

impl Client {
    /// Sends a request once, without waits or retries.
    pub(super) async fn exchange(&self, request: &Request, authorization: &HeaderValue) -> Result<Response, Failed> {
        let failed = |kind| Box::new((self.error(request, kind), None));
        let on_the_wire = self
            .host()
            .request(request, authorization)
            .map_err(|error| failed(Kind::Unreachable(Unreachable::unsent(error.to_string()))))?;
        let response = match self.host().octocrab.execute(on_the_wire).await {
            Ok(response) => response,
            Err(error) => {
                let unreachable = Unreachable::of(&error);
                let explained = match &self.host().tunnel {
                    Some(tunnel) => tunnel.explain(unreachable).await,
                    None => unreachable,
                };
                return Err(failed(Kind::Unreachable(explained)));
            }
        };
        let (head, mut body) = response.into_parts();
        self.host().take_advice(request, &head.headers, |text| refusal::told(text, |text| self.console().redact(text)));
        let body = async {
            let mut gathered = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| format!("broke off ({})", http::chain(&error)))?;
                body::append(&mut gathered, frame.data_ref().map_or(&[], |piece| piece))?;
            }
            Ok::<_, String>(gathered)
        };
        let body = body.await;
        if !head.status.is_success() && (body.is_ok() || !needs_words(head.status, &head.headers)) {
            // The status alone is an answer, even if the body broke off.
            let refusal = Refusal::read(head.status, &head.headers, &body.unwrap_or_default(), |text| {
                self.console().redact(text)
            });
            return Err(Box::new((self.error(request, Kind::Refused(refusal)), Some(head.headers))));
        }
        let unreadable =
            |detail: String| failed(self.unreadable(head.status, &head.headers, format!("its body {detail}")));
        let body = body.map_err(unreadable)?;
        let may_be_silent = [Method::PATCH, Method::DELETE].contains(&request.method);
        // GitHub documents 204, but any success without a body means the same.
        if may_be_silent && (head.status == StatusCode::NO_CONTENT || body.trim_ascii().is_empty()) {
            return Ok(Response { json: Value::Null, size: 0, headers: head.headers });
        }
        let Json { value: json, size } = body::read(&body).map_err(unreadable)?;
        self.mask_passwords(&json);
        if may_be_silent && json.get("name").is_none() {
            // A proxy may answer 200 to everything.
            return Err(unreadable("is not a configuration".to_owned()));
        }
        Ok(Response { json, size, headers: head.headers })
    }

    /// Masks passwords in the urls that GitHub returns. They should have been secrets, so they are treated like ones.
    fn mask_passwords(&self, json: &Value) {
        match json {
            Value::String(text) => {
                for mask in secrets::in_url(text) {
                    self.console().mask(&mask);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.mask_passwords(value)),
            Value::Object(fields) => {
                fields.values().for_each(|value| self.mask_passwords(value));
                if let Some(Value::String(url)) = fields.get("url") {
                    for mask in secrets::in_url(&with_plain_start(url)) {
                        self.console().mask(&mask);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Returns whether a refusal must be read in full to know what to do: seal again, delete first, or wait.
fn needs_words(status: StatusCode, headers: &HeaderMap) -> bool {
    [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&status)
        || (status == StatusCode::FORBIDDEN && !headers.contains_key(RETRY_AFTER))
}
