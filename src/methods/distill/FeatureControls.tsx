import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InnerValue } from '../../onnx/values.ts';
import { NumberField } from '../../ui/NumberField.tsx';
import { type PickItem, PickList } from '../../ui/PickList.tsx';
import type { ControlsProps } from '../controls.ts';
import type { DistillOptions } from './options.ts';

/** Values inside the model that are to be alike in teacher and student, found by name. */
export function Features({ step, onChange, context }: ControlsProps<DistillOptions>) {
  const { t } = useTranslation();
  const [values, setValues] = useState<readonly PickItem[]>();
  const fetchValues = () => {
    if (values) return;
    const taken = (found: readonly InnerValue[]) => setValues(found.map(({ name, op }) => ({ label: name, note: op })));
    // What failed is asked again when the field is next used.
    context.innerValues().then(taken, () => {});
  };
  return (
    <>
      <PickList
        label={t('controls.distill.features')}
        explain={context.explain('features')}
        findLabel={t('controls.distill.featuresFind')}
        none={t('controls.distill.featuresNone')}
        items={values}
        onOpen={fetchValues}
        chosen={step.features}
        onChange={(features) => onChange({ features })}
      />
      {step.features.length > 0 && (
        <NumberField
          label={t('controls.distill.featureWeight')}
          value={step.featureWeight}
          min={0}
          max={1000}
          step={0.1}
          onChange={(featureWeight) => onChange({ featureWeight }, 'featureWeight')}
        />
      )}
    </>
  );
}
