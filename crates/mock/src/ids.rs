//! Ids that are the same in every run.

/// Makes ids from a counter, so that the same requests always give the same ids.
#[derive(Debug)]
pub(crate) struct Ids {
    count: u64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self { count: 0 }
    }

    /// The next number, counted from 1.
    pub(crate) fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// The next UUID, version 4 in form.
    pub(crate) fn uuid(&mut self) -> String {
        let seed = self.number();
        let high = mix(seed);
        let low = mix(high ^ seed);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 50),
            low & 0xffff_ffff_ffff,
        )
    }
}

/// Spreads the bits of a counter.
fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_from_run_to_run_and_not_within_one() {
        let (mut one, mut two) = (Ids::new(), Ids::new());
        let made: Vec<String> = (0..1000).map(|_| one.uuid()).collect();
        assert!(made.iter().all(|id| *id == two.uuid()));
        assert!(
            made.iter()
                .all(|id| id.len() == 36 && id.get(14..15) == Some("4"))
        );
        let distinct: std::collections::HashSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), 1000);
    }
}
