//! Gives the shared library its name for the dynamic linker, and lets it stay loaded.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Raised with the first release that is not compatible with the one before.
    let abi = 0;
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "freebsd" | "netbsd" | "openbsd" | "dragonfly" | "android") => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsnapline.so.{abi}");
            // Its threads, and what it does when one of the caller's ends, need its code to stay.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        Ok("macos") => {
            println!(
                "cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libsnapline.{abi}.dylib"
            );
        }
        _ => {}
    }
}
