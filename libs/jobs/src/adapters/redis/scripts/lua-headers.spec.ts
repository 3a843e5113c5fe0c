import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ScriptName, SCRIPTS } from './scripts.generated.js';

const FOLDER = join(__dirname, 'lua');
const files = readdirSync(FOLDER, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.lua') && !file.startsWith('include'));

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const name = basename(file, '.lua').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as ScriptName;
  const header = (/(?:^--.*\n)+/m.exec(text) as RegExpExecArray)[0];
  const body = SCRIPTS[name].source;
  const named = new Set(
    [...header.matchAll(/^-- (KEYS|ARGV)\[(\d+)(?:\.\.)?\]/gm)].map(([, list, at]) => `${list}[${at}]`),
  );

  it('says in its first line how it treats a full server', () => {
    expect(text).toMatch(/^#!lua( flags=(allow-oom|no-writes))?\n-- [A-Z]/);
  });

  it('names every KEYS and ARGV that its body uses, and no other', () => {
    const used = new Set([...body.matchAll(/\b(KEYS|ARGV)\[(\d+)\]/g)].map(([, list, at]) => `${list}[${at}]`));
    const open = /-- ARGV\[(\d+)\.\.\]/.exec(header)?.[1];
    const walksOn = /ARGV\[[^\]\d]|#ARGV|each\(/.test(body.replace(/local function each\(/, ''));
    expect([...used].filter((one) => !named.has(one))).toEqual([]);
    expect([...named].filter((one) => !used.has(one) && one !== `ARGV[${open}]`)).toEqual([]);
    expect(walksOn).toBe(open !== undefined);
  });

  it('says what it answers', () => {
    expect(header).toMatch(/^-- Answers /m);
  });
});
