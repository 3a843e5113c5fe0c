import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PEERS_FOLDER } from '../folders.js';

/** Loads a peer from the folder that `npm run bench` has installed the peers to. */
export function loadPeer(name: string): unknown {
  return createRequire(join(PEERS_FOLDER, 'package.json'))(name) as unknown;
}

export function peerVersion(name: string): string {
  const manifest = createRequire(join(PEERS_FOLDER, 'package.json'))(`${name}/package.json`) as { version: string };
  return manifest.version;
}
