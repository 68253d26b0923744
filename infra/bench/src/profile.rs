//! A release profile, as Cargo's environment overrides it.

/// What is overridden of the release profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    lto: String,
    codegen_units: String,
    opt_level: String,
}

impl Profile {
    /// Reads `LTO,UNITS,LEVEL`.
    ///
    /// # Errors
    ///
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let words: Vec<_> = text.split(',').map(str::trim).collect();
        match words[..] {
            [lto @ ("off" | "thin" | "fat"), codegen_units, opt_level @ ("1" | "2" | "3" | "s" | "z")]
                if codegen_units.parse::<u16>().is_ok_and(|units| units > 0) =>
            {
                Ok(Self {
                    lto: lto.to_owned(),
                    codegen_units: codegen_units.to_owned(),
                    opt_level: opt_level.to_owned(),
                })
            }
            _ => Err("it must look like thin,1,3 or off,16,s"),
        }
    }

    /// The environment of Cargo.
    pub fn environment(&self) -> [(&'static str, &str); 3] {
        [
            ("CARGO_PROFILE_RELEASE_LTO", &self.lto),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", &self.codegen_units),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", &self.opt_level),
        ]
    }

    /// A name for a folder.
    pub fn folder(&self) -> String {
        format!("{}-{}-{}", self.lto, self.codegen_units, self.opt_level)
    }

    /// A name for a table.
    pub fn title(&self) -> String {
        let units = if self.codegen_units == "1" { "unit" } else { "units" };
        format!("LTO {}, {} {units}, `opt-level` {}", self.lto, self.codegen_units, self.opt_level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_overrides_the_release_profile() {
        let profile = Profile::parse("off, 16, s").unwrap();
        assert_eq!(profile.folder(), "off-16-s");
        assert_eq!(profile.title(), "LTO off, 16 units, `opt-level` s");
        assert_eq!(profile.environment()[1], ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"));
        assert_eq!(Profile::parse("thin,1,3").unwrap().title(), "LTO thin, 1 unit, `opt-level` 3");
    }

    #[test]
    fn what_cargo_does_not_know_is_refused() {
        for text in ["", "off", "off,0,3", "off,16,4", "slim,16,3", "off,16,3,1"] {
            assert!(Profile::parse(text).is_err(), "{text}");
        }
    }
}
