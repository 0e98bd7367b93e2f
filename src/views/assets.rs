//! The URLs of the files that browsers load, one constant each, as the build named them.

include!(concat!(env!("OUT_DIR"), "/asset_urls.rs"));
