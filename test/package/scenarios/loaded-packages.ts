// Which packages are loaded by importing `nestjs-jobs` alone, and whether `import` and `require` give the same classes.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as face from 'nestjs-jobs';

const load = createRequire(join(process.cwd(), 'package.json'));
const folder = join(process.cwd(), 'node_modules/');
const files = Object.keys(load.cache).filter((file) => file.startsWith(folder));
const packages = files.map((file) => /^(@[^/\\]+[/\\])?[^/\\]+/.exec(file.slice(folder.length))?.[0]);

const required = load('nestjs-jobs') as typeof face;
const different = Object.entries(required).filter(([name, value]) => (face as Record<string, unknown>)[name] !== value);

console.log(JSON.stringify({ packages: [...new Set(packages)], classes: Object.keys(required).length, different }));
