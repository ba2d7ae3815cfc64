// Stands in for an optional package that is not installed.
export {}
