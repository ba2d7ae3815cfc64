import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../../scripts/entries'

/** How a program ended. `status` is null when it was stopped for taking too long. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A project as a user has it: the packed tarball installed, and nothing of this repository in reach. */
export interface FreshProject {
  readonly dir: string
  /** Writes a file into the project; returns its path. */
  write(name: string, text: string): string
  /** Runs a file of the project in Node. */
  node(name: string): Ran
  /** Compiles files with this repository's TypeScript, strictly. `stdout` holds what it complains about. */
  typecheck(files: readonly string[], compilerOptions?: Readonly<Record<string, unknown>>): Ran
  /** Makes a package of this repository's dev dependencies importable, its own dependencies included; be they the root's or those of test/servers. */
  link(dependency: string): void
  remove(): void
}

const longestRunMs = 60_000

function run(command: string, args: readonly string[], cwd: string, shell = false): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, shell, encoding: 'utf8', timeout: longestRunMs })
  return { status, stdout, stderr: error === undefined ? stderr : `${error.message}\n${stderr}` }
}

/** npm is a script on Windows, hence the shell. */
function npm(args: readonly string[], cwd: string): string {
  const ran = run('npm', args, cwd, true)
  if (ran.status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** Packs what `npm run build` made and installs it in a new directory. */
export function freshProject(): FreshProject {
  if (!existsSync(join(root, 'dist'))) throw new Error('There is no dist: run `npm run build` first.')

  // The real path: TypeScript and esbuild see through links, and the temporary directory is one on macOS.
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'outlast-fresh-'))
  const write = (name: string, text: string) => {
    const path = join(dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  const packed = JSON.parse(npm(['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', dir], root)) as [{ filename: string }]
  write('package.json', JSON.stringify({ name: 'fresh', private: true, type: 'module' }))
  npm(['install', `./${packed[0].filename}`, '--prefer-offline', '--no-audit', '--no-fund', '--silent'], dir)

  return {
    dir,
    write,
    node: name => run(process.execPath, [name], dir),
    typecheck(files, compilerOptions = {}) {
      const options = {
        target: 'ES2022',
        module: 'NodeNext',
        moduleResolution: 'NodeNext',
        strict: true,
        types: [],
        noEmit: true,
        ...compilerOptions,
      }
      write('tsconfig.json', JSON.stringify({ compilerOptions: options, files }))
      return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false'], dir)
    },
    link(dependency) {
      const path = join(dir, 'node_modules', dependency)
      if (existsSync(path)) return
      mkdirSync(dirname(path), { recursive: true })
      const installed = ['', 'test/servers'].map(folder => join(root, folder, 'node_modules', dependency))
      symlinkSync(installed.find(existsSync) ?? '', path, 'junction')
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
