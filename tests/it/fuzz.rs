//! Anything at all, sent to whatever reads what strangers send: nothing breaks, hangs or answers 5xx.
//!
//! Inputs are pieces of a kept corpus, words that mean something to the reader, and chance. The
//! corpus is replayed first, always; then a few hundred inputs that are the same each time. For a
//! long run, each reader for so many seconds with new chances,
//!
//! ```text
//! FUZZ_SECONDS=600 cargo test --release --test it fuzz:: -- --test-threads=1
//! ```
//!
//! What fails is made small, and kept in the corpus.

mod bodies;
mod endpoints;
mod frames;
mod requests;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// Inputs of the short run.
const FEW: u32 = 250;
/// Pieces of one input.
const PIECES: usize = 24;

fn corpus(reader: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fuzz/corpus").join(reader)
}

/// Tries a reader with its corpus, and then with what is made of it.
fn try_reader(
    reader: &str,
    words: &'static [&'static str],
    attempt: impl Fn(&[u8]) -> Result<(), String>,
) {
    let mut kept: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(corpus(reader))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    kept.sort();
    assert!(!kept.is_empty(), "no corpus for {reader}");
    for (path, input) in &kept {
        attempt(input).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
    }
    let seconds: Option<u64> = std::env::var("FUZZ_SECONDS").ok().and_then(|n| n.parse().ok());
    let began = Instant::now();
    let inputs = inputs(kept.into_iter().map(|(_, input)| input).collect(), words);
    let mut tried = 0;
    loop {
        let config = Config { cases: FEW, failure_persistence: None, ..Config::default() };
        let mut runner = match seconds {
            Some(_) => TestRunner::new(config),
            None => {
                TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
            }
        };
        let outcome = runner.run(&inputs, |input| attempt(&input).map_err(TestCaseError::fail));
        match outcome {
            Ok(()) => tried += FEW,
            Err(TestError::Fail(wrong, input)) => {
                let name = format!("found-{}", began.elapsed().as_nanos());
                std::fs::write(corpus(reader).join(&name), &input).unwrap();
                panic!("{reader}: {wrong}\nkept as {name}: {}", input.escape_ascii());
            }
            Err(TestError::Abort(reason)) => panic!("{reader}: {reason}"),
        }
        if seconds.is_none_or(|seconds| began.elapsed() > Duration::from_secs(seconds)) {
            break;
        }
    }
    println!("{reader}: {tried} inputs in {:.0} s", began.elapsed().as_secs_f64());
}

/// Pieces of what is kept, words, letters of any kind, bytes.
fn inputs(kept: Vec<Vec<u8>>, words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let part = (select(kept), any::<Index>(), 1_usize..120).prop_map(|(input, from, length)| {
        let from = from.index(input.len().max(1)).min(input.len());
        input[from..input.len().min(from + length)].to_vec()
    });
    let piece = prop_oneof![
        5 => part,
        5 => select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => "\\PC{0,6}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..8),
        1 => (select(words), 2_usize..300).prop_map(|(word, times)| word.repeat(times).into_bytes()),
    ];
    vec(piece, 0..PIECES).prop_map(|pieces| pieces.concat())
}
