//! All we say to other machines, through one client that knows where it may not go.

mod call;
mod client;
mod error;
mod names;
pub mod opengraph;
pub mod private_network_guard;
pub mod web_push;

pub use call::{Call, Caps, Purpose, Reach};
pub use client::{Answer, Client};
pub use error::CallError;
pub use private_network_guard::PrivateNetworkGuard;
pub use reqwest::Url;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};
