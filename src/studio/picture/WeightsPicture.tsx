import './picture.css';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useStudio } from '../state/store.ts';
import { KindSwitch, useKinds } from './KindSwitch.tsx';
import { offered } from './kinds.ts';
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
  const kinds = useKinds(layer);
  if (!layers) return null;
  return (
    <div className="picture">
      {(layer || offered(kinds.kinds).length > 1) && (
        <div className="picture-top">
          {layer && (
            <Button kind="quiet" icon="layers" onPress={() => select(undefined)}>
              {t('picture.showWhole')}
            </Button>
          )}
          <KindSwitch {...kinds} />
        </div>
      )}
      {layer ? <LayerPicture layer={layer} {...kinds} /> : <WholePicture layers={layers} {...kinds} />}
      {sketched < toSketch && (
        <p className="ui-muted" role="status">
          {t('picture.reading', { done: sketched, total: toSketch })}
        </p>
      )}
    </div>
  );
}
