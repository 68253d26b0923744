//! The parameters of a PHC string.

use argon2::password_hash::phc;

/// Reads these parameters, of which none may be there that is not named; an absent one is `None`.
///
/// # Errors
///
/// The end of a sentence about the hash.
pub(super) fn read<const N: usize>(hash: &phc::PasswordHash, names: [&str; N]) -> Result<[Option<u32>; N], String> {
    let mut values = [None; N];
    for (name, value) in hash.params.iter() {
        let place = names.iter().position(|known| *known == name.as_str());
        let slot = place.and_then(|place| values.get_mut(place));
        match (slot, value.decimal()) {
            (Some(slot), Ok(value)) => *slot = Some(value),
            _ => return Err(format!("must have no other parameters than {}, each a number", names.join(", "))),
        }
    }
    Ok(values)
}

/// A parameter that has to be there.
///
/// # Errors
///
/// The end of a sentence about the hash.
pub(super) fn required(name: &str, value: Option<u32>) -> Result<u32, String> {
    value.ok_or_else(|| format!("must have the parameter {name}"))
}
