import type { CurvePoint } from '../../methods/types.ts';

/** A line through points of one series. */
export interface Curve {
  /** `student`, `teacher`, or the method's own name for what learns. */
  series: string;
  points: { x: number; y: number }[];
}

/** The curves of one step that learns. */
export interface StepCurves {
  step: number;
  /** Updates in all, and how far it came. */
  of: number;
  last: number;
  loss: Curve[];
  held: Curve[];
  /** The best held-out figure so far, and where it was reached. */
  best?: { at: number; held: number };
  /** The teacher's held-out figure. */
  teacher?: number;
}

/** Points as they arrived, sorted into curves: the steps in the recipe's order. */
export function curvesOf(points: readonly CurvePoint[]): StepCurves[] {
  const steps = new Map<number, StepCurves>();
  for (const p of points) {
    let step = steps.get(p.recipeStep);
    if (!step) {
      step = { step: p.recipeStep, of: 0, last: 0, loss: [], held: [] };
      steps.set(p.recipeStep, step);
    }
    step.of = Math.max(step.of, p.of);
    step.last = Math.max(step.last, p.at);
    if (p.loss !== undefined) put(step.loss, p.series, p.at, p.loss);
    if (p.held !== undefined) {
      put(step.held, p.series, p.at, p.held);
      if (p.series === 'student' && !(step.best && step.best.held >= p.held)) step.best = { at: p.at, held: p.held };
    }
    if (p.teacher !== undefined) step.teacher = p.teacher;
  }
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

function put(curves: Curve[], series: string, x: number, y: number): void {
  let curve = curves.find((c) => c.series === series);
  if (!curve) {
    curve = { series, points: [] };
    curves.push(curve);
  }
  curve.points.push({ x, y });
}
