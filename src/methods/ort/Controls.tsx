import { useTranslation } from 'react-i18next';
import { Switch } from '../../ui/Switch.tsx';
import type { LayerControlsProps } from '../controls.ts';

/** The one thing that the runtime's own quantizers let a layer have for itself: to be left as it is. */
export function LayerSkip({ own, onChange }: LayerControlsProps<unknown, { skip?: boolean }>) {
  const { t } = useTranslation();
  return (
    <Switch
      label={t('controls.own.skip')}
      checked={own?.skip ?? false}
      onChange={(skip) => onChange(skip ? { skip } : undefined)}
    />
  );
}
