import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Layer } from '../../recipe/layers.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { useStudio } from '../state/store.ts';
import { type Kind, type Kinds, kindsOf, offered, shownOf } from './kinds.ts';
import { pictureView, usePictureView } from './view.ts';

export interface Shown {
  kinds: Kinds;
  shown: Kind;
}

/** What there is to show of a layer, or of the whole model, and which of it is shown. */
export function useKinds(layer: Layer | undefined): Shown {
  const steps = useStudio((s) => s.recipe.steps);
  const picked = usePictureView((v) => v.kind);
  return useMemo(() => {
    const kinds = kindsOf(steps, layer);
    return { kinds, shown: shownOf(kinds, picked) };
  }, [steps, layer, picked]);
}

/** Chooses among several; nothing where there is one only. */
export function KindSwitch({ kinds, shown }: Shown) {
  const { t } = useTranslation();
  const options = offered(kinds);
  if (options.length < 2) return null;
  return (
    <div className="picture-kinds">
      <Segmented
        label={t('picture.kinds.label')}
        hideLabel
        value={shown}
        options={options.map((value) => ({ value, label: t(`picture.kinds.${value}`) }))}
        onChange={(kind) => pictureView.setState({ kind })}
      />
    </div>
  );
}
