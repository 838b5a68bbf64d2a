//! Makes the client of progenitor's, where it is wanted.

#[cfg(feature = "progenitor")]
#[path = "build/progenitor.rs"]
mod plain;

#[cfg(feature = "progenitor")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    plain::make()
}

#[cfg(not(feature = "progenitor"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
