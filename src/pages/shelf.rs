//! A table of kept things with a limit in bytes; each is made once, however many ask for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::marks::{Mark, Marks};
use crate::error::Result;

/// Bytes a place on the shelf takes beside what stands there: its key, locks and marks.
const PLACE: usize = 256;
/// After the limit was passed this part of it stays free for a while, in sixteenths.
const CLEARED: usize = 2;
/// After at least so many makings what is no longer true is taken away; after more where more stands
/// there, so that looking through it stays a small part of making it.
const SWEPT_AFTER: usize = 256;

/// Things that know how much memory they take.
pub trait Sized {
    fn bytes(&self) -> usize;
}

/// Something made at one moment from what its marks stand for.
pub struct Kept<V> {
    pub value: V,
    /// Tells this making from every other one of this process.
    pub number: u64,
    made_at: u64,
    /// The latest number at which the marks were looked at and found unmoved.
    true_at: AtomicU64,
    marks: Vec<Mark>,
}

impl<V> Kept<V> {
    fn is_true(&self, marks: &Marks) -> bool {
        let latest = marks.latest();
        if self.true_at.load(Ordering::Acquire) == latest {
            return true;
        }
        let unmoved = self.marks.iter().all(|mark| mark.is_unchanged_since(self.made_at));
        if unmoved {
            self.true_at.store(latest, Ordering::Release);
        }
        unmoved
    }
}

struct Place<V> {
    kept: RwLock<Option<Arc<Kept<V>>>>,
    making: Mutex<()>,
    /// The shelf's count of questions when this was last asked for.
    asked: AtomicU64,
    /// Bytes counted for it.
    bytes: AtomicUsize,
}

pub struct Shelf<K, V> {
    limit: usize,
    places: RwLock<HashMap<K, Arc<Place<V>>>>,
    bytes: AtomicUsize,
    questions: AtomicU64,
    makings: AtomicU64,
    /// Makings since what is untrue was taken away.
    unswept: AtomicUsize,
}

impl<K: Clone + Eq + Hash, V: Sized> Shelf<K, V> {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            places: RwLock::default(),
            bytes: AtomicUsize::new(0),
            questions: AtomicU64::new(0),
            makings: AtomicU64::new(0),
            unswept: AtomicUsize::new(0),
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What stands under a key and is still true, or what `make` makes now. Whoever asks while it
    /// is being made waits for it.
    pub fn get(
        &self,
        marks: &Marks,
        key: &K,
        make: impl FnOnce() -> Result<Option<(V, Vec<Mark>)>>,
    ) -> Result<Option<Arc<Kept<V>>>> {
        let place = self.place(key);
        place.asked.store(self.questions.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if let Some(kept) = place.true_one(marks) {
            return Ok(Some(kept));
        }
        let _alone = place.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = place.true_one(marks) {
            return Ok(Some(kept));
        }
        // Before anything is read: what changes meanwhile makes this one untrue.
        let made_at = marks.latest();
        let Some((value, made_from)) = make()? else { return Ok(None) };
        let kept = Arc::new(Kept {
            number: self.makings.fetch_add(1, Ordering::Relaxed),
            made_at,
            true_at: AtomicU64::new(made_at),
            value,
            marks: made_from,
        });
        self.put(marks, key, &place, &kept);
        Ok(Some(kept))
    }

    fn place(&self, key: &K) -> Arc<Place<V>> {
        if let Some(place) = self.places.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return place.clone();
        }
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(key.clone()).or_insert_with(|| {
            self.bytes.fetch_add(PLACE, Ordering::Relaxed);
            Arc::new(Place {
                kept: RwLock::default(),
                making: Mutex::default(),
                asked: AtomicU64::new(self.questions.load(Ordering::Relaxed)),
                bytes: AtomicUsize::new(PLACE),
            })
        });
        let place = place.clone();
        if self.bytes() > self.limit {
            self.clear(&mut places);
        }
        place
    }

