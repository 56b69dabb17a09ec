import { useTranslation } from 'react-i18next';
import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';
import type { ChannelGroup } from '../../methods/prune-channels/plan.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';
import { withKept } from './kept.ts';

export interface GroupPanelProps {
  /** Of the step in the recipe. */
  index: number;
  step: PruneChannelsOptions;
  group: ChannelGroup;
  kept: number;
}

/** More layers than this are not listed one by one. */
const LISTED = 200;

/** One group: how many channels it keeps, and every layer that is cut with it. */
export function GroupPanel({ index, step, group, kept }: GroupPanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const setStep = useStudio((s) => s.setStep);
  const byHand = Object.hasOwn(step.layers, group.id);
  const change = (keep: number | undefined) =>
    setStep(
      index,
      { layers: withKept(step.layers, group.id, keep) },
      keep === undefined ? undefined : `channels.${index}.${group.id}.${gesture()}`,
    );
  const rest = group.touches.length - LISTED;
  return (
    <section className="channels-group" aria-label={group.id}>
      <h2>
        <span className="ui-mono">{group.id}</span> {byHand && <Badge>{t('channels.byHand')}</Badge>}
      </h2>
      <div className="channels-keep">
        <Slider
          label={t(group.width > 1 ? 'channels.keepUnits' : 'channels.keep')}
          min={1}
          max={group.channels}
          step={1}
          value={kept}
          onChange={change}
          note={group.width > 1 ? t('channels.width', { width: format.integer(group.width) }) : undefined}
        />
        <Button kind="quiet" icon="undo" isDisabled={!byHand} onPress={() => change(undefined)}>
          {t('channels.reset')}
        </Button>
      </div>
      <ul className="channels-touched" aria-label={t('channels.touched')}>
        {group.touches.slice(0, LISTED).map(({ tensor, axis, part }) => (
          <li key={`${tensor}:${axis}`}>
            <span className="ui-mono">{tensor}</span>{' '}
            <span className="ui-muted">
              {t(`channels.part.${part}`)} · {t('channels.axis', { axis })}
            </span>
          </li>
        ))}
        {rest > 0 && <li className="ui-muted">{t('channels.more', { n: format.integer(rest) })}</li>}
      </ul>
    </section>
  );
}
