import { useTranslation } from 'react-i18next';
import { Segmented } from '../../ui/Segmented.tsx';
import { pictureView, usePictureView } from './view.ts';

/** Whether a few far values may squeeze all the others into some bars. */
export function RangeButton() {
  const { t } = useTranslation();
  const fullRange = usePictureView((v) => v.fullRange);
  return (
    <Segmented
      label={t('picture.view')}
      hideLabel
      value={fullRange ? 'full' : 'centre'}
      options={[
        { value: 'centre', label: t('picture.centre') },
        { value: 'full', label: t('picture.fullRange') },
      ]}
      onChange={(v) => pictureView.setState({ fullRange: v === 'full' })}
    />
  );
}
