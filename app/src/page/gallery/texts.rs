//! Texts that are hard to show.

/// A long name without a space, as customers have them.
pub const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft-und-Söhne-Niederlassung-Süd-Abteilung-für-Lizenzverwaltung-und-Außendienst-GmbH-und-Co-KG-auf-Aktien-in-Liquidation-1874-2026";
/// A right-to-left name with a number and a Latin part.
pub const RIGHT_TO_LEFT: &str = "شركة النور للبرمجيات ٢٠٢٦ (Al-Noor)";
/// A name that is markup.
pub const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&amp;";
