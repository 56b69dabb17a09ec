import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { JudgeReport } from '../../judge/types.ts';
import { sizesOf } from '../current.ts';
import { About } from '../explain/About.tsx';
import type { Topic } from '../explain/topics.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { measureRows } from './measures.ts';

/** Where each measure is explained. */
const topics: Partial<Record<string, Topic>> = {
  top1: 'accuracy',
  top5: 'accuracy',
  agreement: 'agreement',
  sqnr: 'sqnr',
  cosine: 'cosine',
  median: 'latency',
  bytes: 'fileSize',
  gzip: 'gzip',
};

/** The table of measures: original, compressed, change, and the interval that says how sure the change is. */
export function Measures({ report }: { report: JudgeReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sizes = useStudio(useShallow(sizesOf));
  const rows = measureRows(report, sizes, t, format);
  const { latency } = report;
  return (
    <div className="accuracy-measures">
      <h2>{t('accuracy.title')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or keys cannot scroll it */}
      <section className="accuracy-scroll" tabIndex={0} aria-label={t('accuracy.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('accuracy.rows.measure')}</th>
              <th scope="col" data-side="before">
                {t('accuracy.original')}
              </th>
              <th scope="col" data-side="after">
                {t('accuracy.compressed')}
              </th>
              <th scope="col">{t('accuracy.change')}</th>
              <th scope="col">
                <span className="accuracy-name">
                  {t('accuracy.interval')}
                  <About topic="interval" />
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <span className="accuracy-name">
                    {row.name}
                    {topics[row.id] && <About topic={topics[row.id]!} />}
                  </span>
                </th>
                <td>{row.original}</td>
                <td>{row.compressed}</td>
                <td>{row.change}</td>
                <td className="ui-muted">{row.interval}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {latency && (
        <p className="accuracy-note">
          {t(latency.backend === 'wasm' ? 'accuracy.latencyNote' : 'accuracy.latencyNoteGpu', {
            backend: t(`accuracy.backendNames.${latency.backend}`),
            threads: latency.threads,
            batch: latency.batch,
            runs: latency.runs,
          })}
        </p>
      )}
    </div>
  );
}
