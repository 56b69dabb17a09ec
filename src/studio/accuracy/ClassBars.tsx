import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import type { ClassChange } from './measures.ts';

const FIRST = 20;

/** Class by class, how much more or less often the answer is right: an average can hide a class that was lost. */
export function ClassBars({ changes }: { changes: readonly ClassChange[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [all, setAll] = useState(false);
  const most = changes.reduce((m, c) => Math.max(m, Math.abs(c.change)), 0.001);
  const shown = all ? changes : changes.slice(0, FIRST);
  return (
    <div className="accuracy-classes">
      <h2>{t('accuracy.perClass')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or keys cannot scroll it */}
      <section className="accuracy-scroll" tabIndex={0} aria-label={t('accuracy.perClass')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('accuracy.perClassColumns.class')}</th>
              <th scope="col">{t('accuracy.perClassColumns.samples')}</th>
              <th scope="col">{t('accuracy.perClassColumns.original')}</th>
              <th scope="col">{t('accuracy.perClassColumns.compressed')}</th>
              <th scope="col" colSpan={2}>
                {t('accuracy.perClassColumns.change')}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((c) => (
              <tr key={c.name}>
                <th scope="row">{c.name}</th>
                <td>{format.integer(c.total)}</td>
                <td>{format.fixed(c.before * 100, 1)}</td>
                <td>{format.fixed(c.after * 100, 1)}</td>
                <td>{format.points(c.change).replace(' pp', '')}</td>
                <td className="accuracy-bar-cell">
                  <span className="accuracy-bar" aria-hidden="true">
                    <i
                      data-sign={c.change < 0 ? 'less' : 'more'}
                      style={{
                        width: `${(Math.abs(c.change) / most) * 50}%`,
                        [c.change < 0 ? 'right' : 'left']: '50%',
                      }}
                    />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {changes.length > FIRST && !all && (
        <Button kind="quiet" onPress={() => setAll(true)}>
          {t('accuracy.allClasses', { n: changes.length })}
        </Button>
      )}
    </div>
  );
}
