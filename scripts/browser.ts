import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type LaunchOptions } from 'playwright-core'
import { installedProgram } from './programs'

// Finds a Chromium for the tests and the demo, without ever downloading one.

/** Quiet and predictable: no sandbox in containers, no GPU, no calls home. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

interface Candidate {
  readonly from: string
  /** The executable, or undefined where this source has none. */
  readonly find: () => Promise<string | undefined> | string | undefined
}

const candidates: readonly Candidate[] = [
  { from: 'CHROME_PATH', find: () => process.env['CHROME_PATH'] },
  { from: 'an installed Chromium or Chrome', find: installed },
  { from: '@sparticuz/chromium', find: fromDevDependency },
  { from: "Playwright's download", find: () => existing(chromium.executablePath()) },
]

/** Launch options for playwright-core with a browser that starts on this machine. Throws one error that names all that was tried. */
export async function findBrowser(): Promise<LaunchOptions & { executablePath: string }> {
  const tried: string[] = []
  for (const { from, find } of candidates) {
    try {
      const executablePath = await find()
      if (executablePath === undefined || executablePath === '') {
        tried.push(`${from}: none`)
        continue
      }
      const problem = problemOf(executablePath)
      if (problem === undefined) return { executablePath, args: [...flags], headless: true }
      tried.push(`${from}: ${executablePath} does not start (${problem})`)
    } catch (error) {
      tried.push(`${from}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(`No Chromium that starts was found. Install one, or set CHROME_PATH to its executable. Tried:\n${tried.map(line => `  - ${line}`).join('\n')}`)
}

/** Opens a headless browser; whoever asked for it closes it. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const found = await findBrowser()
  return chromium.launch({ ...found, ...options, args: [...(found.args ?? []), ...(options.args ?? [])] })
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined
}

function installed(): string | undefined {
  const environment = process.env
  const known: Partial<Record<NodeJS.Platform, string[]>> = {
    darwin: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(app => `/Applications/${app}.app/Contents/MacOS/${app}`),
    win32: [environment['PROGRAMFILES'], environment['PROGRAMFILES(X86)'], environment['LOCALAPPDATA']]
      .filter(folder => folder !== undefined)
      .flatMap(folder => [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')]),
  }
  return installedProgram(...(known[process.platform] ?? []), 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome')
}

async function fromDevDependency(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const { default: shipped } = await import('@sparticuz/chromium')
  const path = await shipped.executablePath()

  // It unpacks to the temporary directory and takes any file there for a complete one. Another process may be
  // unpacking just now; or one was stopped halfway, and then only unpacking anew helps.
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const problem = problemOf(path)
    if (problem === undefined || problem.includes('shared libraries')) return path
    await wait(500)
  }
  rmSync(path, { force: true })
  return shipped.executablePath()
}

/** Why the executable does not start, or undefined when it does. */
function problemOf(executablePath: string): string | undefined {
  if (!existsSync(executablePath)) return 'no such file'
  // On Windows `--version` opens a window instead of answering.
  if (process.platform === 'win32') return undefined
  const run = spawnSync(executablePath, ['--version', '--no-sandbox'], { encoding: 'utf8', timeout: 20_000 })
  if (run.status === 0) return undefined
  return run.error?.message ?? (run.stderr.trim().split('\n').at(-1) || `exit ${String(run.status ?? run.signal)}`)
}

// `tsx scripts/browser.ts` tells whether a browser starts here, and which.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const browser = await launchBrowser()
    console.log(`Chromium ${browser.version()} starts.`)
    await browser.close()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
