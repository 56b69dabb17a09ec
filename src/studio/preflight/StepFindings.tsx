import './preflight.css';
import { useTranslation } from 'react-i18next';
import type { Finding } from '../../methods/ort/preflight.ts';
import type { Step } from '../../recipe/schema.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { reportIsCurrent, resultIsCurrent } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { edited } from './edit.ts';

const NONE: readonly Finding[] = [];
const ORDER = ['error', 'warning', 'info'] as const;

/** What is worth knowing of a step before it runs, the gravest first, each with the click that mends it. */
export function StepFindings({ step, index }: { step: Step; index: number }) {
  const { t } = useTranslation();
  const found = useStudio((s) => s.findings);
  const of = useStudio((s) => s.findingsOf);
  const measured = useStudio((s) => reportIsCurrent(s) && s.report?.latency !== undefined);
  const done = useStudio(resultIsCurrent);
  const failed = useStudio((s) => s.faults.some((f) => f.about === 'compress'));
  // While a slider moves the last findings stay, as long as they are of the same step.
  const here = of?.steps[index]?.method === step.method ? found.filter((f) => f.step === index) : NONE;
  const shown = here.filter(
    (f) =>
      // Measured is better than foretold; a failure says itself what lacks; a run leaves its own notes.
      !(measured && f.key.startsWith('speed-')) &&
      !(failed && (f.key === 'needs-data' || f.key === 'refused')) &&
      !(done && f.severity === 'info' && f.key in NOTED),
  );
  if (shown.length === 0) return null;
  return (
    <ul className="preflight" aria-label={t('preflight.title')}>
      {ORDER.flatMap((severity) => shown.filter((f) => f.severity === severity)).map((f) => (
        <Line key={`${f.key} ${JSON.stringify(f.values)}`} finding={f} />
      ))}
    </ul>
  );
}

/** Notes that a preflight gives as findings. */
const NOTED: Readonly<Record<string, true>> = {
  'unknown-layer': true,
  'opset-raised': true,
  'left-float-operator': true,
};

function Line({ finding }: { finding: Finding }) {
  const { t, i18n } = useTranslation();
  const editRecipe = useStudio((s) => s.editRecipe);
  const text = useFindingText();
  const { key, severity, fix } = finding;
  const label = i18n.exists(`preflight.fix.${key}`) ? t(`preflight.fix.${key as 'not-fused'}`) : undefined;
  return (
    <li data-severity={severity}>
      <Icon name={severity === 'info' ? 'info' : 'warning'} size={14} />
      <span>
        {text(finding)}
        {fix && label && (
          <>
            {' '}
            <Button kind="quiet" onPress={() => editRecipe((recipe) => edited(recipe, fix))}>
              {label}
            </Button>
          </>
        )}
      </span>
    </li>
  );
}

/** The words of a finding: its own, those of the note it is, or its key where there are none yet. */
function useFindingText(): (finding: Finding) => string {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return ({ key, values }) => {
    const count = typeof values.count === 'number' ? values.count : 1;
    const written = Object.fromEntries(
      Object.entries(values).map(([k, v]) => [k, typeof v === 'number' && k !== 'count' ? format.significant(v) : v]),
    );
    const backend = t(`preflight.backends.${(values.backend as 'wasm') ?? 'wasm'}`);
    const filled = { ...written, count, n: count, backend, tensors: values.tensor ?? '' };
    if (i18n.exists(`preflight.finding.${key}`, { count })) {
      return t(`preflight.finding.${key as 'stays-float'}`, filled as { count: number });
    }
    if (i18n.exists(`recipe.notes.${key}`, { count })) return t(`recipe.notes.${key as 'skipped-nan'}`, filled);
    return t('recipe.notes.other', { key, values: Object.values(values).join(', ') });
  };
}
