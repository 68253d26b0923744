//! The folder with the data, for one server at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::StartError;

/// The folder, locked for as long as this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the folder where it is missing, for its owner only, and locks it.
    ///
    /// # Errors
    ///
    /// When another server uses it, or it cannot be written.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let shown = path.display();
        let unusable = |error| StartError::new(format!("the data directory {shown} cannot be used: {error}."));
        create_private_dir(path).map_err(unusable)?;
        let lock = private().create(true).truncate(false).open(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {
                let folder = Self { path: path.to_owned(), _lock: lock };
                // SQLite gives its other files the permissions of this one, whatever those of the folder are.
                private().create(true).truncate(false).open(folder.tables()).map_err(unusable)?;
                Ok(folder)
            }
            Err(TryLockError::WouldBlock) => Err(StartError::new(format!(
                "the data directory {shown} is in use by another driftwood: stop that one, or choose another directory with --data."
            ))),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the tables.
    pub fn tables(&self) -> PathBuf {
        self.path.join("tables.sqlite")
    }

    /// The file of the secrets.
    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets.json")
    }
}

/// Writes a file that only its owner can read, all or nothing.
///
/// # Errors
///
/// The error of the file system.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    // A leftover of a crash could have other permissions.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
