import { transformSync } from '@swc/core';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nestjs-jobs-lua-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lua(file: string, lines: readonly string[]): void {
  const target = path.join(folder, 'lua', file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `${lines.join('\n')}\n`);
}

function generate(...options: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, [path.join(__dirname, 'generate-scripts.mjs'), ...options], { encoding: 'utf8' });
}

const written = (): string => readFileSync(path.join(folder, 'scripts.generated.ts'), 'utf8');

/** What the generated module exports. */
function scripts(): unknown {
  const { code } = transformSync(written(), {
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const module: { readonly SCRIPTS?: unknown } = {};
  runInNewContext(code, { exports: module });
  return JSON.parse(JSON.stringify(module.SCRIPTS));
}

describe('generate-scripts', () => {
  it('is up to date in the repository', () => {
    expect(generate('--check')).toMatchObject({ status: 0, stderr: '' });
  });

  it('puts each include in its place once and leaves comments and blank lines out', () => {
    lua('claim-jobs.lua', ['-- KEYS[1] base', '-- @include read', '', '-- @include time', 'return now() -- kept']);
    lua('include/read.lua', ['-- reads', '-- @include time', "local read = '`${a}\\\\n'"]);
    lua('include/time.lua', ['local now = function()', '  return 1', 'end']);
    expect(generate(folder).status).toBe(0);
    const source = [
      'local now = function()',
      'return 1',
      'end',
      "local read = '`${a}\\\\n'",
      'return now() -- kept',
    ].join('\n');
    const sha1 = createHash('sha1').update(source).digest('hex');
    expect(scripts()).toEqual({ claimJobs: { name: 'claimJobs', sha1, source } });
    expect(written().split('local now = function()')).toHaveLength(2);
  });

  it('fails a check when a script has changed since', () => {
    lua('submit.lua', ['return 1']);
    expect(generate(folder).status).toBe(0);
    expect(generate(folder, '--check').status).toBe(0);
    lua('submit.lua', ['return 2']);
    expect(generate(folder, '--check')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm run generate'),
    });
    expect(written()).toContain('return 1');
  });

  it.each([
    ['an include that is not there', ['-- @include nowhere'], 'includes nowhere, which is not there'],
    ['a string over several lines', ['local text = [[one', 'two]]'], 'opens a long string'],
    ['a comment over several lines', ['--[[ one', 'two ]]'], 'opens a long string'],
  ])('refuses %s', (_what, lines, message) => {
    lua('submit.lua', lines);
    expect(generate(folder)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
  });
});
