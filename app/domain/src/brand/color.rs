//! Colors and their contrast (WCAG 2.2, relative luminance and contrast ratio).

use std::fmt;

use crate::FieldError;

/// The contrast of text to its background (WCAG 2.2, 1.4.3).
pub const MIN_CONTRAST: f64 = 4.5;

/// An sRGB color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self::new(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self::new(255, 255, 255);

    /// Creates a color from its parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Parses `#rrggbb`, with or without the sign.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `color` if the text has another form.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let invalid = || FieldError::new("color", "A color has the form #1f5f56.");
        let text = text.trim();
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| invalid());
        Ok(Self::new(part(0)?, part(2)?, part(4)?))
    }

    /// Returns the relative luminance, from 0 (black) to 1 (white).
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let (red, green, blue) = (linear(self.red), linear(self.green), linear(self.blue));
        0.2126f64.mul_add(red, 0.7152f64.mul_add(green, 0.0722 * blue))
    }

    /// Returns the contrast ratio to another color, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Mixes this color with as little of `target` as it needs for [`MIN_CONTRAST`] to all backgrounds. The
    /// result is `target` itself at the latest.
    #[must_use]
    pub fn with_contrast(self, backgrounds: &[Self], target: Self) -> Self {
        let is_readable =
            |color: &Self| backgrounds.iter().all(|background| color.contrast(*background) >= MIN_CONTRAST);
        (0..=100u8).map(|percent| self.mixed(target, percent)).find(is_readable).unwrap_or(target)
    }

    /// Returns black or white, by the larger contrast to this color, which is at least 4.5.
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.contrast(Self::BLACK) >= self.contrast(Self::WHITE) { Self::BLACK } else { Self::WHITE }
    }

    /// Mixes this color with `other`; `percent` is the part of `other`.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let part = |a: u8, b: u8| {
            let percent = u32::from(percent.min(100));
            let sum = u32::from(a) * (100 - percent) + u32::from(b) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self::new(part(self.red, other.red), part(self.green, other.green), part(self.blue, other.blue))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn color(text: &str) -> Color {
        Color::parse(text).expect("a color")
    }

    #[test]
    fn colors_are_parsed_and_refused() {
        assert_eq!(color(" #1F5f56 ").to_string(), "#1f5f56");
        assert_eq!(color("ffffff"), Color::WHITE);
        for bad in ["", "#fff", "#12345g", "red", "#1234567", "#12 456", "＃123456", "#ä2345"] {
            assert!(Color::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn contrast_is_as_in_the_standard() {
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 0.001);
        assert!((color("#777777").contrast(Color::WHITE) - 4.478).abs() < 0.001);
        assert!((color("#767676").contrast(Color::WHITE) - 4.542).abs() < 0.001);
        assert!((color("#ff0000").contrast(Color::WHITE) - 3.998).abs() < 0.001);
    }

    #[test]
    fn color_with_enough_contrast_is_kept() {
        let green = color("#1f5f56");
        assert_eq!(green.with_contrast(&[Color::WHITE], Color::BLACK), green);
        assert_ne!(color("#ffff00").with_contrast(&[Color::WHITE], Color::BLACK), color("#ffff00"));
    }

    proptest! {
        #[test]
        fn every_color_becomes_readable(red in any::<u8>(), green in any::<u8>(), blue in any::<u8>()) {
            let any = Color::new(red, green, blue);
            for (background, target) in [(Color::WHITE, Color::BLACK), (color("#171715"), Color::WHITE)] {
                let readable = any.with_contrast(&[background], target);
                prop_assert!(readable.contrast(background) >= MIN_CONTRAST);
                prop_assert!(readable.contrast(readable.text_on()) >= MIN_CONTRAST);
            }
        }
    }
}
