//! Pages of a list, and the `Link` header between them.

use std::ops::Range;

/// The part of a list that a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    per_page: usize,
    page: usize,
}

impl Page {
    /// Returns the page that a query asks for. Invalid values are ignored, and page sizes above `largest` are reduced
    /// to it.
    pub(crate) fn of_query(query: &str, largest: usize) -> Self {
        let number = |wanted: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == wanted)
                .and_then(|(_, value)| value.parse().ok())
                .filter(|number| *number > 0)
        };
        Self { per_page: number("per_page").unwrap_or(30).min(largest), page: number("page").unwrap_or(1) }
    }

    /// Returns the positions of this page's items in a list of `total` items.
    pub(crate) fn range(&self, total: usize) -> Range<usize> {
        let start = (self.page - 1).saturating_mul(self.per_page).min(total);
        start..(start + self.per_page).min(total)
    }

    /// Returns the `Link` header, if there are other pages.
    pub(crate) fn link(&self, address: &str, total: usize) -> Option<String> {
        let last = total.div_ceil(self.per_page).max(1);
        let mut relations = Vec::new();
        if self.page > 1 {
            relations.push((self.page - 1, "prev"));
        }
        if self.page < last {
            relations.extend([(self.page + 1, "next"), (last, "last")]);
        }
        if self.page > 1 {
            relations.push((1, "first"));
        }
        let links: Vec<String> = relations
            .iter()
            .map(|(page, relation)| format!("<{address}?per_page={}&page={page}>; rel=\"{relation}\"", self.per_page))
            .collect();
        (!links.is_empty()).then(|| links.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn invalid_values_are_ignored() {
        assert_eq!(Page::of_query("", 100), Page { per_page: 30, page: 1 });
        assert_eq!(Page::of_query("per_page=1000&page=0", 100), Page { per_page: 100, page: 1 });
        assert_eq!(Page::of_query("per_page=some&page=-3", 100), Page { per_page: 30, page: 1 });
    }

    #[test]
    fn a_page_past_the_end_is_empty() {
        assert_eq!(Page::of_query("page=3", 100).range(31), 31..31);
        assert_eq!(Page::of_query(&format!("page={}", usize::MAX), 100).range(31), 31..31);
    }

    #[test]
    fn links_point_to_the_previous_and_the_next_page() {
        let link = Page::of_query("per_page=2&page=2", 100).link("http://h/l", 5);
        let expected = "<http://h/l?per_page=2&page=1>; rel=\"prev\", <http://h/l?per_page=2&page=3>; rel=\"next\", \
                        <http://h/l?per_page=2&page=3>; rel=\"last\", <http://h/l?per_page=2&page=1>; rel=\"first\"";
        assert_eq!(link.as_deref(), Some(expected));
        assert_eq!(Page::of_query("", 100).link("http://h/l", 30), None);
    }
}
