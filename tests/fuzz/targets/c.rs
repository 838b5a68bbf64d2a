//! Any calls of the C library's functions in any order, with any texts, numbers, NULLs and indexes; of
//! pointers only those that the header allows. The address sanitizer watches.

#![no_main]
#![allow(
    dead_code,
    unused_variables,
    reason = "which choices are made depends on the functions there are"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use libfuzzer_sys::fuzz_target;
// Its functions are called by their C names alone; without this it would not be linked.
use snapline_c as _;

include!(concat!(env!("OUT_DIR"), "/functions.rs"));

/// No program needs more calls.
const MOST_CALLS: usize = 64;

/// The input as a list of choices; when it is used up, zeroes follow.
pub struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let count = N.min(self.0.len());
        let (now, later) = self.0.split_at(count);
        taken[..count].copy_from_slice(now);
        self.0 = later;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    fn bool(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.bytes())
    }

    fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.bytes())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// Small indexes hit something; the largest is as good as all others.
    fn usize(&mut self) -> usize {
        match self.byte() {
            255 => usize::MAX,
            small => usize::from(small),
        }
    }

    fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.bytes())
    }

    /// NULL, or a text that lives as long as the pool.
    fn text(&mut self, pool: &mut Pool) -> *const c_char {
        let count = match u16::from_le_bytes(self.bytes()) {
            u16::MAX => return ptr::null(),
            count => usize::from(count).min(self.0.len()),
        };
        let (now, later) = self.0.split_at(count);
        self.0 = later;
        let end = now.iter().position(|byte| *byte == 0).unwrap_or(count);
        let text = CString::new(&now[..end]).expect("cut before its first NUL");
        let given = text.as_ptr();
        // The buffer stays where it is when the CString moves.
        pool.texts.push(text);
        given
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.byte() % 8;
        (0..count).map(|_| item(self)).collect()
    }
}

/// What is alive.
#[derive(Default)]
pub struct Pool {
    owned: BTreeMap<&'static str, Vec<*mut c_void>>,
    lent: BTreeMap<&'static str, Vec<*const c_void>>,
    texts: Vec<CString>,
}

impl Pool {
    /// A handle to change, or NULL.
    fn owned(&mut self, thing: &'static str, input: &mut Input<'_>) -> *mut c_void {
        // What is lent by a handle ends when that is changed.
        let found = pick(self.owned.get(thing), input);
        if !found.is_null() && !self.lent.is_empty() {
            self.lent.clear();
        }
        found
    }

    /// A handle to look at, or NULL.
    fn borrow(&mut self, thing: &'static str, input: &mut Input<'_>) -> *const c_void {
        match pick(self.lent.get(thing).map(Vec::as_slice), input) {
            found if found.is_null() => pick(self.owned.get(thing), input).cast_const(),
            found => found,
        }
    }

    fn give(&mut self, thing: &'static str, given: *mut c_void) {
        if !given.is_null() {
            self.owned.entry(thing).or_default().push(given);
        }
    }

    fn lend(&mut self, thing: &'static str, given: *const c_void) {
        if !given.is_null() {
            self.lent.entry(thing).or_default().push(given);
        }
    }

    /// Reads a text to its end.
    fn read(&self, given: *const c_char) {
        if !given.is_null() {
            // SAFETY: a getter gives NULL or a text.
            std::hint::black_box(unsafe { CStr::from_ptr(given) }.to_bytes().len());
        }
    }

    fn string(&self, given: *mut c_char) {
        self.read(given);
        // SAFETY: NULL, or a text that was given away.
        unsafe { snapline_c::string::snapline_string_free(given) };
    }

    fn failed(&mut self, status: i32, error: *mut c_void) {
        assert_eq!(status == 0, error.is_null(), "a status and its error");
        self.give("snapline_error", error);
    }
}

trait Null: Copy {
    const NULL: Self;
}
impl Null for *mut c_void {
    const NULL: Self = ptr::null_mut();
}
impl Null for *const c_void {
    const NULL: Self = ptr::null();
}

fn pick<P: Null>(from: Option<impl AsRef<[P]>>, input: &mut Input<'_>) -> P {
    let Some(from) = from else {
        return P::NULL;
    };
    let from = from.as_ref();
    match input.byte() {
        255 => P::NULL,
        choice => from[usize::from(choice) % from.len()],
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for (thing, handles) in &self.owned {
            let free = FREES.iter().find(|(known, _)| known == thing);
            let (_, free) = free.unwrap_or_else(|| panic!("nothing frees {thing}"));
            for handle in handles {
                // SAFETY: it was given out once and is not used any more.
                unsafe { free(*handle) };
            }
        }
    }
}

/// FNV-1a, as `cargo xtask fuzz` computes it for its seeds: a seed names a function whatever its place.
fn hash(name: &str) -> u16 {
    let whole = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (whole >> 16) as u16 ^ whole as u16
}

fuzz_target!(init: {
    // Rust panics are caught at the boundary and would go unseen.
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        std::process::abort();
    }));
}, |data: &[u8]| {
    static BY_HASH: std::sync::OnceLock<Vec<(u16, usize)>> = std::sync::OnceLock::new();
    let by_hash = BY_HASH.get_or_init(|| {
        let numbered = FUNCTIONS.iter().enumerate();
        let mut all: Vec<_> = numbered.map(|(index, (name, _))| (hash(name), index)).collect();
        all.sort_unstable();
        all
    });
    let mut input = Input(data);
    let mut pool = Pool::default();
    for _ in 0..MOST_CALLS {
        if input.0.is_empty() {
            break;
        }
        let wanted = u16::from_le_bytes(input.bytes());
        let place = by_hash.partition_point(|(hash, _)| *hash < wanted) % by_hash.len();
        FUNCTIONS[by_hash[place].1].1(&mut pool, &mut input);
    }
});
