import './picture.css';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useStudio } from '../state/store.ts';
import { LayerPicture } from './LayerPicture.tsx';
import { WholePicture } from './WholePicture.tsx';

/** The weights of the picked tensor, or of the whole model when none is picked, before and after. */
export function WeightsPicture() {
  const { t } = useTranslation();
  const layers = useStudio((s) => s.model?.layers);
  const selected = useStudio((s) => s.selected);
  const select = useStudio((s) => s.select);
  const sketched = useStudio((s) => s.sketched);
  const toSketch = useStudio((s) => s.toSketch);
  const layer = layers?.find((l) => l.id === selected);
  if (!layers) return null;
  return (
    <div className="picture">
      {layer && (
        <div className="picture-back">
          <Button kind="quiet" icon="layers" onPress={() => select(undefined)}>
            {t('picture.showWhole')}
          </Button>
        </div>
      )}
      {layer ? <LayerPicture layer={layer} /> : <WholePicture layers={layers} />}
      {sketched < toSketch && (
        <p className="ui-muted" role="status">
          {t('picture.reading', { done: sketched, total: toSketch })}
        </p>
      )}
    </div>
  );
}
