import { inspect } from 'node:util';
import type { Command, History } from './command.js';

/** A history as a test that `found.spec.ts` takes as it is. */
export function testOf(history: History, name: string): string {
  const steps = history.map((command) => `    ${stepOf(command)},\n`).join('');
  return `it(${inspect(name)}, () =>\n  follow([\n${steps}  ]));\n`;
}

function stepOf(command: Command): string {
  // What is undefined goes.
  const { kind, queue, ...rest } = JSON.parse(JSON.stringify(command)) as Command;
  return inspect({ kind, queue, ...rest }, { depth: null, breakLength: Infinity, compact: 100 })
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']');
}
