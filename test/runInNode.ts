import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a module in a Node process of its own, and waits for it to end by itself. */
export async function runInNode(code: string): Promise<{ exitCode: unknown; said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exitCode = await new Promise((resolve) => child.on('close', resolve))
  return { exitCode, said }
}
