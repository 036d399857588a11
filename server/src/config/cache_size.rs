//! The default size of the caches, derived from the machine's memory.

use std::fs;

const MIB: u64 = 1 << 20;
/// Bounds of the cache size: 64 MiB hold about 150,000 licenses, 512 MiB more than a million.
const MIN_CACHE_BYTES: u64 = 64 * MIB;
const MAX_CACHE_BYTES: u64 = 512 * MIB;

/// Returns the default cache size in bytes: an eighth of the memory of the machine or the control
/// group. An upper bound; memory is allocated on use.
pub fn cache_bytes() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_memory(&text));
    let cgroup =
        fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    cache_share(machine, cgroup)
}

fn cache_share(machine: Option<u64>, cgroup: Option<u64>) -> u64 {
    machine
        .into_iter()
        .chain(cgroup)
        .min()
        .map_or(MIN_CACHE_BYTES, |memory| (memory / 8).clamp(MIN_CACHE_BYTES, MAX_CACHE_BYTES))
}

/// Parses `MemTotal:  16384000 kB`.
fn total_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_is_an_eighth_of_memory_within_bounds() {
        let gib = 1024 * MIB;
        assert_eq!(cache_share(Some(2 * gib), None), 256 * MIB);
        assert_eq!(cache_share(Some(64 * gib), None), MAX_CACHE_BYTES);
        assert_eq!(cache_share(Some(64 * gib), Some(gib)), 128 * MIB);
        assert_eq!(cache_share(Some(gib / 4), None), MIN_CACHE_BYTES);
        assert_eq!(cache_share(None, None), MIN_CACHE_BYTES);
    }

    #[test]
    fn total_memory_is_read_from_meminfo() {
        let text = "MemTotal:       24683312 kB\nMemFree:        100 kB\n";
        assert_eq!(total_memory(text), Some(24_683_312 * 1024));
        assert_eq!(total_memory("nothing"), None);
    }
}
