import { createStore, type StoreApi } from 'zustand/vanilla';
import { isChanged, type PlanEffect } from '../../methods/plan.ts';
import type { LayerFacts, LayerPlan } from '../../methods/types.ts';
import { isCompressible } from '../../onnx/weights.ts';
import type { Recipe } from '../../recipe/schema.ts';
import type { Scores } from '../importance/measured.ts';
import { fileBytes } from './bytes.ts';
import { countInto, hasFarTails, histogramEdges, INNER, massOfAll } from './edges.ts';
import { Effects, refresh } from './effects.ts';
import { plansOf } from './plans.ts';
import type { DrawnForecast, Forecast, ForecastState, LayerForecast, Plans, WholeHistogram } from './types.ts';

/** What a forecast is of. Its layers and its recipe are compared by identity. */
export interface Question {
  layers: readonly LayerFacts[];
  /** Default opset of the model. */
  opset: number;
  /** Bytes of the original. */
  bytes: number;
  recipe: Recipe;
  /** What weights matter to each step, where that has been measured. */
  scores?: readonly (Scores | undefined)[];
  selected?: string;
  /** Draws the whole model's tails too, even where a few values stretch the range. */
  fullRange?: boolean;
}

/** Main-thread time that one frame may spend on errors and histograms; the plans and the bytes come before and are cheap. */
const SLICE_MS = 4;

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
  /** The question that is answered but for what waits until the hand rests, and the plans that answer it. */
  private answered: { question: Question; plans: readonly LayerPlan[]; known: boolean } | undefined;
  private places: { of: readonly LayerFacts[]; at: ReadonlyMap<string, number> } | undefined;
  private settled: ForecastState['settled'];
  private next = 0;

  /** @param now a clock in ms */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Takes a question; `step` answers it. Asked again, it is the one that is being answered. */
  ask(question: Question): void {
    if (!this.question || !sameQuestion(this.question, question)) this.question = question;
  }

  /** Work of one frame. @returns whether more is left */
  step(): boolean {
    const q = this.question;
    if (!q) return false;
    if (this.answered?.question === q) {
      // Tables of ten thousand rows are made anew when the hand rests, not while it moves. Nothing else is drawn again.
      if (this.answered.known) this.settle(this.answered.plans);
      return false;
    }
    const start = this.now();
    const { plans, unknownFrom } = plansOf(this.layersOf(q), q.recipe, q.scores);
    const byId = this.byId(plans);
    const edges = q.selected === undefined ? this.wholeOf(q).edges : undefined;
    const picked = q.selected === undefined ? undefined : byId.get(q.selected);
    if (picked && !this.effects.isCurrent(picked)) this.effects.evaluate(picked);
    const drawn = plans.filter((p) => isDrawn(p.facts));
    const left = refresh(this.effects, drawn, edges, this.next, () => this.now() - start > SLICE_MS);
    this.next = left ?? 0;
    const known = unknownFrom === undefined;
    const forecast = known ? this.forecastOf(q, plans, drawn, byId) : undefined;
    if (!known) this.settled = undefined;
    this.answered = left === undefined ? { question: q, plans, known } : undefined;
    this.store.setState(
      {
        recipe: q.recipe,
        plans: byId,
        ...(forecast && { forecast }),
        ...(this.settled && { settled: this.settled }),
        ...(unknownFrom && { unknownFrom }),
        ...(edges && { whole: this.sum(drawn, known) }),
      },
      true,
    );
    return true;
  }

  private settle(plans: readonly LayerPlan[]): void {
    this.settled = new Map(plans.map((p) => [p.facts.id, this.layerOf(p)]));
    this.store.setState({ settled: this.settled });
  }

  /** The plans by id. Steps keep the order of the layers, so that one index serves every frame. */
  private byId(plans: readonly LayerPlan[]): Plans {
    const layers = this.facts!.layers;
    if (this.places?.of !== layers) this.places = { of: layers, at: new Map(layers.map((l, i) => [l.id, i])) };
    const { at } = this.places;
    return {
      get: (id) => {
        const i = at.get(id);
        return i === undefined ? undefined : plans[i];
      },
      values: () => plans,
    };
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

  private forecastOf(
    { bytes, recipe }: Question,
    plans: readonly LayerPlan[],
    drawn: readonly LayerPlan[],
    byId: Plans,
  ): Forecast {
    const of = (id: string) => {
      const plan = byId.get(id);
      return plan && this.layerOf(plan);
    };
    return { total: { bytes: fileBytes(bytes, plans, recipe) }, drawn: this.sums(drawn), of };
  }

  private layerOf(plan: LayerPlan): LayerForecast {
    const { sqnr, zeros } = this.effects.latest(plan) ?? unchanged(plan);
    const shared = plan.lost?.shared && { shared: true };
    return { bytes: plan.bytes, encoding: plan.encoding, sqnr, zeros, ...shared };
  }

  private sums(drawn: readonly LayerPlan[]): DrawnForecast {
    const sums = { changed: false, bytes: 0, count: 0, zeros: 0 };
    let signal = 0;
    let noise = 0;
    for (const plan of drawn) {
      const { count, zeros } = plan.facts.sketch!;
      const effect = this.effects.latest(plan);
      signal += effect?.signal ?? 0;
      noise += effect?.noise ?? 0;
      sums.zeros += effect?.zeros ?? zeros;
      sums.count += count;
      sums.bytes += plan.bytes;
      sums.changed ||= isChanged(plan) || plan.bytes !== plan.facts.bytes;
    }
    return { ...sums, sqnr: noise <= signal * EXACT ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise) };
  }

  private sum(drawn: readonly LayerPlan[], known: boolean): WholeHistogram {
    const { edges, before, farTails } = this.whole!;
    if (!known || drawn.some((p) => p.lost)) return { edges, before, farTails };
    return { edges, before, after: this.effects.after(drawn, edges), farTails };
  }
}

const sameQuestion = (a: Question, b: Question): boolean =>
  a.layers === b.layers &&
  a.recipe === b.recipe &&
  a.recipe.steps.every((_, i) => a.scores?.[i] === b.scores?.[i]) &&
  a.opset === b.opset &&
  a.bytes === b.bytes &&
  a.selected === b.selected &&
  a.fullRange === b.fullRange;

/** Noise below this share of the signal is rounding, as `evaluatePlan` has it. */
const EXACT = 1e-15;

/** The picture of the whole model is of what compression is about; biases and norms stay as they are. */
const isDrawn = (facts: LayerFacts): boolean => facts.sketch !== undefined && isCompressible(facts);

const unchanged = (plan: LayerPlan): Pick<PlanEffect, 'sqnr' | 'zeros'> => ({
  sqnr: Number.POSITIVE_INFINITY,
  zeros: plan.facts.sketch?.zeros ?? 0,
});
