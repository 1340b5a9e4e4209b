"""What must be true: suites from contracts, suites for tables, the gate. Imports `schemas` only."""
