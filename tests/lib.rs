//! Nothing: the tests are in `end_to_end`, one binary.
