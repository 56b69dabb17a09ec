/** The state of a training as bytes: numbers as JSON in front, arrays of float32 behind, little-endian. */

export interface Snapshot<Header> {
  readonly header: Header;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

const MAGIC = 0x31524c50;
/** Magic, and the length of the JSON. */
const FRONT = 8;

interface Envelope<Header> {
  readonly header: Header;
  readonly arrays: readonly { readonly name: string; readonly length: number }[];
}

export function encodeSnapshot<Header>({ header, arrays }: Snapshot<Header>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(arrays);
  const envelope: Envelope<Header> = { header, arrays: entries.map(([name, a]) => ({ name, length: a.length })) };
  const json = new TextEncoder().encode(JSON.stringify(envelope));
  const start = FRONT + json.length + ((4 - (json.length % 4)) % 4);
  const bytes = new Uint8Array(start + 4 * entries.reduce((n, [, a]) => n + a.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, json.length, true);
  bytes.set(json, FRONT);
  let at = start;
  for (const [, a] of entries) {
    bytes.set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), at);
    at += a.byteLength;
  }
  return bytes;
}

/** What was encoded; undefined for bytes that are not that, as a write that was cut off leaves them. */
export function decodeSnapshot<Header>(bytes: Uint8Array<ArrayBuffer>): Snapshot<Header> | undefined {
  if (bytes.length < FRONT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true);
  if (view.getUint32(0, true) !== MAGIC || length > bytes.length - FRONT) return undefined;
  let envelope: Envelope<Header>;
  try {
    envelope = JSON.parse(new TextDecoder().decode(bytes.subarray(FRONT, FRONT + length)));
  } catch {
    return undefined;
  }
  let at = FRONT + length + ((4 - (length % 4)) % 4);
  // Gathered as entries: assigning to an object would take the name `__proto__` for its prototype.
  const arrays: [string, Float32Array][] = [];
  if (!Array.isArray(envelope?.arrays)) return undefined;
  for (const { name, length: n } of envelope.arrays) {
    if (!Number.isInteger(n) || n < 0 || n > (bytes.length - at) / 4) return undefined;
    arrays.push([name, new Float32Array(bytes.slice(at, at + 4 * n).buffer)]);
    at += 4 * n;
  }
  return at === bytes.length ? { header: envelope.header, arrays: Object.fromEntries(arrays) } : undefined;
}
