/**
 * What one axis of a value consists of: for each index the label of its channel, or null for an axis that stays as it is. Indices
 * whose labels are of one class go together or stay together.
 */
export type Axis = Int32Array | null;

/** Why channels stay. The page has a sentence for each. */
export const REASONS = [
  'output',
  'input',
  'subgraph',
  'unknown-op',
  'normalized',
  'reduced',
  'shape',
  'layout',
  'padding',
] as const;

export interface Reason {
  readonly key: (typeof REASONS)[number];
  /** The node that asks for it: its name, or its first output. */
  readonly node: string;
}

/** One axis of one constant: where its labels come from. */
export interface Origin {
  readonly tensor: string;
  readonly axis: number;
  /** Its labels are `start` … `start + length − 1`. */
  readonly start: number;
  readonly length: number;
  /** Whether a layer makes channels along it, or sums over it. */
  produces: boolean;
  contracts: boolean;
}

/** Labels, which of them are of one class (a union-find forest), and which classes have to stay. Label 0 always stays. */
export class Labels {
  readonly origins: Origin[] = [];
  private parent = new Int32Array(1024);
  private originOf = new Int32Array(1024);
  /** Of the root of a class: 0 while it may go, else one more than its reason's place. */
  private why = new Int32Array(1024);
  private readonly reasons: Reason[] = [];
  count = 1;

  constructor() {
    this.why[0] = this.reasonIndex({ key: 'padding', node: '' });
    this.originOf[0] = -1;
  }

  private reasonIndex(reason: Reason): number {
    this.reasons.push(reason);
    return this.reasons.length;
  }

  private grow(size: number): void {
    if (size <= this.parent.length) return;
    const wider = (a: Int32Array) => {
      const b = new Int32Array(Math.max(size, 2 * a.length));
      b.set(a);
      return b;
    };
    this.parent = wider(this.parent);
    this.originOf = wider(this.originOf);
    this.why = wider(this.why);
  }

  /** New labels for an axis of a constant, each a class of its own. */
  fresh(tensor: string, axis: number, length: number): Int32Array {
    const start = this.count;
    this.count += length;
    this.grow(this.count);
    for (let id = start; id < this.count; id++) {
      this.parent[id] = id;
      this.originOf[id] = this.origins.length;
    }
    this.origins.push({ tensor, axis, start, length, produces: false, contracts: false });
    return Int32Array.from({ length }, (_, i) => start + i);
  }

  find(id: number): number {
    const { parent } = this;
    let x = id;
    while (parent[x] !== x) {
      parent[x] = parent[parent[x]];
      x = parent[x];
    }
    return x;
  }

  union(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    if (x === y) return;
    const [low, high] = x < y ? [x, y] : [y, x];
    this.parent[high] = low;
    if (this.why[low] === 0) this.why[low] = this.why[high];
  }

  /** All of the axis stays. */
  pin(axis: Axis, reason: Reason): void {
    if (!axis) return;
    let index = 0;
    for (const id of axis) {
      const root = this.find(id);
      if (this.why[root] !== 0) continue;
      index ||= this.reasonIndex(reason);
      this.why[root] = index;
    }
  }

  /** Two axes are cut alike; where one of them stays, both do. Gives either. */
  unify(a: Axis, b: Axis, reason: Reason): Axis {
    if (a === b) return a;
    if (!a || !b || a.length !== b.length) {
      this.pin(a, reason);
      this.pin(b, reason);
      return null;
    }
    for (let i = 0; i < a.length; i++) this.union(a[i], b[i]);
    return a;
  }

  /** Why a label's class stays; undefined while it may go. */
  reasonOf(id: number): Reason | undefined {
    const index = this.why[this.find(id)];
    return index === 0 ? undefined : this.reasons[index - 1];
  }

  isFree(id: number): boolean {
    return this.why[this.find(id)] === 0;
  }

  /** The constants' axes that an axis has its labels from. */
  *originsOf(axis: Axis): Generator<Origin> {
    let last = -1;
    for (const id of axis ?? []) {
      const at = this.originOf[id];
      if (at !== last && at >= 0) yield this.origins[at];
      last = at;
    }
  }
}
