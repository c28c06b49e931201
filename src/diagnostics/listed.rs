//! Many names in one sentence.

/// `a`, `b` and 12 more: enough to know what they have in common.
pub fn listed(labels: &[&str]) -> String {
    const MOST: usize = 10;
    let shown: Vec<String> = labels.iter().take(MOST).map(|label| format!("`{label}`")).collect();
    let rest = labels.len().saturating_sub(MOST);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}
