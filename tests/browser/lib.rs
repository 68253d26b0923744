//! Nothing: the tests are in `stories`, one binary.
