//! What is measured, by names on the command line.

use std::collections::BTreeSet;

use crate::binaries::{HELLO, LOCAL_SERVER};
use crate::failure::Failure;
use crate::flow::{FLOWS, Flow};

const PROCESSES: &str = "processes";
const REQUESTS: &str = "requests";
const LOAD: &str = "load";

/// What is measured.
pub struct Selection {
    /// The processes whose start and size are measured.
    pub processes: Vec<String>,
    /// The kinds of requests whose CPU time is measured.
    pub flows: Vec<&'static Flow>,
    /// Whether the local server is measured under load.
    pub load: bool,
}

impl Selection {
    /// Everything, or what has one of these names. The functions are those of the template.
    ///
    /// # Errors
    ///
    /// When nothing has one of the names.
    pub fn new(only: &[String], functions: &[String]) -> Result<Self, Failure> {
        let processes: Vec<_> = functions.iter().cloned().chain([HELLO.to_owned()]).collect();
        let known = |name: &String| {
            [PROCESSES, REQUESTS, LOAD].contains(&name.as_str())
                || processes.contains(name)
                || FLOWS.iter().any(|flow| flow.name == name)
        };
        if let Some(name) = only.iter().find(|name| !known(name)) {
            let flows = FLOWS.iter().map(|flow| flow.name).collect::<Vec<_>>().join(", ");
            return Err(format!(
                "nothing is called {name}; there are {PROCESSES}, {REQUESTS}, {LOAD}, the flows {flows}, and the functions by name"
            )
            .into());
        }
        let named =
            |section: &str, name: &str| only.is_empty() || only.iter().any(|only| only == section || only == name);
        Ok(Self {
            processes: processes.into_iter().filter(|name| named(PROCESSES, name)).collect(),
            flows: FLOWS.iter().filter(|flow| named(REQUESTS, flow.name)).collect(),
            load: named(LOAD, LOAD),
        })
    }

    /// The binaries that are needed.
    pub fn binaries(&self) -> Vec<String> {
        let flows = self.flows.iter().map(|flow| flow.function.to_owned());
        let hello = (!self.processes.is_empty()).then(|| HELLO.to_owned());
        let server = self.load.then(|| LOCAL_SERVER.to_owned());
        let names: BTreeSet<_> = self.processes.iter().cloned().chain(flows).chain(hello).chain(server).collect();
        names.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(only: &[&str]) -> Result<Selection, Failure> {
        let functions = ["contacts-list", "events-create", "oauth-token"].map(str::to_owned);
        Selection::new(&only.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &functions)
    }

    #[test]
    fn without_names_everything_is_measured() {
        let all = select(&[]).unwrap();
        assert_eq!((all.processes.len(), all.flows.len(), all.load), (4, FLOWS.len(), true));
        assert!(all.binaries().contains(&LOCAL_SERVER.to_owned()));
    }

    #[test]
    fn a_flow_needs_its_function_only() {
        let one = select(&["refresh"]).unwrap();
        assert_eq!((one.processes.len(), one.flows.len(), one.load), (0, 1, false));
        assert_eq!(one.binaries(), ["auth-refresh-token"]);
    }

    #[test]
    fn a_section_has_all_of_its_kind() {
        assert_eq!(select(&["requests"]).unwrap().flows.len(), FLOWS.len());
        assert_eq!(select(&["processes"]).unwrap().processes.len(), 4);
        assert_eq!(select(&["load"]).unwrap().binaries(), [LOCAL_SERVER]);
    }

    #[test]
    fn a_name_may_be_that_of_a_flow_and_of_a_process() {
        let both = select(&["events-create"]).unwrap();
        assert_eq!((both.processes, both.flows.len()), (vec!["events-create".to_owned()], 1));
        assert_eq!(select(&["contacts-list"]).unwrap().binaries(), ["contacts-list", HELLO]);
    }

    #[test]
    fn an_unknown_name_is_refused() {
        let error = select(&["refresh", "refersh"]).err().unwrap().to_string();
        assert!(error.contains("nothing is called refersh") && error.contains("client_credentials"), "{error}");
    }

    #[test]
    fn no_two_flows_have_one_name() {
        let names: BTreeSet<_> = FLOWS.iter().map(|flow| flow.name).collect();
        assert_eq!(names.len(), FLOWS.len());
        assert!(!names.contains(LOAD) && !names.contains(PROCESSES) && !names.contains(REQUESTS));
    }
}
