//! How many requests were answered with what, and how quickly, by route.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use crate::measures::{Exposition, Histogram};

/// Where requests are told apart by how long they took, in microseconds.
const BOUNDS_US: &[u64] = &[
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000,
];

/// All answers since the start. Routes, methods and statuses are those of our own table, so there
/// are only so many, whatever is asked.
#[derive(Default)]
pub struct Requests(RwLock<HashMap<String, Arc<Route>>>);

struct Route {
    took_us: Histogram,
    answers: Mutex<Vec<((&'static str, u16), u64)>>,
}

impl Requests {
    /// Counts one answer.
    pub fn add(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let route = self.of(route);
        route.took_us.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        let key = (known(method), status.as_u16());
        let mut answers = route.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.iter_mut().find(|(counted, _)| *counted == key) {
            Some((_, count)) => *count += 1,
            None => answers.push((key, 1)),
        }
    }

    fn of(&self, route: &str) -> Arc<Route> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(route) {
            return known.clone();
        }
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            let took_us = Histogram::new(BOUNDS_US);
            Arc::new(Route { took_us, answers: Mutex::default() })
        };
        routes.entry(route.to_owned()).or_insert_with(fresh).clone()
    }

    /// Writes them down, by route.
    pub fn expose(&self, text: &mut Exposition) {
        let mut routes: Vec<(String, Arc<Route>)> = {
            let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
            routes.iter().map(|(name, route)| (name.clone(), route.clone())).collect()
        };
        routes.sort_by(|(one, _), (other, _)| one.cmp(other));
        let name = "campfire_requests_total";
        text.family(name, "counter", "Requests answered, by method, route and status.");
        for (route, counted) in &routes {
            let mut answers =
                counted.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
            answers.sort_unstable();
            for ((method, status), count) in answers {
                let status = status.to_string();
                let labels = [("method", method), ("route", route), ("status", &status)];
                text.sample(name, &labels, count);
            }
        }
        let name = "campfire_request_seconds";
        text.family(name, "histogram", "Time from a request's head to its answer's, by route.");
        for (route, counted) in &routes {
            text.histogram(name, &[("route", route)], &counted.took_us, 1e6);
        }
    }
}

/// Anybody can make up a method.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
