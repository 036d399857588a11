//! Formatting of sizes.

use super::pluralize;

/// Units above a byte, each 1,024 times the one before.
const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];

/// Formats a size in the largest unit that fits: "12 bytes", "1.5 MiB".
pub fn format_bytes(bytes: u64) -> String {
    if bytes < 1024 {
        return pluralize(i64::try_from(bytes).unwrap_or(i64::MAX), "byte");
    }
    let (mut unit, mut tenths) = (0, u128::from(bytes) * 10 / 1024);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_the_largest_unit() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1,023 bytes"),
            (1536, "1.5 KiB"),
            (1 << 20, "1.0 MiB"),
            (512 << 20, "512.0 MiB"),
            (3 << 40, "3.0 TiB"),
            (2048 << 40, "2048.0 TiB"),
        ] {
            assert_eq!(format_bytes(bytes), text);
        }
    }
}
