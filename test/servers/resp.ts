/** Where one RESP message ends, and what it is, without building its values. */
export interface RespFrame {
  readonly end: number;
  /** The type byte: `+`, `$`, `*`, `>`, … */
  readonly type: string;
}

export type RespValue = string | null | Error | readonly RespValue[];

const LINE_TYPES = '+-:_#,(';
const BULK_TYPES = '$!=';
const LIST_TYPES = '*~>';

/** The whole message that starts at `offset`, or undefined while bytes are missing. Throws on bytes that are no RESP. */
export function readFrame(bytes: Buffer, offset = 0): RespFrame | undefined {
  const parsed = parse(bytes, offset);
  return parsed === undefined ? undefined : { end: parsed.end, type: String.fromCharCode(bytes[offset] ?? 0) };
}

/** The value that starts at `offset`, as text; numbers, booleans and doubles are given as they were sent. */
export function readValue(bytes: Buffer, offset = 0): { readonly value: RespValue; readonly end: number } | undefined {
  return parse(bytes, offset);
}

/** A command as clients send it. */
export function encodeCommand(args: readonly string[]): Buffer {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`);
}

function parse(bytes: Buffer, offset: number): { readonly value: RespValue; readonly end: number } | undefined {
  if (offset >= bytes.length) return undefined;
  const type = String.fromCharCode(bytes[offset] ?? 0);
  if (!`${LINE_TYPES}${BULK_TYPES}${LIST_TYPES}%|`.includes(type)) {
    throw new Error(`"${type}" begins no RESP message`);
  }
  const lineEnd = bytes.indexOf('\r\n', offset);
  if (lineEnd === -1) return undefined;
  const line = bytes.toString('utf8', offset + 1, lineEnd);
  const next = lineEnd + 2;
  if (LINE_TYPES.includes(type)) {
    if (type === '-') return { value: new Error(line), end: next };
    return { value: type === '_' ? null : line, end: next };
  }
  const length = Number(line);
  if (!Number.isInteger(length)) throw new Error(`"${type}${line}" has no readable length`);
  if (length < 0) return { value: null, end: next };
  if (BULK_TYPES.includes(type)) {
    const end = next + length + 2;
    if (end > bytes.length) return undefined;
    const text = bytes.toString('utf8', next, end - 2);
    return { value: type === '!' ? new Error(text) : text, end };
  }
  const items: RespValue[] = [];
  let end = next;
  for (let count = type === '%' || type === '|' ? length * 2 : length; count > 0; count -= 1) {
    const item = parse(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.value);
    end = item.end;
  }
  // Attributes come before the reply that they belong to, and are part of its message.
  return type === '|' ? parse(bytes, end) : { value: items, end };
}
