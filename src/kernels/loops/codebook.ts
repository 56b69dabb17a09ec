/**
 * The boundaries between neighbouring levels, as float32: a value belongs to the level above iff it is greater. Each is
 * the largest float32 that is no nearer to the level above than to the one below, so that a graph which compares in
 * float32 decides the same.
 */
export function boundaries(table: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(Math.max(0, table.length - 1));
  for (let i = 0; i < out.length; i++) {
    const middle = (table[i] + table[i + 1]) / 2;
    out[i] = middle;
    if (out[i] > middle) out[i] = before(out[i]);
  }
  return out;
}

const view = new DataView(new ArrayBuffer(4));

/** The next float32 towards −∞. */
function before(x: number): number {
  view.setFloat32(0, x);
  const bits = view.getInt32(0);
  if (bits === 0 || bits === -0x80000000) view.setInt32(0, -0x7fffffff);
  else view.setInt32(0, bits > 0 ? bits - 1 : bits + 1);
  return view.getFloat32(0);
}

function indexOf(x: number, edges: Float32Array): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x > edges[middle]) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Below this many elements a search per element is cheaper than building the table of bins. */
const TABLE_PAYS = 65536;

/**
 * The index of the nearest level for each element; between two equally near the lower one. NaN takes the level nearest 0.
 * @param table levels in ascending order, at most 256; equal ones are allowed, the first of them is used
 */
export function assignCodebook(x: Float32Array, table: Float32Array): Uint8Array<ArrayBuffer> {
  const edges = boundaries(table);
  const nan = indexOf(0, edges);
  const out = new Uint8Array(x.length);
  if (x.length < TABLE_PAYS) {
    for (let i = 0; i < x.length; i++) out[i] = Number.isNaN(x[i]) ? nan : indexOf(x[i], edges);
    return out;
  }
  // The upper 16 bits of a float decide its level but for the few bins that a boundary runs through.
  const bits = new Uint32Array(x.buffer, x.byteOffset, x.length);
  const byBin = binTable(edges, nan);
  for (let i = 0; i < bits.length; i++) {
    const index = byBin[bits[i] >>> 16];
    if (index < UNDECIDED) out[i] = index;
    else if (index < CROWDED) {
      const v = x[i];
      let level = index - UNDECIDED;
      while (v > edges[level]) level++;
      out[i] = level;
    } else out[i] = indexOf(x[i], edges);
  }
  return out;
}

/** Added to the first level of a bin that holds a few. */
const UNDECIDED = 0x100;
/** A bin of so many levels that halving beats stepping. */
const CROWDED = 0x200;

function binTable(edges: Float32Array, nan: number): Uint16Array {
  const byBin = new Uint16Array(65536);
  for (let upper = 0; upper < 65536; upper++) {
    view.setUint32(0, upper * 65536);
    const a = indexOf(view.getFloat32(0), edges);
    if ((upper & 0x7f80) === 0x7f80) {
      byBin[upper] = (upper & 0x7f) === 0 ? a : nan;
      continue;
    }
    view.setUint32(0, upper * 65536 + 0xffff);
    const b = indexOf(view.getFloat32(0), edges);
    byBin[upper] = a === b ? a : Math.abs(a - b) <= 4 ? UNDECIDED + Math.min(a, b) : CROWDED;
  }
  return byBin;
}

/** The values that indices stand for. */
export function lookUp(index: Uint8Array, table: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(index.length);
  for (let i = 0; i < index.length; i++) out[i] = table[index[i]];
  return out;
}
