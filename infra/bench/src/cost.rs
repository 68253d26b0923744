//! What requests cost on AWS, as far as it follows from what is measured.

use std::time::Duration;

use crate::calls::Spent;

/// The source of the prices, for the report.
pub const PRICES: &str = "us-east-1, on demand, x86_64, list prices since November 2024";
/// Dollars for a million read request units.
const READ_UNITS: f64 = 0.125;
/// Dollars for a million write request units.
const WRITE_UNITS: f64 = 0.625;
/// Dollars for a gigabyte of Lambda's memory in a second.
const GIGABYTE_SECOND: f64 = 0.000_016_666_7;
/// Gigabytes with which a function has a whole processor: 1,769 MB.
const PROCESSOR: f64 = 1_769.0 / 1_024.0;
const MILLION: f64 = 1_000_000.0;

/// Dollars for what a million requests request of DynamoDB.
pub fn dynamodb(spent: &Spent) -> f64 {
    spent.read_units.mul_add(READ_UNITS, spent.write_units * WRITE_UNITS)
}

/// Dollars for the time in which Lambda computes a million requests. With less memory a function has less of a processor, and takes
/// longer by as much as its second costs less. The time in which it waits for DynamoDB is billed too, and so are $0.20 for the
/// requests.
pub fn lambda(cpu: Duration) -> f64 {
    cpu.as_secs_f64() * PROCESSOR * GIGABYTE_SECOND * MILLION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_paid_by_the_million() {
        let spent = Spent { calls: 2, read_units: 4.0, write_units: 2.0 };
        assert!((dynamodb(&spent) - 1.75).abs() < 1e-9);
    }

    #[test]
    fn a_processor_is_paid_by_its_memory() {
        assert!((lambda(Duration::from_millis(1)) - 0.0288).abs() < 1e-4);
    }
}
