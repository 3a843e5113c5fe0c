// Compiles the Lua of adapters/redis/scripts/lua into scripts.generated.ts beside it, because tsc copies no .lua files.
//
//   node tools/generate-scripts.mjs            writes the module
//   node tools/generate-scripts.mjs --check    exits 1 when the module on disk is not what would be written
//   node tools/generate-scripts.mjs <folder>   does the same for another folder that holds a lua/
//
// A script is known by its file's name, whichever folder of lua/ it lies in. A line `-- @include name` is replaced by lua/include/name.lua, once a script however often it is asked for. Lines that
// are only a comment, blank lines and indentation are left out: a script is sent whole after a SCRIPT FLUSH. No Lua
// string or long comment may therefore span lines, which is checked.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const toolsFolder = path.dirname(fileURLToPath(import.meta.url));
const folderArgument = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
const folder = path.resolve(folderArgument ?? path.join(toolsFolder, '..', 'src', 'adapters', 'redis', 'scripts'));
const luaFolder = path.join(folder, 'lua');
const target = path.join(folder, 'scripts.generated.ts');
const includeLine = /^--\s*@include\s+([\w-]+)\s*$/;

main();

function main() {
  const files = existsSync(luaFolder) ? scriptsIn(luaFolder) : [];
  if (files.length === 0) {
    console.log('No Lua scripts to compile.');
    return;
  }
  const generated = render(files);
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  const shown = path.relative(process.cwd(), target);
  if (process.argv.includes('--check')) {
    if (current === generated) return;
    console.error(`${shown} is not what its Lua files compile to: run \`npm run generate\` and commit the result.`);
    process.exitCode = 1;
  } else if (current !== generated) {
    writeFileSync(target, generated);
    console.log(`Wrote ${shown}.`);
  }
}

/**
 * Every script below a folder, by name: includes are none.
 * @param {string} folder
 */
function scriptsIn(folder) {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.lua') && path.dirname(file) !== 'include')
    .sort((a, b) => (path.basename(a) < path.basename(b) ? -1 : 1));
  const twice = files.find((file, at) => at > 0 && path.basename(file) === path.basename(files[at - 1]));
  if (twice) throw new Error(`Two scripts are called ${path.basename(twice)}: a script is known by its file's name.`);
  return files;
}

/** @param {string[]} files */
function render(files) {
  /** @type {Map<string, string>} */
  const shared = new Map();
  const entries = files.map((file) => {
    const name = camelCase(path.basename(file, '.lua'));
    const parts = compile(path.join(luaFolder, file), undefined, new Set());
    const source = parts.map(({ lines }) => lines.join('\n')).join('\n');
    const sha1 = createHash('sha1').update(source).digest('hex');
    const written = parts.map(({ constant, lines }) => {
      if (constant === undefined) return template(lines.join('\n'));
      shared.set(constant, lines.join('\n'));
      return constant;
    });
    return `  ${name}: script('${name}', '${sha1}', [\n${written.map((part) => `    ${part},\n`).join('')}  ]),\n`;
  });
  return [
    '// Generated from lua/ by `npm run generate`: edit those, not this. What scripts share stands here once.\n\n',
    ...[...shared]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([constant, text]) => `const ${constant} = ${template(text)};\n\n`),
    'function script<N extends string>(name: N, sha1: string, parts: readonly string[]) {\n',
    "  return { name, sha1, source: parts.join('\\n') } as const;\n}\n\n",
    `export const SCRIPTS = {\n${entries.join('')}} as const;\n\n`,
    'export type ScriptName = keyof typeof SCRIPTS;\n',
  ].join('');
}

/**
 * The lines of a script that Redis needs, in parts: its own, and those of each include in their places.
 * @param {string} file
 * @param {string | undefined} include the file's name where it is an include
 * @param {Set<string>} included the includes that this script has already, by file
 * @returns {{ constant: string | undefined, lines: string[] }[]}
 */
function compile(file, include, included) {
  const parts = [];
  let own;
  for (const [index, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = raw.trim();
    const asked = includeLine.exec(line)?.[1];
    if (asked) {
      const includeFile = path.join(luaFolder, 'include', `${asked}.lua`);
      if (!existsSync(includeFile)) throw new Error(`${file}:${index + 1} includes ${asked}, which is not there.`);
      if (!included.has(includeFile)) {
        included.add(includeFile);
        parts.push(...compile(includeFile, asked, included));
        own = undefined;
      }
      continue;
    }
    const code = line.startsWith('--') && !/^--\[=*\[/.test(line) ? '' : line;
    if (/\[=*\[/.test(code.replaceAll(/\[(=*)\[.*?\]\1\]/g, ''))) {
      throw new Error(`${file}:${index + 1} opens a long string or comment, which may not span lines here.`);
    }
    if (code === '') continue;
    if (own === undefined) {
      own = {
        constant: include && `${camelCase(include)}Part${parts.length === 0 ? '' : parts.length + 1}`,
        lines: [],
      };
      parts.push(own);
    }
    own.lines.push(code);
  }
  return parts;
}

/** @param {string} name */
function camelCase(name) {
  return name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} source */
function template(source) {
  return '`' + source.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${') + '`';
}
