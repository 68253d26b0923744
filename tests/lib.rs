//! Empty: the tests are in `end_to_end` and `browser`, one binary each.
