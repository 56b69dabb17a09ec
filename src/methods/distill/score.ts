import type { Value } from '../../runtime/types.ts';
import { alphaOf, type Head } from './heads.ts';
import type { DistillOptions } from './options.ts';

/** What the held-out samples say of a model. Larger scores are better, smaller losses too. */
export interface Score {
  /**
   * Share of samples: right where there are labels, else answered as the teacher answers. Of a regression 1 − Σ(y−ŷ)²/Σ(y−ȳ)², which
   * has no lower end.
   */
  readonly score: number;
  /** The training loss without features, over the held-out samples. */
  readonly loss: number;
}

/** Judges outputs on held-out samples, batch after batch. All sums are in double precision. */
export class Judge {
  private samples = 0;
  private right = 0;
  private rows = 0;
  private loss = 0;
  private residual = 0;
  private readonly goals = { count: 0, sum: 0, squares: 0 };

  constructor(
    private readonly heads: readonly Head[],
    private readonly o: DistillOptions,
  ) {}

  /**
   * @param rows leading samples that count; the rest fill the batch
   * @param answers of the model that is judged, by the head's value @param teacher the teacher's, by its own names
   */
  add(
    rows: number,
    answers: Readonly<Record<string, Value>>,
    teacher: Readonly<Record<string, Value>> | undefined,
    labels: ArrayLike<number> | undefined,
    targets: Float32Array | undefined,
  ): void {
    this.samples += rows;
    this.heads.forEach((head, i) => {
      const y = answers[head.value];
      const theirs = teacher?.[head.teacher];
      const part = { y: y.data as Float32Array, theirs: theirs?.data as Float32Array | undefined, dims: y.dims, rows };
      if (head.kind === 'classification') this.classes(head, i === 0, part, head.labelled ? labels : undefined);
      else this.numbers(head, i === 0, part, head.labelled ? targets : undefined);
    });
  }

  result(): Score {
    const { goals, samples } = this;
    const spread = goals.squares - goals.sum ** 2 / Math.max(1, goals.count);
    const explained = spread > 0 ? 1 - this.residual / spread : this.residual === 0 ? 1 : 0;
    return {
      score: this.rows ? this.right / this.rows : explained,
      loss: samples ? this.loss / samples : 0,
    };
  }

  private classes(head: Head, judges: boolean, p: Part, labels: ArrayLike<number> | undefined): void {
    const axis = head.axis;
    const n = p.dims[axis];
    const inner = p.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const perSample = p.y.length / p.dims[0];
    const alpha = alphaOf(head, this.o);
    const cells = perSample / n;
    for (let s = 0; s < p.rows; s++) {
      let sum = 0;
      for (let cell = 0; cell < cells; cell++) {
        const at = s * perSample + Math.floor(cell / inner) * n * inner + (cell % inner);
        const label = labels?.[s];
        const goal = label ?? (p.theirs ? argmax(p.theirs, at, n, inner) : -1);
        if (judges) {
          this.rows++;
          if (argmax(p.y, at, n, inner) === goal) this.right++;
        }
        if (p.theirs && alpha < 1) sum += (1 - alpha) * divergence(p.theirs, p.y, at, n, inner, this.o.temperature);
        if (label !== undefined && alpha > 0) sum += alpha * -logSoftmax(p.y, at, n, inner, 1)[label];
      }
      this.loss += sum / cells;
    }
  }

  private numbers(head: Head, judges: boolean, p: Part, targets: Float32Array | undefined): void {
    const perSample = p.y.length / p.dims[0];
    const alpha = alphaOf(head, this.o);
    for (let i = 0; i < p.rows * perSample; i++) {
      const goal = targets?.[i] ?? p.theirs?.[i] ?? 0;
      const d = (p.y[i] - goal) ** 2;
      const fromTeacher = p.theirs ? (p.y[i] - p.theirs[i]) ** 2 : d;
      this.loss += ((1 - alpha) * fromTeacher + alpha * d) / perSample;
      if (!judges) continue;
      this.residual += d;
      this.goals.count++;
      this.goals.sum += goal;
      this.goals.squares += goal * goal;
    }
  }
}

interface Part {
  readonly y: Float32Array;
  readonly theirs: Float32Array | undefined;
  readonly dims: readonly number[];
  readonly rows: number;
}

/** Index of the largest of `n` numbers `step` apart; the first of equals. NaN never wins. */
function argmax(y: Float32Array, at: number, n: number, step: number): number {
  let best = 0;
  for (let k = 1; k < n; k++) {
    const [v, most] = [y[at + k * step], y[at + best * step]];
    if (v > most || Number.isNaN(most)) best = k;
  }
  return Number.isNaN(y[at + best * step]) ? -2 : best;
}

function logSoftmax(y: Float32Array, at: number, n: number, step: number, temperature: number): Float64Array {
  const out = Float64Array.from({ length: n }, (_, k) => y[at + k * step] / temperature);
  const most = out.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = Math.log(out.reduce((total, v) => total + Math.exp(v - most), 0)) + most;
  return out.map((v) => v - sum);
}

/** T²·KL(teacher ‖ student) of one row. */
function divergence(
  p: Float32Array,
  q: Float32Array,
  at: number,
  n: number,
  step: number,
  temperature: number,
): number {
  const known = logSoftmax(p, at, n, step, temperature);
  const log = logSoftmax(q, at, n, step, temperature);
  return temperature ** 2 * known.reduce((sum, l, k) => sum + Math.exp(l) * (l - log[k]), 0);
}

/** Held-out samples below which accuracy moves in steps too coarse to choose by. */
const FINE = 200;

/** Whether one score is better than another; a score that is no number is the worst. */
export function isBetter(a: Score, b: Score, by: DistillOptions['best'], samples: number): boolean {
  if (!Number.isFinite(a.loss)) return false;
  if (!Number.isFinite(b.loss)) return true;
  const accuracy = by === 'accuracy' || (by === 'auto' && samples >= FINE);
  return accuracy && a.score !== b.score ? a.score > b.score : a.loss < b.loss;
}
