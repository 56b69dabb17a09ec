import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuantizeStaticOptions } from '../../methods/quantize-static/options.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Histogram } from '../../ui/Histogram.tsx';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';
import { useView, view } from '../view.ts';
import { bars, type Clip, type ClipRow, movedClip, sqnrAt, withClip } from './clips.ts';

export interface ActivationPictureProps {
  row: ClipRow;
  /** Of the step in the recipe. */
  index: number;
  step: QuantizeStaticOptions;
}

/** One activation's histogram with its clip, which is dragged or moved by keys, and the SQNR that follows. */
export function ActivationPicture({ row, index, step }: ActivationPictureProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const setStep = useStudio((s) => s.setStep);
  const log = useView((v) => v.log);
  const { facts, clip, byHand, sqnr } = row;
  const drawn = useMemo(() => bars(facts.histogram), [facts]);
  const change = (to: Clip | undefined) =>
    setStep(
      index,
      { tensorQuantOverrides: withClip(step.tensorQuantOverrides, facts.name, to) },
      to && `clip.${index}.${facts.name}.${gesture()}`,
    );
  return (
    <>
      <div className="activations-chart">
        <Histogram
          title={
            <>
              <span className="ui-mono">{facts.name}</span>{' '}
              <span className="ui-muted">
                {facts.op || t('activations.input')} · {facts.type}
              </span>{' '}
              {byHand && <Badge>{t('activations.byHand')}</Badge>}
            </>
          }
          fileName={`activation-${facts.name}`}
          explain={<About topic="calibration" />}
          edges={drawn.edges}
          before={drawn.counts}
          xLabel={t('activations.xAxis')}
          yLabel={t('activations.yAxis')}
          clip={facts.fixed ? undefined : clip}
          onClip={facts.fixed ? undefined : (to) => change(movedClip(clip, to, facts.symmetric))}
          log={log}
          onLog={(next) => view.setState({ log: next })}
        />
      </div>
      <div className="activations-below">
        <dl className="activations-numbers">
          <Figure label={t('activations.clip')} value={range(clip, format.significant)} />
          <Figure label={t('picture.stat.sqnr')} value={format.decibels(sqnr)} />
          <Figure
            label={t('activations.calibrated')}
            value={`${range(facts.range, format.significant)}, ${format.decibels(sqnrAt(facts, facts.range))}`}
          />
          <Figure label={t('activations.seen')} value={range([facts.min, facts.max], format.significant)} />
        </dl>
        <Button kind="quiet" icon="undo" isDisabled={!byHand} onPress={() => change(undefined)}>
          {t('activations.reset')}
        </Button>
      </div>
    </>
  );
}

const range = ([low, high]: Clip, written: (x: number) => string) => `${written(low)} … ${written(high)}`;

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt className="ui-label">{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
