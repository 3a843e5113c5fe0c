import { type ScriptName, SCRIPTS } from '../../../libs/jobs/src/adapters/redis/scripts/scripts.generated.js';
import type { RedisServer } from '../../servers/redis-server.js';
import type { RequestMatch } from '../../servers/tcp-proxy.js';

/** Matches the requests that run a script, for a proxy's cuts. */
export function callOf(name: ScriptName): RequestMatch {
  const { sha1, source } = SCRIPTS[name];
  return ({ name: command, args: [script] }) =>
    (command === 'EVALSHA' && script === sha1) || (command === 'EVAL' && script === source);
}

/** Makes the server know every script. */
export async function loadScripts(server: RedisServer): Promise<void> {
  for (const { source } of Object.values(SCRIPTS)) await server.cli(['SCRIPT', 'LOAD', source]);
}
