import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'

const folder = import.meta.dirname
const writtenAt = (file: string) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Servers of others have a `package.json` of their own, so that only who tests on them waits for their installation. */
export default function setup() {
  // npm leaves a copy of the lock file in what it installed.
  if (writtenAt('node_modules/.package-lock.json') >= writtenAt('package-lock.json')) return
  // npm is a script on Windows, hence the shell.
  const { status, stderr } = spawnSync('npm ci --prefer-offline --no-audit --no-fund', { cwd: folder, shell: true, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ci failed in test/servers:\n${stderr}`)
}
