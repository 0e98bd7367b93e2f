//! What happens to every request and answer.

pub mod banned_addresses;
pub mod one_meaning;
pub mod packing;
pub mod request_log;
pub mod security_headers;
