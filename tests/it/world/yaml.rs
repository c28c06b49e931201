//! YAML as JSON, for tests that compare and check documents: plain scalars become booleans, numbers and null as in
//! YAML's core schema.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Parses a text with a single document, without anchors.
pub(crate) fn read(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.expect("YAML").0);
    loop {
        match events.next().expect("a value") {
            Event::StreamStart | Event::DocumentStart(..) => {}
            event => return value(event, &mut events),
        }
    }
}

fn value<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    let mut items = Vec::new();
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => return plain(&text),
        Event::Scalar(text, ..) => return text.into_owned().into(),
        Event::SequenceStart(..) => {
            while let Some(event) = events.next().filter(|event| *event != Event::SequenceEnd) {
                items.push(value(event, events));
            }
            return items.into();
        }
        Event::MappingStart(..) => {}
        other => panic!("{other:?} is not expected here"),
    }
    let mut map = Map::new();
    while let Some(event) = events.next().filter(|event| *event != Event::MappingEnd) {
        let Event::Scalar(key, ..) = event else { panic!("a key that is no text") };
        let next = events.next().expect("a value");
        assert!(map.insert(key.into_owned(), value(next, events)).is_none(), "a key twice");
    }
    map.into()
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
    }
}
