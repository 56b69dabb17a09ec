import { useTranslation } from 'react-i18next';
import type { Totals as Sizes } from '../../methods/prune-channels/plan.ts';
import { Button } from '../../ui/Button.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { latencyAt } from './latency.ts';
import type { Channels } from './useChannels.ts';

export interface TotalsProps {
  before: Sizes;
  after: Sizes;
  channels: Channels;
}

/** MACs, parameters, bytes and time, before and after, following every slider. */
export function Totals({ before, after, channels }: TotalsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { latencies, measuring, measure } = channels;
  const figure = (name: 'macs' | 'parameters' | 'bytes', written: (v: number) => string) => (
    <div key={name}>
      <dt className="ui-label">{t(`channels.${name}`)}</dt>
      <dd>
        {written(before[name])} → <strong>{written(after[name])}</strong>
      </dd>
      <dd className="ui-muted">{format.percent(before[name] ? after[name] / before[name] : 1)}</dd>
    </div>
  );
  const share = before.macs ? after.macs / before.macs : 1;
  return (
    <dl className="channels-totals">
      {figure('macs', format.count)}
      {figure('parameters', format.count)}
      {figure('bytes', format.bytes)}
      <div>
        <dt className="ui-label">{t('channels.latency')}</dt>
        {latencies ? (
          <>
            <dd>
              {format.duration(latencyAt(latencies, 1))} →{' '}
              <strong>{format.duration(latencyAt(latencies, share))}</strong>
            </dd>
            <dd className="ui-muted">{t('channels.latencyFrom', { n: latencies.length })}</dd>
          </>
        ) : (
          <dd>
            <Button isDisabled={measuring} onPress={measure}>
              {t(measuring ? 'channels.measuring' : 'channels.measure')}
            </Button>
          </dd>
        )}
      </div>
    </dl>
  );
}
