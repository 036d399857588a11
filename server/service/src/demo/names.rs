//! Fictional customer and shop names, identical on each run.

/// A deterministic random generator (xorshift), so that the demo is the same on every machine.
/// Not used for keys and passwords.
pub struct NameGenerator {
    state: u64,
    seen: u32,
}

/// A customer.
pub struct Person {
    first: &'static str,
    last: &'static str,
    shop: String,
}

const FIRST: [&str; 24] = [
    "Amara", "Bruno", "Chloé", "Dilan", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaori", "Luca",
    "Mira", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Samir", "Tove", "Uma", "Viktor", "Wanda", "Yusuf",
];
const LAST: [&str; 24] = [
    "Almeida",
    "Berg",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Ueda",
    "Vargas",
    "Weber",
    "Zhou",
];
const SHOP_A: [&str; 16] = [
    "amber", "birch", "cobalt", "dune", "ember", "fern", "granite", "harbor", "indigo", "juniper", "kelp",
    "linden", "maple", "north", "opal", "pine",
];
const SHOP_B: [&str; 16] = [
    "atelier", "bakery", "books", "cycles", "design", "foods", "garden", "goods", "labs", "media", "print",
    "studio", "supply", "travel", "works", "yoga",
];
const TLD: [&str; 6] = ["com", "net", "org", "shop", "io", "co"];
const HOSTS: [&str; 5] = ["", "www.", "shop.", "app.", "blog."];

impl NameGenerator {
    pub fn new() -> Self {
        Self { state: 0x9E37_79B9_7F4A_7C15, seen: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// Returns a number below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next() % u64::from(n.max(1))).unwrap_or(0)
    }

    /// Returns a random index, weighted by `weights`.
    pub fn pick(&mut self, weights: &[u32]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (i, weight) in weights.iter().enumerate() {
            if at < *weight {
                return i;
            }
            at -= weight;
        }
        0
    }

    pub fn choose(&mut self, items: &[&'static str]) -> &'static str {
        let i = self.below(u32::try_from(items.len()).unwrap_or(1));
        items[i as usize]
    }

    pub fn person(&mut self) -> Person {
        self.seen += 1;
        let (a, b, tld) = (self.choose(&SHOP_A), self.choose(&SHOP_B), self.choose(&TLD));
        Person {
            first: self.choose(&FIRST),
            last: self.choose(&LAST),
            // The number makes each shop unique.
            shop: format!("{a}-{b}-{}.{tld}", self.seen),
        }
    }

    /// Returns an IP address of the ranges reserved for documentation (RFC 5737).
    pub fn address(&mut self) -> String {
        let net = self.choose(&["192.0.2", "198.51.100", "203.0.113"]);
        format!("{net}.{}", self.below(254) + 1)
    }
}

impl Person {
    pub fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    pub fn email(&self) -> String {
        // E-mail addresses are ASCII only.
        let plain: String = self.first.chars().filter(char::is_ascii).collect();
        format!("{}@{}", plain.to_lowercase(), self.shop)
    }

    pub fn domain(&self, n: u32) -> String {
        let host = HOSTS[n as usize % HOSTS.len()];
        format!("{host}{}", self.shop)
    }
}
