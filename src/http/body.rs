//! The body of an answer as JSON, bounded by what it takes in memory and not only in bytes.

use serde_json::Value;

/// More than a hundred configurations with every field at its longest, in bytes.
pub const LARGEST: usize = 8 * 1024 * 1024;
/// What a value takes beside its text, about: an empty one in a list is one byte to send.
const PER_VALUE: usize = 128;

/// A body that was read.
pub struct Json {
    pub value: Value,
    /// What it takes in memory, about.
    pub size: usize,
}

/// Adds a piece of a body that is received. The pieces are not kept: one of a single byte takes a hundred.
///
/// # Errors
/// Says that it is too large, to be read after "its body".
pub fn append(body: &mut Vec<u8>, piece: &[u8]) -> Result<(), String> {
    if body.len() + piece.len() > LARGEST {
        return Err(too_large());
    }
    body.extend_from_slice(piece);
    Ok(())
}

/// Reads a body.
///
/// # Errors
/// Says what is wrong with it, to be read after "its body".
pub fn read(body: &[u8]) -> Result<Json, String> {
    let values = body.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
    let size = body.len() + values * PER_VALUE;
    if size > LARGEST {
        return Err(too_large());
    }
    let value = serde_json::from_slice(body).map_err(|error| format!("is not JSON ({error})"))?;
    Ok(Json { value, size })
}

/// That a body is too large.
fn too_large() -> String {
    format!("takes more than {} MiB", LARGEST >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_longest_is_read_and_many_empty_values_are_not() {
        let configuration = format!("{{{}}}", vec![format!("\"k\":\"{}\"", "x".repeat(500)); 40].join(","));
        assert!(read(format!("[{}]", vec![configuration; 100].join(",")).as_bytes()).is_ok());
        let hollow = format!("[{}]", vec!["{\"\":0}"; 30_000].join(","));
        assert_eq!(read(hollow.as_bytes()).err(), Some(too_large()));
    }
}
