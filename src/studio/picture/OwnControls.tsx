import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Layer } from '../../recipe/layers.ts';
import type { Step } from '../../recipe/schema.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { About } from '../explain/About.tsx';
import { pageOf } from '../recipe/controls.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';

type Layers = Record<string, object>;

/** What each step of the recipe does to the picked layer, where it may differ from the others. */
export function OwnControls({ layer }: { layer: Layer }) {
  const { t } = useTranslation();
  const steps = useStudio((s) => s.recipe.steps);
  const setStep = useStudio((s) => s.setStep);
  if (!layer.compressible || steps.length === 0) return null;

  /** Options by name as well as by id are understood; they are written by id. */
  function change(step: Step, index: number, own: object | undefined, merge?: string): void {
    const { [layer.id]: _id, [layer.name]: _name, ...others } = (step.layers ?? {}) as Layers;
    const layers = own ? { ...others, [layer.id]: own } : others;
    setStep(index, { layers }, merge && `own.${index}.${merge}.${gesture()}`);
  }

  return steps.map((step, index) => {
    const { LayerControls } = pageOf(step.method) ?? {};
    if (!LayerControls) return null;
    const all = (step.layers ?? {}) as Layers;
    const name = t(`recipe.methods.${step.method}.name`);
    return (
      // Steps have no names of their own, and what is shown of one depends on its place alone.
      // biome-ignore lint/suspicious/noArrayIndexKey: see above
      <Disclosure key={index} title={`${t('picture.own.title')}: ${name}`}>
        <div className="picture-own">
          <Suspense>
            <LayerControls
              step={step}
              layer={layer}
              own={all[layer.id] ?? all[layer.name]}
              onChange={(own, merge) => change(step, index, own, merge)}
              explain={(topic) => <About topic={topic} />}
            />
          </Suspense>
        </div>
      </Disclosure>
    );
  });
}
