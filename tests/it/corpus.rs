//! Replays the inputs that fuzzing found worth keeping, on stable Rust. `fuzz/` searches for more.

use std::fs;

use crate::world::repository;

#[path = "../../fuzz/laws.rs"]
mod laws;

fn replay(target: &str, law: impl Fn(&[u8])) {
    let folder = repository("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).expect("a corpus").map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus of {target} is gone");
    for file in files {
        println!("{}", file.display());
        let bytes = fs::read(&file).unwrap();
        law(&bytes);
        // Truncated and damaged variants must obey the law too.
        for at in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
            law(&bytes[..at]);
            let mut damaged = bytes.clone();
            damaged[at] = damaged[at].wrapping_add(13);
            law(&damaged);
        }
    }
}

#[test]
fn manifests() {
    replay("manifest", laws::manifest);
}

#[test]
fn inputs() {
    replay("inputs", laws::inputs);
}

#[test]
fn answers() {
    replay("answers", laws::answers);
}

#[test]
fn outputs() {
    replay("outputs", laws::outputs);
}
