//! The addresses of the static files, with the hash of their content in the name.

include!(concat!(env!("OUT_DIR"), "/asset_urls.rs"));