    fn put(&self, marks: &Marks, key: &K, place: &Arc<Place<V>>, kept: &Arc<Kept<V>>) {
        *place.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept.clone());
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        // It may have been cleared away while it was being made; then it is used this once.
        if places.get(key).is_some_and(|found| Arc::ptr_eq(found, place)) {
            let bytes = PLACE + kept.value.bytes() + size_of::<Mark>() * kept.marks.len();
            let before = place.bytes.swap(bytes, Ordering::Relaxed);
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
            self.bytes.fetch_sub(before, Ordering::Relaxed);
        }
        if self.unswept.fetch_add(1, Ordering::Relaxed) >= SWEPT_AFTER.max(places.len() / 2) {
            self.unswept.store(0, Ordering::Relaxed);
            self.sweep(marks, &mut places);
        }
        if self.bytes() > self.limit {
            self.clear(&mut places);
        }
    }

    /// Takes away what would be made anew anyway, except what somebody is making just now.
    fn sweep(&self, marks: &Marks, places: &mut HashMap<K, Arc<Place<V>>>) {
        places.retain(|_, place| {
            let stays = Arc::strong_count(place) > 1 || place.true_one(marks).is_some();
            if !stays {
                self.bytes.fetch_sub(place.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            stays
        });
    }

    /// Takes away what was not asked for longest.
    fn clear(&self, places: &mut HashMap<K, Arc<Place<V>>>) {
        let goal = self.limit / 16 * (16 - CLEARED);
        let mut by_use: Vec<(u64, K)> = places
            .iter()
            .map(|(key, place)| (place.asked.load(Ordering::Relaxed), key.clone()))
            .collect();
        by_use.sort_unstable_by_key(|(asked, _)| *asked);
        for (_, key) in by_use {
            if self.bytes() <= goal {
                break;
            }
            if let Some(place) = places.remove(&key) {
                self.bytes.fetch_sub(place.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    }
}

impl<V> Place<V> {
    fn true_one(&self, marks: &Marks) -> Option<Arc<Kept<V>>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.is_true(marks)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RoomId;

    impl Sized for String {
        fn bytes(&self) -> usize {
            self.len()
        }
    }

    fn ask(shelf: &Shelf<u64, String>, marks: &Marks, key: u64, text: &str) -> String {
        let made = || Ok(Some((text.to_owned(), vec![marks.of_presence(RoomId(1))])));
        shelf.get(marks, &key, made).unwrap().unwrap().value.clone()
    }

    #[test]
    fn what_is_kept_is_given_until_a_mark_moves() {
        let (shelf, marks) = (Shelf::new(10_000), Marks::default());
        assert_eq!(ask(&shelf, &marks, 1, "first"), "first");
        assert_eq!(ask(&shelf, &marks, 1, "second"), "first");
        marks.presence_changed(RoomId(2));
        assert_eq!(ask(&shelf, &marks, 1, "second"), "first", "another room's mark");
        marks.presence_changed(RoomId(1));
        assert_eq!(ask(&shelf, &marks, 1, "second"), "second");
    }

    #[test]
    fn what_changed_while_it_was_made_is_made_again() {
        let (shelf, marks) = (Shelf::new(10_000), Marks::default());
        let made = || {
            let from = vec![marks.of_presence(RoomId(1))];
            marks.presence_changed(RoomId(1));
            Ok(Some(("old".to_owned(), from)))
        };
        shelf.get(&marks, &1, made).unwrap();
        assert_eq!(ask(&shelf, &marks, 1, "new"), "new");
    }

    #[test]
    fn the_limit_holds_and_what_is_asked_for_stays() {
        let (shelf, marks) = (Shelf::new(20_000), Marks::default());
        for n in 0..1_000 {
            ask(&shelf, &marks, n, &"x".repeat(500));
            ask(&shelf, &marks, 0, "gone");
            assert!(shelf.bytes() <= 20_000, "{}", shelf.bytes());
        }
        assert_eq!(ask(&shelf, &marks, 0, "gone").len(), 500, "asked for all the time");
        assert_eq!(ask(&shelf, &marks, 1, "gone"), "gone", "not asked for since");
    }

    #[test]
    fn what_is_no_longer_true_goes_by_itself() {
        let (shelf, marks) = (Shelf::new(10_000_000), Marks::default());
        for n in 0..200 {
            ask(&shelf, &marks, n, &"x".repeat(1_000));
        }
        assert!(shelf.bytes() > 200_000);
        marks.presence_changed(RoomId(1));
        for n in 1_000..1_000 + 2 * SWEPT_AFTER as u64 {
            ask(&shelf, &marks, n, "new");
        }
        assert_eq!(shelf.places.read().unwrap().len(), 2 * SWEPT_AFTER);
        let counted: usize = {
            let places = shelf.places.read().unwrap();
            places.values().map(|place| place.bytes.load(Ordering::Relaxed)).sum()
        };
        assert_eq!(shelf.bytes(), counted);
    }
}
