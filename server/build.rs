//! Makes the folder of the dashboard's files. The server finds the files of a later build only if their folder exists
//! when it is compiled.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    std::fs::create_dir_all("../target/site")
}
