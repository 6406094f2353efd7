// Builds dist/ from src/: compiles the TypeScript, copies the files that the daemon reads at run time, and bundles the status board.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { build } from 'vite'

rmSync('dist', { recursive: true, force: true })
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
})
if (tsc.status !== 0) process.exit(tsc.status ?? 1)
// The plugins' README files, samples and server modules travel with their plugin.
cpSync('src/plugins', 'dist/plugins', {
  recursive: true,
  filter: (path) => !/\.(ts|tsx)$/.test(path),
})
// The scripts that Redis runs.
cpSync('src/store/redis', 'dist/store/redis', { recursive: true, filter: (path) => !/\.ts$/.test(path) })
chmodSync('dist/main.js', 0o755)
// Nobody imports the front door.
rmSync('dist/main.d.ts')
await build({ configFile: 'vite.config.ts', logLevel: 'warn' })
