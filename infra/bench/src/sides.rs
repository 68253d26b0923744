//! The two revisions of a run.

use crate::args::Args;
use crate::binaries::{Binaries, root, target};
use crate::failure::Failure;
use crate::progress::progress;
use crate::revision;

/// The binaries of this revision, and of the one beside which it is measured.
pub struct Sides {
    /// Those of this revision.
    pub now: Binaries,
    then: Option<Binaries>,
}

impl Sides {
    /// Builds those that are not built already.
    ///
    /// # Errors
    ///
    /// When something does not compile.
    pub async fn build(args: &Args, names: &[String]) -> Result<Self, Failure> {
        let now = match &args.target {
            Some(target) => Binaries::of(target),
            None => {
                progress("building the release binaries");
                Binaries::build(&root(), &target()?, names).await?
            }
        };
        if let Some(missing) = names.iter().find(|name| !now.has(name)) {
            return Err(format!("there is no {}", now.path(missing).display()).into());
        }
        let then = match (&args.beside, &args.beside_target) {
            (Some(reference), _) => {
                progress(&format!("building those of {reference}"));
                Some(revision::build(reference, names).await?)
            }
            (None, Some(target)) => Some(Binaries::of(target)),
            (None, None) => None,
        };
        if then.as_ref().is_some_and(|then| !names.iter().any(|name| then.has(name))) {
            return Err("the other revision has nothing of what is measured".into());
        }
        Ok(Self { now, then })
    }

    /// Whether there is another revision.
    pub const fn are_two(&self) -> bool {
        self.then.is_some()
    }

    /// The binaries of the other revision, if it has this one.
    pub fn then(&self, name: &str) -> Option<&Binaries> {
        self.then.as_ref().filter(|binaries| binaries.has(name))
    }
}
