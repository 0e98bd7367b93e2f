//! Every view with sample data in awkward states: for looking at, and for snapshot tests.

/// Names and pages.
pub fn gallery() -> Vec<(&'static str, String)> {
    Vec::new()
}
