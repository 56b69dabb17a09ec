import './recipe.css';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { ReorderList } from '../../ui/ReorderList.tsx';
import { useErrorText } from '../faults/FaultNotes.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { AddStep } from './AddStep.tsx';
import { pageOf } from './controls.ts';
import { stepOf } from './notes.ts';
import { presetName, presets, withPreset } from './presets.ts';
import { RecipeMenu } from './RecipeMenu.tsx';
import { StepCard } from './StepCard.tsx';
import { type Keyed, keySteps } from './stepKeys.ts';

/** How long "copied" is shown, in ms. */
const SAID_MS = 6000;

/** The recipe: its steps as cards, the menu of steps to add, and what can be done with all of it. */
export function RecipePane() {
  const { t } = useTranslation();
  const steps = useStudio((s) => s.recipe.steps);
  const moveStep = useStudio((s) => s.moveStep);
  const keyed = useRef<Keyed[]>([]);
  // Done while rendering, so that a new step never borrows the card of another; the same steps give the same names again.
  keyed.current = keySteps(keyed.current, steps);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const fold = (key: string, open: boolean) => {
    const next = new Set(folded);
    if (open) next.delete(key);
    else next.add(key);
    setFolded(next);
  };
  return (
    <section className="recipe" aria-label={t('recipe.title')}>
      <div className="recipe-head">
        <h2>{t('recipe.title')}</h2>
        <Sentence />
        <RecipeMenu onSaid={setSaid} />
      </div>
      <p className="recipe-said" role="status">
        {said}
      </p>
      <RecipeErrors />
      {steps.length > 0 ? (
        <ReorderList
          label={t('recipe.steps')}
          items={keyed.current}
          getKey={(k) => k.key}
          getName={(k) => t(`recipe.methods.${k.step.method}.name`)}
          onMove={moveStep}
        >
          {({ key, step }, handle, index) => (
            <StepCard
              id={key}
              step={step}
              index={index}
              handle={handle}
              open={!folded.has(key)}
              onToggle={(open) => fold(key, open)}
            />
          )}
        </ReorderList>
      ) : (
        <Presets />
      )}
      <AddStep />
    </section>
  );
}

/** The whole recipe in one line. */
function Sentence() {
  const { t } = useTranslation();
  const format = useFormat();
  const steps = useStudio((s) => s.recipe.steps);
  const parts = steps.map((s) => pageOf(s.method)?.summary(s, t, format) ?? t(`recipe.methods.${s.method}.name`));
  const text = parts.join(' · ') || t('recipe.summary.none');
  return (
    <span className="recipe-sentence" title={text}>
      {text}
    </span>
  );
}

/** Failures of the recipe that name no step: a file that is no recipe, a link cut short. */
function RecipeErrors() {
  const faults = useStudio((s) => s.faults);
  const count = useStudio((s) => s.recipe.steps.length);
  const dismiss = useStudio((s) => s.dismiss);
  const words = useErrorText();
  return faults
    .filter((f) => f.about === 'recipe' && (stepOf(f.error) ?? count) >= count)
    .map((f) => <ErrorNote key={f.about} {...words(f.error)} onDismiss={() => dismiss(f)} />);
}

/** What to begin with. */
function Presets() {
  const { t } = useTranslation();
  const editRecipe = useStudio((s) => s.editRecipe);
  return (
    <>
      <p className="ui-muted">{t('recipe.empty')}</p>
      <div className="recipe-presets">
        {presets.map((p) => (
          <button key={p.id} type="button" className="recipe-preset" onClick={() => editRecipe(withPreset(p))}>
            <span>{t(presetName(p))}</span>
            <span>{t(`recipe.preset.${p.id}.about`)}</span>
          </button>
        ))}
      </div>
    </>
  );
}
