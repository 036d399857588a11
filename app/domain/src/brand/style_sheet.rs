//! The style sheet of a brand. It sets the tokens of the accent in both themes. Any color of the seller gives
//! text enough contrast.

use super::color::Color;

/// The backgrounds of text in the light theme: `--bg`, `--surface` and `--surface-sunken` of
/// `style/tokens.css`.
const LIGHT: [Color; 3] =
    [Color::new(0xfb, 0xfa, 0xf7), Color::new(0xff, 0xff, 0xff), Color::new(0xf1, 0xef, 0xe9)];
/// The same of the dark theme.
const DARK: [Color; 3] =
    [Color::new(0x17, 0x17, 0x15), Color::new(0x1f, 0x1f, 0x1c), Color::new(0x12, 0x12, 0x10)];

/// The accent of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    /// The color of links and of the background of buttons.
    pub color: Color,
    /// The color of text on it.
    pub text: Color,
    /// A background with a trace of the color.
    pub background: Color,
}

/// Returns the accents of the light and of the dark theme. A color with too little contrast is darkened or
/// lightened.
#[must_use]
pub fn accents(color: Color) -> [Accent; 2] {
    let accent = |backgrounds: [Color; 3], target: Color| {
        let color = color.with_contrast(&backgrounds, target);
        // A trace of the color stays near the surface, on which all texts are readable.
        Accent { color, text: color.text_on(), background: backgrounds[1].mixed(color, 8) }
    };
    [accent(LIGHT, Color::BLACK), accent(DARK, Color::WHITE)]
}

/// Returns the style sheet. Without a color it is empty, so that the tokens of this server are used.
#[must_use]
pub fn style_sheet(color: Option<Color>) -> String {
    let Some(color) = color else { return String::new() };
    let [light, dark] = accents(color);
    let rule = |token: &str, light: Color, dark: Color| format!("--{token}:light-dark({light},{dark});");
    format!(
        ":root{{{}{}{}}}\n",
        rule("accent", light.color, dark.color),
        rule("accent-text", light.text, dark.text),
        rule("accent-bg", light.background, dark.background)
    )
}

/// Returns the version of a style sheet: a digest of its text (FNV-1a), for its URL. It is no secret, and must
/// be the same on all nodes.
#[must_use]
pub fn version(sheet: &str) -> String {
    let add = |digest: u64, byte: u8| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", sheet.bytes().fold(0xcbf2_9ce4_8422_2325, add))
}

#[cfg(test)]
mod tests {
    use super::super::color::MIN_CONTRAST;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn backgrounds_are_those_of_the_tokens() {
        let tokens = include_str!("../../../../style/tokens.css");
        for (at, name) in ["--bg", "--surface", "--surface-sunken"].into_iter().enumerate() {
            let line = format!("{name}: light-dark({}, {});", LIGHT[at], DARK[at]);
            assert!(tokens.contains(&line), "{line}");
        }
    }

    #[test]
    fn style_sheet_sets_the_tokens_of_both_themes() {
        assert_eq!(style_sheet(None), "");
        let sheet = style_sheet(Some(Color::new(0x1f, 0x5f, 0x56)));
        assert!(sheet.starts_with(":root{--accent:light-dark(#1f5f56,#"), "{sheet}");
        assert!(sheet.contains("--accent-text:light-dark(#ffffff,#000000);"), "{sheet}");
    }

    #[test]
    fn version_follows_the_text_of_the_sheet() {
        assert_eq!(version("a"), "af63dc4c8601ec8c");
        assert_ne!(
            version(&style_sheet(Color::parse("#1f5f56").ok())),
            version(&style_sheet(Color::parse("#1f5f57").ok()))
        );
    }

    proptest! {
        #[test]
        fn accents_are_readable_in_both_themes(red in any::<u8>(), green in any::<u8>(), blue in any::<u8>()) {
            let accents = accents(Color::new(red, green, blue));
            for (accent, backgrounds) in accents.into_iter().zip([LIGHT, DARK]) {
                for background in backgrounds {
                    prop_assert!(accent.color.contrast(background) >= MIN_CONTRAST);
                }
                prop_assert!(accent.text.contrast(accent.color) >= MIN_CONTRAST);
            }
        }
    }
}
