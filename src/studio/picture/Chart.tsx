import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Topic } from '../../methods/controls.ts';
import { Button } from '../../ui/Button.tsx';
import { Histogram } from '../../ui/Histogram.tsx';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useView, view } from '../view.ts';
import type { Picture } from './pictureOf.ts';
import type { Cut } from './useCut.ts';
import { pictureView, usePictureView } from './view.ts';

export interface ChartProps {
  title: ReactNode;
  fileName: string;
  picture: Picture;
  cut?: Cut;
  /** What weights matter instead of their values, on a logarithmic axis: the axis's title. */
  scores?: string;
  topic?: Topic;
}

/** The histogram with its handle, its log scale, and what lies outside of it. */
export function Chart({ title, fileName, picture, cut, scores, topic = 'histogram' }: ChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const log = useView((v) => v.log);
  const fullRange = usePictureView((v) => v.fullRange);
  const { edges, before, after, levels, outside, farTails } = picture;
  return (
    <>
      <div className="picture-chart">
        <Histogram
          title={title}
          fileName={fileName}
          explain={<About topic={topic} />}
          edges={edges}
          before={before}
          after={after}
          levels={levels}
          xLabel={scores ?? t('picture.xAxis')}
          xLog={scores !== undefined}
          yLabel={t('picture.yAxis')}
          levelsLabel={t('picture.levelAxis')}
          cut={cut?.value}
          onCut={cut?.onChange}
          log={log}
          onLog={(next) => view.setState({ log: next })}
        />
      </div>
      {farTails && (
        <p className="picture-range ui-muted">
          <Button kind="quiet" onPress={() => pictureView.setState({ fullRange: !fullRange })}>
            {t(fullRange ? 'picture.centre' : 'picture.fullRange')}
          </Button>
          {outside > 0 && <span>{t('picture.outside', { count: outside, n: format.integer(outside) })}</span>}
        </p>
      )}
    </>
  );
}
