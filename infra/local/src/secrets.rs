//! The part of Secrets Manager that Driftwood uses: secrets, their versions and the versions' labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::data_dir::write_private;
use crate::error::StartError;
use crate::stack::StackSecret;

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// All secrets, by ARN, in memory and, if there is one, in a file.
#[derive(Debug)]
pub struct Secrets {
    file: Option<PathBuf>,
    by_arn: BTreeMap<String, StoredSecret>,
}

/// One secret: its versions, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StoredSecret {
    /// The versions.
    pub versions: BTreeMap<String, Version>,
}

/// One version of a secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct Version {
    /// Its value.
    pub value: String,
    /// Its labels.
    pub stages: BTreeSet<String>,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Version").field("stages", &self.stages).finish_non_exhaustive()
    }
}

/// Why Secrets Manager refuses a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such secret, or no such version.
    NotFound(&'static str),
    /// There is already another value with this id.
    Exists(&'static str),
    /// The request is invalid.
    Invalid(&'static str),
    /// The file could not be written.
    Unsaved(String),
}

impl Secrets {
    /// Reads the file, if there is one, and adds the secrets that the template declares and the file does not have.
    ///
    /// # Errors
    ///
    /// When the file is damaged or cannot be written.
    pub fn open(file: Option<PathBuf>, declared: &[StackSecret]) -> Result<Self, StartError> {
        let by_arn = file.as_deref().map(read).transpose()?.unwrap_or_default();
        let mut secrets = Self { file, by_arn };
        for secret in declared.iter().filter(|secret| !secrets.by_arn.contains_key(&secret.arn)).collect::<Vec<_>>() {
            let added = secrets.change(&secret.arn, true, |stored| {
                stored.put(&crate::random_id(), &secret.initial, &[CURRENT.to_owned()])
            });
            if let Err(Refused::Unsaved(cause)) = added {
                return Err(StartError::new(format!("the secrets cannot be written: {cause}.")));
            }
        }
        Ok(secrets)
    }

    /// Finds a secret by its ARN or its name.
    fn arn(&self, id: &str) -> Option<String> {
        let by_name = |arn: &&String| {
            arn.rsplit(':').next().and_then(|name| name.rsplit_once('-')).is_some_and(|(name, _)| name == id)
        };
        self.by_arn.get_key_value(id).map(|(arn, _)| arn).or_else(|| self.by_arn.keys().find(by_name)).cloned()
    }

    /// A secret, with its ARN.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn describe(&self, id: &str) -> Result<(String, &StoredSecret), Refused> {
        let arn = self.arn(id).ok_or(Refused::NotFound("there is no such secret"))?;
        let stored = self.by_arn.get(&arn).ok_or(Refused::NotFound("there is no such secret"))?;
        Ok((arn, stored))
    }

    /// One version of a secret: by id, by label, or the current one.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn get(
        &self,
        id: &str,
        version: Option<&str>,
        stage: Option<&str>,
    ) -> Result<(String, String, Version), Refused> {
        let (arn, stored) = self.describe(id)?;
        let stage = stage.or(if version.is_none() { Some(CURRENT) } else { None });
        let fits = |(id, content): &(&String, &Version)| {
            version.is_none_or(|version| version == id.as_str())
                && stage.is_none_or(|stage| content.stages.contains(stage))
        };
        let found = stored.versions.iter().find(fits);
        let (version, content) = found.ok_or(Refused::NotFound("the secret has no such version"))?;
        Ok((arn, version.clone(), content.clone()))
    }

    /// Adds a version; repeated with the same value, it changes nothing.
    ///
    /// # Errors
    ///
    /// When there is no such secret, or another value with this id.
    pub fn put(&mut self, id: &str, version: &str, value: &str, stages: &[String]) -> Result<String, Refused> {
        let (arn, _) = self.describe(id)?;
        self.change(&arn, false, |stored| stored.put(version, value, stages))?;
        Ok(arn)
    }

    /// Sets a secret to a value that was given at the start.
    ///
    /// # Errors
    ///
    /// When there is no such secret, or the file cannot be written.
    pub fn give(&mut self, id: &str, value: &str) -> Result<(), StartError> {
        let is_there = self.get(id, None, None).is_ok_and(|(_, _, current)| current.value == value);
        if is_there {
            return Ok(());
        }
        match self.put(id, &crate::random_id(), value, &[CURRENT.to_owned()]) {
            Ok(_) => Ok(()),
            Err(Refused::Unsaved(cause)) => Err(StartError::new(format!("the secrets cannot be written: {cause}."))),
            Err(_) => Err(StartError::new(format!("the stack has no secret {id}."))),
        }
    }

    /// Moves a label from one version to another.
    ///
    /// # Errors
    ///
    /// When there is no such secret or version, or the label is elsewhere.
    pub fn move_stage(
        &mut self,
        id: &str,
        stage: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<String, Refused> {
        let (arn, _) = self.describe(id)?;
        self.change(&arn, false, |stored| stored.relabel(stage, from, to))?;
        Ok(arn)
    }

    /// Changes one secret and the file, or neither.
    fn change(
        &mut self,
        arn: &str,
        create: bool,
        change: impl FnOnce(&mut StoredSecret) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let mut changed = self.by_arn.clone();
        if create {
            changed.entry(arn.to_owned()).or_default();
        }
        change(changed.get_mut(arn).ok_or(Refused::NotFound("there is no such secret"))?)?;
        if let Some(file) = &self.file {
            let content = serde_json::to_vec_pretty(&changed).map_err(|error| Refused::Unsaved(error.to_string()))?;
            write_private(file, &content).map_err(|error| Refused::Unsaved(error.to_string()))?;
        }
        self.by_arn = changed;
        Ok(())
    }
}

impl StoredSecret {
    fn put(&mut self, version: &str, value: &str, stages: &[String]) -> Result<(), Refused> {
        match self.versions.get(version) {
            Some(existing) if existing.value == value => return Ok(()),
            Some(_) => return Err(Refused::Exists("this version already has another value")),
            None => {}
        }
        let content = Version { value: value.to_owned(), stages: BTreeSet::new() };
        self.versions.insert(version.to_owned(), content);
        stages.iter().for_each(|stage| self.label(stage, Some(version)));
        Ok(())
    }

    fn relabel(&mut self, stage: &str, from: Option<&str>, to: Option<&str>) -> Result<(), Refused> {
        if [from, to].into_iter().flatten().any(|version| !self.versions.contains_key(version)) {
            return Err(Refused::NotFound("the secret has no such version"));
        }
        let labeled = self.labeled(stage);
        if labeled.is_some() && labeled == to.map(str::to_owned) {
            return Ok(());
        }
        if labeled.as_deref() != from {
            return Err(Refused::Invalid("the version from which the label is to be removed does not have it"));
        }
        self.label(stage, to);
        Ok(())
    }

    /// The version with this label.
    fn labeled(&self, stage: &str) -> Option<String> {
        let mut versions = self.versions.iter().filter(|(_, content)| content.stages.contains(stage));
        versions.next().map(|(version, _)| version.clone())
    }

    /// Puts a label on a version and removes it from every other. A version without labels is deleted.
    fn label(&mut self, stage: &str, to: Option<&str>) {
        let before = self.labeled(stage);
        for (version, content) in &mut self.versions {
            if Some(version.as_str()) == to {
                content.stages.insert(stage.to_owned());
            } else {
                content.stages.remove(stage);
            }
        }
        if stage == CURRENT
            && let Some(before) = before
        {
            self.label(PREVIOUS, Some(&before));
        }
        self.versions.retain(|version, content| !content.stages.is_empty() || Some(version.as_str()) == to);
    }
}

fn read(file: &Path) -> Result<BTreeMap<String, StoredSecret>, StartError> {
    let damaged = |cause: String| {
        let file = file.display();
        StartError::new(format!(
            "the secrets in {file} cannot be read ({cause}): restore the file, or delete it to generate new keys."
        ))
    };
    match std::fs::read(file) {
        Ok(content) => serde_json::from_slice(&content).map_err(|error| damaged(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(damaged(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:Keys-local0";

    fn declared() -> Vec<StackSecret> {
        vec![StackSecret { logical_id: "Keys".to_owned(), arn: ARN.to_owned(), initial: "first".to_owned() }]
    }

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("driftwood-test-{}", crate::random_id()));
        std::fs::create_dir(&folder).unwrap();
        folder
    }

    #[test]
    fn secrets_outlive_the_process_and_only_their_owner_can_read_them() {
        let folder = folder();
        let file = folder.join("secrets.json");
        let mut secrets = Secrets::open(Some(file.clone()), &declared()).unwrap();
        secrets.put(ARN, "v2", "second", &["AWSPENDING".to_owned()]).unwrap();
        let (_, first, _) = secrets.get(ARN, None, None).unwrap();
        secrets.move_stage(ARN, "AWSCURRENT", Some(&first), Some("v2")).unwrap();
        let again = Secrets::open(Some(file.clone()), &declared()).unwrap();
        assert_eq!(again.get("Keys", None, None).unwrap().2.value, "second");
        assert_eq!(again.get(ARN, None, Some("AWSPREVIOUS")).unwrap().2.value, "first");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&file, "{").unwrap();
        assert!(Secrets::open(Some(file), &declared()).unwrap_err().to_string().contains("cannot be read"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn putting_the_same_version_again_does_nothing() {
        let mut secrets = Secrets::open(None, &declared()).unwrap();
        let pending = ["AWSPENDING".to_owned()];
        secrets.put(ARN, "v2", "second", &pending).unwrap();
        secrets.put(ARN, "v2", "second", &pending).unwrap();
        assert!(matches!(secrets.put(ARN, "v2", "other", &pending), Err(Refused::Exists(_))));
        assert_eq!(secrets.get(ARN, Some("v2"), None).unwrap().2.value, "second");
        assert_eq!(secrets.get(ARN, None, None).unwrap().2.value, "first");
    }

    #[test]
    fn a_secret_that_is_given_at_the_start_is_the_current_one() {
        let mut secrets = Secrets::open(None, &declared()).unwrap();
        for value in ["given", "given", "other"] {
            secrets.give("Keys", value).unwrap();
            assert_eq!(secrets.get(ARN, None, None).unwrap().2.value, value);
        }
        assert_eq!(
            secrets.get(ARN, None, Some(PREVIOUS)).unwrap().2.value,
            "given",
            "the same value again is no new version"
        );
        assert!(secrets.give("Nothing", "x").is_err());
    }

    #[test]
    fn a_label_moves_only_from_where_it_is() {
        let mut secrets = Secrets::open(None, &declared()).unwrap();
        secrets.put(ARN, "v2", "second", &["AWSPENDING".to_owned()]).unwrap();
        assert!(matches!(secrets.move_stage(ARN, "AWSCURRENT", Some("v2"), Some("v2")), Err(Refused::Invalid(_))));
        assert!(matches!(secrets.move_stage(ARN, "AWSCURRENT", Some("v9"), Some("v2")), Err(Refused::NotFound(_))));
        assert!(matches!(secrets.get("nothing", None, None), Err(Refused::NotFound(_))));
    }
}
