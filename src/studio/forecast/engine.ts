import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PlanEffect } from '../../methods/plan.ts';
import type { LayerFacts, LayerPlan } from '../../methods/types.ts';
import { isCompressible } from '../../onnx/weights.ts';
import type { Recipe } from '../../recipe/schema.ts';
import { fileBytes } from './bytes.ts';
import { countInto, hasFarTails, histogramEdges, INNER, massOfAll } from './edges.ts';
import { Effects, refresh } from './effects.ts';
import { plansOf } from './plans.ts';
import type { ForecastState, LayerForecast, WholeHistogram } from './types.ts';

/** What a forecast is of. Compared by identity. */
export interface Question {
  layers: readonly LayerFacts[];
  /** Default opset of the model. */
  opset: number;
  /** Bytes of the original. */
  bytes: number;
  recipe: Recipe;
  selected?: string;
  /** Draws the whole model's tails too, even where a few values stretch the range. */
  fullRange?: boolean;
}

/** Main-thread time that one frame may spend on errors and histograms; the plans and the bytes come before and are cheap. */
const SLICE_MS = 6;

interface Whole {
  edges: Float64Array;
  before: Float64Array;
  farTails: boolean;
}

/**
 * Answers questions over several frames: at once the plans and the bytes, then each layer's error, the picked one first. A new
 * question takes the place of the old one; what was evaluated stays until it is replaced, so that numbers never vanish while a
 * slider moves.
 */
export class Forecaster {
  readonly store: StoreApi<ForecastState> = createStore<ForecastState>(() => ({ plans: new Map() }));
  private readonly effects = new Effects();
  private facts: { of: readonly LayerFacts[]; opset: number; layers: readonly LayerFacts[] } | undefined;
  private whole: (Whole & { of: readonly LayerFacts[]; fullRange: boolean }) | undefined;
  private question: Question | undefined;
  private plans: readonly LayerPlan[] = [];
  private next = 0;

  /** @param now a clock in ms */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Takes a new question; `step` answers it. */
  ask(question: Question): void {
    this.question = question;
  }

  /** Work of one frame. @returns whether more is left */
  step(): boolean {
    const q = this.question;
    if (!q) return false;
    const start = this.now();
    const found = plansOf(this.layersOf(q), q.recipe);
    this.plans = found.plans;
    const edges = q.selected === undefined ? this.wholeOf(q).edges : undefined;
    const picked = this.plans.find((p) => p.facts.id === q.selected);
    if (picked && !this.effects.isCurrent(picked)) this.effects.evaluate(picked);
    const drawn = this.plans.filter((p) => isDrawn(p.facts));
    const left = refresh(this.effects, drawn, edges, this.next, () => this.now() - start > SLICE_MS);
    this.next = left ?? 0;
    const known = found.unknownFrom === undefined;
    this.store.setState(
      {
        plans: new Map(this.plans.map((p) => [p.facts.id, p])),
        ...(known && { forecast: this.forecastOf(q) }),
        ...(found.unknownFrom && { unknownFrom: found.unknownFrom }),
        ...(edges && { whole: this.sum(drawn, known) }),
      },
      true,
    );
    return left !== undefined;
  }

  private layersOf({ layers, opset }: Question): readonly LayerFacts[] {
    if (this.facts?.of !== layers || this.facts.opset !== opset) {
      this.facts = { of: layers, opset, layers: layers.map((l) => ({ ...l, opset })) };
    }
    return this.facts.layers;
  }

  private wholeOf(q: Question): Whole {
    const fullRange = q.fullRange ?? false;
    if (this.whole?.of !== q.layers || this.whole.fullRange !== fullRange) {
      const mass = massOfAll(q.layers.flatMap((l) => (isDrawn(l) ? [l.sketch!] : [])));
      const farTails = hasFarTails(mass);
      const edges = histogramEdges(mass, farTails && !fullRange ? INNER : 1);
      this.whole = { of: q.layers, fullRange, farTails, edges, before: countInto(edges, mass) };
    }
    return this.whole;
  }

  private forecastOf({ bytes, recipe }: Question): ForecastState['forecast'] {
    const layers = new Map<string, LayerForecast>();
    for (const plan of this.plans) {
      const { sqnr, zeros } = this.effects.latest(plan) ?? unchanged(plan);
      const shared = plan.lost?.shared && { shared: true };
      layers.set(plan.facts.id, { bytes: plan.bytes, encoding: plan.encoding, sqnr, zeros, ...shared });
    }
    return { total: { bytes: fileBytes(bytes, this.plans, recipe) }, layers };
  }

  private sum(drawn: readonly LayerPlan[], known: boolean): WholeHistogram {
    const { edges, before, farTails } = this.whole!;
    if (!known || drawn.some((p) => p.lost)) return { edges, before, farTails };
    const after = new Float64Array(before.length);
    for (const plan of drawn) {
      const counts = this.effects.latest(plan)?.after;
      if (counts?.length !== after.length) continue;
      for (let i = 0; i < after.length; i++) after[i] += counts[i];
    }
    return { edges, before, after, farTails };
  }
}

/** The picture of the whole model is of what compression is about; biases and norms stay as they are. */
const isDrawn = (facts: LayerFacts): boolean => facts.sketch !== undefined && isCompressible(facts);

const unchanged = (plan: LayerPlan): Pick<PlanEffect, 'sqnr' | 'zeros'> => ({
  sqnr: Number.POSITIVE_INFINITY,
  zeros: plan.facts.sketch?.zeros ?? 0,
});
