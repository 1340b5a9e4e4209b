"""What the data is: contracts, tables, rules, measures, agreements, code lists. Imports nothing of this house."""
