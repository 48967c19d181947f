#!/usr/bin/env node
import { run } from './run.ts'

process.exitCode = await run({
  args: process.argv.slice(2),
  cwd: process.cwd(),
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  year: new Date().getFullYear(),
})
