// Stands in for curves that Para's SDK computes at once, in every page, to format the addresses of wallets: there are
// none here, and that takes as long as everything else.
export default { ec: class {} }
