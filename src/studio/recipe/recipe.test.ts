import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PareError } from '../../base/errors.ts';
import { parseRecipe, parseStep, type Step } from '../../recipe/schema.ts';
import { i18n, setLanguage } from '../i18n/index.ts';
import { formatsFor } from '../i18n/useFormat.ts';
import { commandLine, shellWord } from './command.ts';
import { offered, pageOf } from './controls.ts';
import { groupNotes, namesOf, stepOf } from './notes.ts';
import { presets, withPreset } from './presets.ts';
import { recipeFromHash, recipeToHash } from './shareLink.ts';
import { keySteps } from './stepKeys.ts';

const recipeOf = (...steps: object[]) => parseRecipe({ pare: 1, seed: 0, steps });
const prune = (o: object = {}) => parseStep({ method: 'prune-weights', ...o });
const quantize = (o: object = {}) => parseStep({ method: 'quantize-weights', ...o });
const say = (step: Step, language = 'en') => pageOf(step.method)!.summary(step, i18n.t, formatsFor(language));

describe('summary', () => {
  it('reads as a sentence', () => {
    expect(say(prune({ sparsity: 0.6 }))).toBe('prune 60 %');
    expect(say(prune({ sparsity: 0.605, scope: 'layer' }))).toBe('prune 60.5 %, per layer');
    expect(say(prune({ threshold: 0.021 }))).toBe('prune |w| < 0.021');
    expect(say(prune({ pattern: '2:4' }))).toBe('prune 2:4');
    expect(say(prune({ sparsity: 0.5, layers: { a: { skip: true } } }))).toBe('prune 50 %, 1 layer apart');
    expect(say(quantize({ bits: 4 }))).toBe('4 bits, symmetric, per channel');
    expect(say(quantize({ bits: 1, scheme: 'codebook', granularity: 'tensor' }))).toBe(
      '1 bit, k-means codebook, per tensor',
    );
    expect(say(quantize({ bits: 4, granularity: 'block', blockSize: 64 }))).toBe('4 bits, symmetric, per 64');
    expect(say(quantize({ bits: 16 }))).toBe('float16');
    expect(say(parseStep({ method: 'quantize-blocks' }))).toBe('4 bits, asymmetric, per 128');
    expect(say(parseStep({ method: 'quantize-dynamic', perChannel: true }))).toBe('dynamic int8, per channel');
    expect(say(parseStep({ method: 'simplify' }))).toBe('simplify');
    const model = { name: 'Other.onnx', sha256: 'ab'.repeat(32) };
    expect(say(parseStep({ method: 'distill', student: 'model', model }))).toBe('Other.onnx, 10 epochs');
  });

  it('reads in Chinese', async () => {
    await setLanguageInTest('zh');
    expect(say(quantize({ bits: 4 }), 'zh')).toBe('4 位，对称，逐通道');
    expect(say(prune({ sparsity: 0.6 }), 'zh')).toBe('剪枝 60 %');
    await setLanguageInTest('en');
  });
});

/** `setLanguage` also marks the document, which Node lacks. */
async function setLanguageInTest(language: 'en' | 'zh') {
  const g = globalThis as { document?: unknown };
  const had = g.document;
  g.document ??= { documentElement: {} };
  await setLanguage(language);
  g.document = had;
}

describe('share link', () => {
  it('brings back every recipe', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          sparsity: fc.double({ min: 0, max: 1, noNaN: true }),
          bits: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 16),
          name: fc.string({ unit: 'binary', minLength: 1 }),
        }),
        ({ seed, sparsity, bits, name }) => {
          const layers = Object.fromEntries([[name, { skip: true }]]);
          const recipe = parseRecipe({ pare: 1, seed, steps: [prune({ sparsity, layers }), quantize({ bits })] });
          const hash = recipeToHash(recipe);
          expect(hash).toMatch(/^#recipe=[\w-]+$/);
          // A negative zero is a zero in JSON.
          expect(JSON.stringify(recipeFromHash(hash))).toBe(JSON.stringify(recipe));
        },
      ),
    );
  });

  it('is empty without steps, and nothing to read elsewhere', () => {
    expect(recipeToHash(recipeOf())).toBe('');
    expect(recipeFromHash('')).toBeUndefined();
    expect(recipeFromHash('#other=1')).toBeUndefined();
  });

  it('leaves defaults out', () => {
    expect(recipeToHash(recipeOf({ method: 'quantize-weights' })).length).toBeLessThan(90);
  });

  it('keeps a default that another option would change', () => {
    const recipe = recipeOf({ method: 'prune-weights', importance: 'wanda', scope: 'global' });
    expect(recipeFromHash(recipeToHash(recipe))).toEqual(recipe);
  });

  it('refuses what was cut short or is no recipe', () => {
    const hash = recipeToHash(recipeOf({ method: 'quantize-weights', bits: 3 }));
    for (const bad of [hash.slice(0, -9), '#recipe=%%%', '#recipe=e30'])
      expect(() => recipeFromHash(bad)).toThrow(PareError);
  });
});

