//! Bare argon2 with the parameters of our passwords.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::failure::Failure;
use crate::gateway::PASSWORD;
use crate::schedule::this_thread;

/// A salt of the usual length.
const SALT: [u8; 16] = [7; 16];

/// A hash of 19 MiB, two passes, one lane, as in `shared::domain::password`. Its memory is reused, as there: fresh memory
/// comes from the kernel page by page, which is no part of a hash.
pub struct BareHash {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
}

impl BareHash {
    /// Provides its memory.
    ///
    /// # Errors
    ///
    /// When argon2 does not accept the parameters.
    pub fn new() -> Result<Self, Failure> {
        let params = Params::new(19_456, 2, 1, None).map_err(text)?;
        let memory = vec![Block::default(); params.block_count()];
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory })
    }

    /// The average CPU time of one hash.
    ///
    /// # Errors
    ///
    /// When argon2 fails.
    pub fn cpu(&mut self, hashes: u32) -> Result<Duration, Failure> {
        let mut hash = [0; 32];
        let before = this_thread()?;
        for _ in 0..hashes {
            let done =
                self.argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), &SALT, &mut hash, &mut self.memory);
            done.map_err(text)?;
        }
        Ok(this_thread()?.saturating_sub(before) / hashes)
    }
}

fn text(error: impl ToString) -> Failure {
    error.to_string().into()
}
