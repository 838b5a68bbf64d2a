//! Durations of the calendar, such as `2y5m7d3h`.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A duration in years, months, days and hours, as in `2y5m7d3h`.
///
/// ```
/// # use snapline_retention::Within;
/// let within: Within = "1y6m".parse()?;
/// assert_eq!((within.years, within.months, within.days), (1, 6, 0));
/// assert_eq!(within.to_string(), "1y6m");
/// assert!("2w".parse::<Within>().is_err());
/// # Ok::<(), snapline_retention::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Within {
    /// Calendar years.
    pub years: u32,
    /// Calendar months.
    pub months: u32,
    /// Days of 24 hours.
    pub days: u32,
    /// Hours.
    pub hours: u32,
}

impl Within {
    /// Whether it is no time at all; a rule with such a duration keeps nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    fn parts(&self) -> [(u32, char); 4] {
        [
            (self.years, 'y'),
            (self.months, 'm'),
            (self.days, 'd'),
            (self.hours, 'h'),
        ]
    }
}

impl FromStr for Within {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why: String| {
            let how = "write it as in 2y5m7d3h, and weeks as days";
            Error::new(
                "duration",
                "a duration such as 2y5m7d3h",
                format!("`{text}` is no duration: {why}; {how}"),
            )
        };
        let mut parsed = Self::default();
        let mut seen = String::new();
        let mut digits = String::new();
        for letter in text.trim().chars() {
            if letter.is_ascii_digit() {
                digits.push(letter);
                continue;
            }
            let place = match letter {
                'y' => &mut parsed.years,
                'm' => &mut parsed.months,
                'd' => &mut parsed.days,
                'h' => &mut parsed.hours,
                other => return Err(refuse(format!("`{other}` is no unit"))),
            };
            if seen.contains(letter) {
                return Err(refuse(format!("`{letter}` stands there twice")));
            }
            *place = digits.parse().map_err(|_| {
                refuse(match digits.as_str() {
                    "" => format!("`{letter}` has no number before it"),
                    long => format!("{long} is too large"),
                })
            })?;
            seen.push(letter);
            digits.clear();
        }
        if !digits.is_empty() {
            return Err(refuse(format!("{digits} has no unit behind it")));
        }
        if seen.is_empty() {
            return Err(refuse("it is empty".to_owned()));
        }
        Ok(parsed)
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0h");
        }
        self.parts()
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .try_for_each(|(number, unit)| write!(f, "{number}{unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, written) in [
            ("2y5m7d3h", "2y5m7d3h"),
            ("7d", "7d"),
            ("3h2y", "2y3h"),
            (" 10m ", "10m"),
            ("0d", "0h"),
            ("007d", "7d"),
        ] {
            let within: Within = text.parse().unwrap();
            assert_eq!(within.to_string(), written);
            assert_eq!(written.parse::<Within>().unwrap(), within);
        }
    }

    #[test]
    fn what_is_no_duration_says_why() {
        for (text, why) in [
            ("", "it is empty"),
            ("7", "7 has no unit behind it"),
            ("1w", "`w` is no unit"),
            ("d", "`d` has no number before it"),
            ("-7d", "`-` is no unit"),
            ("1d2d", "`d` stands there twice"),
            ("99999999999d", "99999999999 is too large"),
        ] {
            let error = text.parse::<Within>().unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert!(error.to_string().contains("2y5m7d3h"), "{error}");
        }
    }
}
