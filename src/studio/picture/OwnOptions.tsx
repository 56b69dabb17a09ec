import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { isEligible, overrideOf } from '../../methods/layers.ts';
import type { Layer } from '../../recipe/layers.ts';
import type { Step } from '../../recipe/schema.ts';
import { About } from '../explain/About.tsx';
import { useStepLayer } from '../importance/useImportance.ts';
import { pageOf } from '../recipe/controls.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';

/** What the recipe's steps do with this layer alone. */
export function OwnOptions({ layer }: { layer: Layer }) {
  const { t } = useTranslation();
  const steps = useStudio((s) => s.recipe.steps);
  const eligible = isEligible(layer);
  const concerned = steps
    .map((step, index) => ({ step, index }))
    .filter(({ step }) => pageOf(step.method)?.LayerControls);
  if (!eligible || concerned.length === 0) {
    return steps.length > 0 && !eligible ? <p className="ui-muted">{t('picture.own.none')}</p> : null;
  }
  return (
    <section className="picture-own" aria-label={t('picture.own.title')}>
      <h2>{t('picture.own.title')}</h2>
      <Suspense>
        {concerned.map(({ step, index }) => (
          <StepOptions key={index} step={step} index={index} layer={layer} />
        ))}
      </Suspense>
    </section>
  );
}

function StepOptions({ step, index, layer }: { step: Step; index: number; layer: Layer }) {
  const { t } = useTranslation();
  const setStep = useStudio((s) => s.setStep);
  const seen = useStepLayer(index, layer);
  const LayerControls = pageOf(step.method)!.LayerControls!;
  const layers = (step.layers ?? {}) as Readonly<Record<string, object>>;
  const change = (own: object | undefined, merge?: string) => {
    const { [layer.id]: _, [layer.name]: __, ...others } = layers;
    const next = own ? { ...others, [layer.id]: own } : others;
    setStep(index, { layers: next }, merge && `own.${index}.${layer.id}.${merge}.${gesture()}`);
  };
  return (
    <fieldset className="picture-own-step">
      <legend className="ui-label">{t(`recipe.methods.${step.method}.name`)}</legend>
      <LayerControls
        step={step}
        layer={seen}
        own={overrideOf(layer, layers)}
        onChange={change}
        explain={(topic) => <About topic={topic} />}
      />
    </fieldset>
  );
}
