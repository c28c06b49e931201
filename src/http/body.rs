//! Parsing an answer's body as JSON, with a bound on its size in memory and not only in bytes.

use serde_json::Value;

/// The maximum size of a body, in bytes: more than a hundred configurations with every field at its longest.
pub const LARGEST: usize = 8 * 1024 * 1024;
/// The approximate overhead of a JSON value in memory, in bytes, while an empty one in a list takes one byte to send.
const PER_VALUE: usize = 128;

/// A parsed body.
pub struct Json {
    pub value: Value,
    /// The approximate size in memory, in bytes.
    pub size: usize,
}

/// Appends a received piece to a body. The pieces themselves are not kept, because one of a single byte takes a
/// hundred.
///
/// # Errors
/// That the body is too large, phrased to follow "its body".
pub fn append(body: &mut Vec<u8>, piece: &[u8]) -> Result<(), String> {
    if body.len() + piece.len() > LARGEST {
        return Err(too_large());
    }
    body.extend_from_slice(piece);
    Ok(())
}

/// Parses a body.
///
/// # Errors
/// What is wrong with the body, phrased to follow "its body".
pub fn read(body: &[u8]) -> Result<Json, String> {
    let values = body.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
    let size = body.len() + values * PER_VALUE;
    if size > LARGEST {
        return Err(too_large());
    }
    let value = serde_json::from_slice(body).map_err(|error| format!("is not JSON ({error})"))?;
    Ok(Json { value, size })
}

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