describe('command line', () => {
  it('quotes what a shell would read otherwise', () => {
    expect(shellWord('model.onnx')).toBe('model.onnx');
    expect(shellWord("it's $HOME")).toBe("'it'\\''s $HOME'");
    const text = commandLine(
      recipeOf({ method: 'quantize-weights', bits: 4 }),
      '-my model.onnx',
      '-my model.pare.onnx',
    );
    expect(text).toContain(`"bits":4`);
    expect(text).toContain(`compress './-my model.onnx' --recipe './-my model.recipe.json' -o './-my model.pare.onnx'`);
  });
});

describe('command line with a student', () => {
  it('names each once', () => {
    const step = (name: string) => ({ method: 'distill', student: 'model', model: { name, sha256: 'ab'.repeat(32) } });
    const text = commandLine(recipeOf(step('a b.onnx'), step('a b.onnx'), step('c.onnx')), 'm.onnx', 'out.onnx', {
      external: true,
    });
    expect(text).toMatch(/ -o \.\/out\.onnx --external --student '\.\/a b\.onnx' --student \.\/c\.onnx$/);
  });
});

describe('command line with data', () => {
  const line = (paths: string[], preset?: string) =>
    commandLine(recipeOf({ method: 'quantize-static' }), 'm.onnx', 'out.onnx', { data: { paths, preset } });

  it('names its files, or the folder that they are in', () => {
    expect(line(['images.gz', 'labels.gz'])).toMatch(/ --data \.\/images\.gz,\.\/labels\.gz$/);
    expect(line(['my cats/a.png', 'my cats/b/c.png'], 'imagenet')).toMatch(/ --data '\.\/my cats' --preset imagenet$/);
    expect(line(['a/x.png', 'b/y.png'])).toMatch(/ --data \.\/a\/x\.png,\.\/b\/y\.png$/);
  });
});

describe('keySteps', () => {
  const a = prune({ sparsity: 0.1 });
  const b = quantize({ bits: 4 });
  const keys = (list: { key: string }[]) => list.map((k) => k.key);
  const first = keySteps([], [a, b]);

  it('keeps names through edits and moves', () => {
    expect(keys(keySteps(first, [b, a]))).toEqual([first[1].key, first[0].key]);
    expect(keys(keySteps(first, [prune({ sparsity: 0.9 }), b]))).toEqual(keys(first));
    expect(keys(keySteps(first, [b]))).toEqual([first[1].key]);
  });

  it('gives new steps new names, equal ones too', () => {
    const twice = keySteps([], [a, prune({ sparsity: 0.1 })]);
    expect(new Set(keys(twice)).size).toBe(2);
    expect(new Set(keys(keySteps(first, [a, b, quantize({ bits: 4 })]))).size).toBe(3);
  });
});

describe('notes', () => {
  it('are told together, by kind', () => {
    const notes = ['a', 'b'].map((tensor) => ({ step: 1, key: 'skipped-nan', values: { tensor } }));
    expect(groupNotes([...notes, { step: 0, key: 'x', values: {} }], 1)).toEqual([
      { key: 'skipped-nan', tensors: ['a', 'b'], values: {} },
    ]);
    expect(namesOf(['a', 'b', 'c', 'd'])).toBe('a, b, c, …');
  });

  it('stay apart where they say different things', () => {
    const notes = ['cast', 'pad'].map((rule) => ({ step: 0, key: 'simplified', values: { rule, count: 1 } }));
    expect(groupNotes(notes, 0).map((g) => g.values.rule)).toEqual(['cast', 'pad']);
  });

  it('finds the step an error is about', () => {
    expect(stepOf({ code: 'recipe/invalid', message: '', where: 'steps[12].bits' })).toBe(12);
    expect(stepOf({ code: 'internal', message: '' })).toBeUndefined();
  });
});

describe('presets', () => {
  it('are recipes that the engine takes', () => {
    for (const p of presets) expect(parseRecipe(withPreset(p)(recipeOf())).steps).toHaveLength(p.steps.length);
  });

  it('name only methods that are offered', () => {
    for (const s of presets.flatMap((p) => p.steps)) expect(offered()).toContain(s.method);
  });
});
