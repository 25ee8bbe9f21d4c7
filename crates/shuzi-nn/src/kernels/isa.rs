//! Which instructions the kernels are run with.

use std::{env, fmt, str::FromStr, sync::OnceLock};

use pulp::Arch;

/// The environment variable that caps the choice.
const VARIABLE: &str = "SHUZI_ISA";

/// An instruction set that the kernels are compiled for. The best one that the
/// machine has is chosen when the program runs; the environment variable
/// `SHUZI_ISA` (`scalar`, `avx2`, `avx512` or `neon`) caps the choice. Results
/// differ in their last bits from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Isa {
    /// One value at a time.
    Scalar,
    /// WebAssembly's vectors of 4 values, chosen when the program is compiled.
    Simd128,
    /// ARM's vectors of 4 values.
    Neon,
    /// x86's vectors of 8 values, with FMA (x86-64-v3).
    Avx2,
    /// x86's vectors of 16 values (x86-64-v4).
    Avx512,
}

/// `SHUZI_ISA` names none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} must be scalar, avx2, avx512 or neon, got {0:?}")]
pub struct IsaError(String);

impl Isa {
    /// The one in use.
    pub fn current() -> Self {
        Self::of(arch())
    }

    /// The one that `SHUZI_ISA` asks for at most, `None` where it is not set.
    ///
    /// # Errors
    /// If it names none; kernels then take the best that there is.
    pub fn requested() -> Result<Option<Self>, IsaError> {
        match env::var(VARIABLE) {
            Ok(name) => name.parse().map(Some),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(name)) => {
                Err(IsaError(name.to_string_lossy().into_owned()))
            }
        }
    }

    /// All that the machine has, the best one last.
    pub fn available() -> Vec<Self> {
        let best = Self::of(Arch::new());
        let all = [
            Self::Scalar,
            Self::Simd128,
            Self::Neon,
            Self::Avx2,
            Self::Avx512,
        ];
        all.into_iter()
            .filter(|&isa| Self::of(capped(isa)) == isa && isa <= best)
            .collect()
    }

    #[cfg(target_arch = "x86_64")]
    fn of(arch: Arch) -> Self {
        match arch {
            Arch::V4(_) => Self::Avx512,
            Arch::V3(_) => Self::Avx2,
            _ => Self::Scalar,
        }
    }

    #[cfg(target_arch = "aarch64")]
    fn of(arch: Arch) -> Self {
        match arch {
            Arch::Neon(_) => Self::Neon,
            _ => Self::Scalar,
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn of(arch: Arch) -> Self {
        match arch {
            Arch::Scalar => Self::Scalar,
            _ => Self::Simd128,
        }
    }

    #[cfg(not(any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "wasm32"
    )))]
    fn of(_: Arch) -> Self {
        Self::Scalar
    }
}

impl FromStr for Isa {
    type Err = IsaError;

    fn from_str(name: &str) -> Result<Self, IsaError> {
        match name {
            "scalar" => Ok(Self::Scalar),
            "neon" => Ok(Self::Neon),
            "avx2" => Ok(Self::Avx2),
            "avx512" => Ok(Self::Avx512),
            _ => Err(IsaError(name.to_owned())),
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Simd128 => "simd128",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        })
    }
}

/// What every kernel dispatches with: asked for once in a process.
#[inline]
pub(crate) fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(|| match Isa::requested() {
        Ok(Some(most)) => capped(most),
        Ok(None) | Err(_) => Arch::new(),
    })
}

/// The best that the machine has, at most `most`.
#[cfg(target_arch = "x86_64")]
fn capped(most: Isa) -> Arch {
    match most {
        Isa::Avx512 => Arch::new(),
        Isa::Avx2 => pulp::x86::V3::try_new().map_or(Arch::Scalar, Arch::V3),
        Isa::Scalar | Isa::Simd128 | Isa::Neon => Arch::Scalar,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn capped(most: Isa) -> Arch {
    match most {
        Isa::Scalar => Arch::Scalar,
        Isa::Simd128 | Isa::Neon | Isa::Avx2 | Isa::Avx512 => Arch::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        for isa in [Isa::Scalar, Isa::Neon, Isa::Avx2, Isa::Avx512] {
            assert_eq!(isa.to_string().parse(), Ok(isa));
        }
        let error = "sse".parse::<Isa>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "SHUZI_ISA must be scalar, avx2, avx512 or neon, got \"sse\""
        );
    }

    /// The tests of the kernels and of this file, once more in a process that is
    /// capped.
    #[test]
    fn kernels_are_right_with_every_instruction_set_of_the_machine() {
        if env::var_os(VARIABLE).is_some() {
            let most = Isa::requested().unwrap().unwrap();
            assert!(Isa::current() <= most, "{}", Isa::current());
            return;
        }
        let available = Isa::available();
        assert!(available.contains(&Isa::current()));
        for isa in available.iter().filter(|&&isa| isa != Isa::current()) {
            let output = Command::new(env::current_exe().unwrap())
                .args(["kernels::", "--test-threads=2"])
                .env(VARIABLE, isa.to_string())
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{isa}:\n{text}");
            assert!(text.contains("kernels_are_right"), "{isa}:\n{text}");
        }
    }
}
