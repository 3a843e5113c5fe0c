/**
 * Ids as they are stored. A canonical lower-case UUID becomes the 22 base64url characters of its 16 bytes: 20 for the
 * first 15, which up to 256 ids of one run share, and 2 for the last. Any other id is stored as `.` and itself; no
 * base64url text begins with a dot, so the two can be told apart.
 */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEAD_LENGTH = 34;
const STORED_HEAD_LENGTH = 20;

const TAILS = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte).toString('base64url'));
const HEXES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const TAIL_OF = new Map(HEXES.map((hex, byte) => [hex, TAILS[byte] as string]));
const HEX_OF = new Map(TAILS.map((tail, byte) => [tail, HEXES[byte] as string]));

// Ids come in runs that share a head: the last one is remembered, each way.
let lastHead = '';
let lastStoredHead = '';

/** The stored form of an id. */
export function toStoredId(id: string): string {
  const parts = storedParts(id);
  return parts === undefined ? `.${id}` : parts.bucket + parts.field;
}

/** The stored form of an id in its two parts; `undefined` for one that is no UUID, and is cut by bytes and not here. */
export function storedParts(id: string): { readonly bucket: string; readonly field: string } | undefined {
  if (id.length === HEAD_LENGTH + 2 && lastHead !== '' && id.startsWith(lastHead)) {
    const field = TAIL_OF.get(id.slice(HEAD_LENGTH));
    if (field !== undefined) {
      return { bucket: lastStoredHead, field };
    }
  }
  if (!UUID.test(id)) {
    return undefined;
  }
  const stored = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  lastHead = id.slice(0, HEAD_LENGTH);
  lastStoredHead = stored.slice(0, STORED_HEAD_LENGTH);
  return { bucket: lastStoredHead, field: stored.slice(STORED_HEAD_LENGTH) };
}

/** The id of a stored form. */
export function fromStoredId(stored: string): string {
  if (stored.startsWith('.')) {
    return stored.slice(1);
  }
  if (lastStoredHead !== '' && stored.startsWith(lastStoredHead)) {
    const tail = HEX_OF.get(stored.slice(STORED_HEAD_LENGTH));
    if (tail !== undefined) {
      return lastHead + tail;
    }
  }
  const hex = Buffer.from(stored, 'base64url').toString('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  lastHead = id.slice(0, HEAD_LENGTH);
  lastStoredHead = stored.slice(0, STORED_HEAD_LENGTH);
  return id;
}
