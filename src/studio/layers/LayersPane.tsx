import './Layers.css';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { DataSection } from '../data/DataSection.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { ByteMap } from './ByteMap.tsx';
import { LayerTable } from './LayerTable.tsx';
import { ModelFacts } from './ModelFacts.tsx';
import { useLayerRows } from './useLayerRows.ts';

/** Where the bytes are, which tensor they are in, what the model is, and the data it is judged on. */
export function LayersPane() {
  const { t } = useTranslation();
  const rows = useLayerRows();
  const selected = useStudio((s) => s.selected);
  const select = useStudio((s) => s.select);
  return (
    <div className="layers">
      <ByteMap rows={rows} selected={selected} onSelect={select} />
      <LayerTable rows={rows} selected={selected} onSelect={select} />
      <div className="layers-foot">
        <Sketching />
        <Button kind="quiet" isDisabled={selected === undefined} onPress={() => select(undefined)}>
          {t('layers.whole')}
        </Button>
      </div>
      <div className="layers-lower">
        <ModelFacts />
        <DataSection />
      </div>
    </div>
  );
}

/** How many tensors have been read so far; the table fills in as they come. */
function Sketching() {
  const { t } = useTranslation();
  const format = useFormat();
  const reading = useStudio((s) => s.sketched < s.toSketch);
  const tensors = useStudio((s) => s.model?.layers.length ?? 0);
  return (
    <span className="ui-muted" role="status">
      {reading ? t('layers.sketching') : t('layers.tensors', { n: format.integer(tensors), count: tensors })}
    </span>
  );
}
