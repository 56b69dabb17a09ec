import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preview } from '../../../workers/contract.ts';
import { Button } from '../../ui/Button.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import type { StudioState } from '../state/types.ts';
import { SHOWN, usePreviews } from './usePreviews.ts';

/** A few samples as the model will see them, with the numbers of the tensor: the quickest check of a preprocessing. */
export function SampleGrid({ data }: { data: NonNullable<StudioState['data']> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [page, setPage] = useState(0);
  const previews = usePreviews(data, page);
  const range = previews?.length ? rangeOf(previews) : undefined;
  return (
    <div className="data-preview">
      <div className="data-preview-head">
        <h3 className="data-subtitle">{t('data.preview')}</h3>
        {data.count > SHOWN && (
          <Button kind="quiet" onPress={() => setPage(page + 1)}>
            {t('data.more')}
          </Button>
        )}
      </div>
      <ul className="data-grid">
        {previews
          ? previews.map((preview, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a place in the grid, painted over with the next sample
              <li key={index}>
                <Picture preview={preview} />
              </li>
            ))
          : // biome-ignore lint/suspicious/noArrayIndexKey: places, so that nothing moves when the pictures come
            Array.from({ length: Math.min(SHOWN, data.count) }, (_, i) => <li key={i} aria-hidden="true" />)}
      </ul>
      <p className="data-note" data-reserved>
        {range &&
          t('data.previewRange', {
            min: format.significant(range.min),
            max: format.significant(range.max),
            mean: format.significant(range.mean),
          })}
        {previews?.length === 0 && t('data.previewFailed')}
      </p>
    </div>
  );
}

/** Over the samples shown, which all have the same number of elements. */
function rangeOf(previews: readonly Preview[]): { min: number; max: number; mean: number } {
  return {
    min: Math.min(...previews.map((p) => p.min)),
    max: Math.max(...previews.map((p) => p.max)),
    mean: previews.reduce((sum, p) => sum + p.mean, 0) / previews.length,
  };
}

function Picture({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, rgba, label } = preview;
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [rgba, width, height]);
  const name = label === undefined ? '' : t('data.label', { label });
  return (
    <figure title={name || undefined}>
      <canvas ref={canvas} width={width} height={height} role="img" aria-label={name || t('data.preview')} />
      {label !== undefined && <figcaption>{label}</figcaption>}
    </figure>
  );
}
