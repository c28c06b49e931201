//! Long lists of names, shortened to fit in a sentence.

/// Joins names as in "`a`, `b` and 12 more", naming at most ten.
pub fn listed(labels: &[&str]) -> String {
    const MOST: usize = 10;
    let shown: Vec<String> = labels.iter().take(MOST).map(|label| format!("`{label}`")).collect();
    let rest = labels.len().saturating_sub(MOST);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}
