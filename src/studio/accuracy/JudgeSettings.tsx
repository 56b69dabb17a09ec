import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { probeBackends, useStudio } from '../state/store.ts';
import type { Settings } from '../state/types.ts';

const backends: readonly Settings['backend'][] = ['auto', 'wasm', 'webgpu', 'both'];
const limits = [100, 500, 2000, 10000] as const;
const runs = [0, 20, 100] as const;

const gpuReason = (reason?: string) => (reason === 'no-api' || reason === 'no-adapter' ? reason : 'failed');

/** Where the models run, on how many samples, and whether they are timed. Applies from the next measurement on. */
export function JudgeSettings() {
  const { t } = useTranslation();
  return (
    <Disclosure title={t('accuracy.options')}>
      <Fields />
    </Disclosure>
  );
}

function Fields() {
  const { t } = useTranslation();
  const format = useFormat();
  const settings = useStudio((s) => s.settings);
  const setSettings = useStudio((s) => s.setSettings);
  const found = useStudio((s) => s.backends);
  const count = useStudio((s) => s.data?.count);
  useEffect(() => {
    // Asked once, when someone wants to choose; a failure says itself when something is run.
    if (!found) probeBackends().catch(() => {});
  }, [found]);
  const noGpu = found && !found.webgpu.available;
  return (
    <div className="accuracy-settings">
      <Segmented
        label={t('accuracy.backend')}
        explain={<About topic="backend" />}
        value={settings.backend}
        onChange={(backend) => setSettings({ backend })}
        options={backends.map((value) => ({
          value,
          label: t(`accuracy.backends.${value}`),
          note: t(`accuracy.backendNote.${value}`),
          disabled: noGpu && (value === 'webgpu' || value === 'both'),
        }))}
      />
      <p className="accuracy-note">{t(`accuracy.backendNote.${settings.backend}`)}</p>
      {noGpu && <p className="accuracy-note">{t(`accuracy.noGpu.${gpuReason(found.webgpu.reason)}`)}</p>}
      {found && !found.isolated && <p className="accuracy-note">{t('accuracy.oneThread')}</p>}
      <Segmented
        label={t('accuracy.limit')}
        value={String(settings.judgeLimit ?? 'all')}
        onChange={(value) => setSettings({ judgeLimit: value === 'all' ? null : Number(value) })}
        options={[
          ...limits
            .filter((n) => count === undefined || n < count || n === settings.judgeLimit)
            .map((n) => ({ value: String(n), label: format.integer(n) })),
          { value: 'all', label: t('accuracy.limits.all') },
        ]}
      />
      <Segmented
        label={t('accuracy.runs')}
        value={String(settings.latencyRuns)}
        onChange={(value) => setSettings({ latencyRuns: Number(value) })}
        options={runs.map((n) => ({ value: String(n), label: n === 0 ? t('accuracy.runsNone') : String(n) }))}
      />
    </div>
  );
}
