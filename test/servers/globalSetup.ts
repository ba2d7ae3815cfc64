import { install } from '../../scripts/publish'

/** Only who tests on the servers of others waits for their installation. */
export default () => install(import.meta.dirname)
