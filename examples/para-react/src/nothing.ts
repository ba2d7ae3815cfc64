// Stands in for a package that is not installed.
export {}
