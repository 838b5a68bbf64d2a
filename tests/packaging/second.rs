//! A second static library made by Rust: it brings a standard library of its own, and panics in it unwind.

#![crate_type = "staticlib"]

/// 1 + 2 + … + `count`, or -1 for a negative one, on a thread of its own.
#[unsafe(no_mangle)]
pub extern "C" fn second_sum(count: i32) -> i32 {
    let sum = move || {
        assert!(count >= 0);
        (1..=count).sum()
    };
    std::panic::set_hook(Box::new(|_| ()));
    std::thread::spawn(sum).join().unwrap_or(-1)
}
