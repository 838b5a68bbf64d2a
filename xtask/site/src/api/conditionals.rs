//! Conditions of the preprocessor, settled as a reader's compiler would: C11, or C++ with exceptions. Lines that are not
//! compiled become empty, so that all others keep their numbers.

use anyhow::{Result, bail};

use super::Language;

/// What our headers ask, and whether it holds in C and in C++.
const CONDITIONS: [(&str, bool, bool); 5] = [
    (
        "defined(__cplusplus) || __STDC_VERSION__ >= 202311L",
        false,
        true,
    ),
    ("__STDC_VERSION__ >= 202311L", false, false),
    ("defined(__cplusplus)", false, true),
    (
        "defined(__cpp_exceptions) || defined(_CPPUNWIND)",
        false,
        true,
    ),
    ("SNAPLINE_EXCEPTIONS", false, true),
];

/// The text with all conditions settled.
pub(super) fn settled(language: Language, path: &str, text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    // For each condition that is open whether what follows is compiled.
    let mut open: Vec<bool> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let told = line.split("//").next().unwrap_or_default().trim();
        let fault = |what: &str| format!("{path}:{}: {what}", at + 1);
        let directive = told.strip_prefix('#').map(str::trim_start);
        let (word, rest) = directive
            .and_then(|told| told.split_once(' ').or(Some((told, ""))))
            .unwrap_or_default();
        match word {
            "if" | "ifdef" | "ifndef" => match holds(language, word, rest.trim()) {
                Some(holds) => open.push(holds),
                None => bail!(fault(&format!(
                    "whether `{rest}` holds is not known: add it to CONDITIONS of xtask/site"
                ))),
            },
            "else" => match open.last_mut() {
                Some(last) => *last = !*last,
                None => bail!(fault("this closes nothing")),
            },
            "elif" => bail!(fault("write it with #else and #if")),
            "endif" if open.pop().is_none() => bail!(fault("this closes nothing")),
            "endif" => {}
            _ if open.iter().all(|compiled| *compiled) => out.push_str(line),
            _ => {}
        }
        out.push('\n');
    }
    Ok(out)
}

fn holds(language: Language, word: &str, condition: &str) -> Option<bool> {
    let cpp = language == Language::Cpp;
    match word {
        "ifdef" | "ifndef" if condition == "__cplusplus" => Some((word == "ifdef") == cpp),
        // A header's guard.
        "ifndef" if condition.ends_with("_H") || condition.ends_with("_HPP") => Some(true),
        "if" => {
            let mut all = CONDITIONS.iter();
            let (_, c, in_cpp) = all.find(|(known, ..)| *known == condition)?;
            Some(if cpp { *in_cpp } else { *c })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str =
        "#ifndef A_H\n#ifdef __cplusplus\nint c;\n#else // C\nint d;\n#endif\n#endif\n";

    #[test]
    fn lines_that_are_not_compiled_become_empty() {
        let c = settled(Language::C, "a.h", BOTH).unwrap();
        assert_eq!(c, "\n\n\n\nint d;\n\n\n");
        let cpp = settled(Language::Cpp, "a.h", BOTH).unwrap();
        assert_eq!(cpp, "\n\nint c;\n\n\n\n\n");
    }

    #[test]
    fn a_condition_that_nobody_knows_is_told() {
        let error = settled(Language::C, "a.h", "int a;\n#if NEW\n#endif\n").unwrap_err();
        assert!(
            error.to_string().starts_with("a.h:2: whether `NEW` holds"),
            "{error}"
        );
        assert!(settled(Language::C, "a.h", "#endif\n").is_err());
    }
}
