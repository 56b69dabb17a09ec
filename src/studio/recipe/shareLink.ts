import { parseRecipe, parseStep, type Recipe, type Step } from '../../recipe/schema.ts';

/** The part of the address that holds the recipe: `#recipe=…`. */
const KEY = 'recipe=';
/** Longest recipe text an address is read for; browsers and chats cut longer ones. */
const MAX_TEXT = 64 * 1024;

/** A step without the options that are defaults anyway. */
function short(step: Step): Step {
  const defaults = parseStep({ method: step.method });
  const kept = Object.entries(step).filter(
    ([k, v]) => k === 'method' || JSON.stringify(v) !== JSON.stringify(defaults[k]),
  );
  const found = Object.fromEntries(kept) as Step;
  // Some defaults depend on other options: what would not come back as it was is said in full.
  const same = Object.entries(parseStep(found)).every(([k, v]) => JSON.stringify(v) === JSON.stringify(step[k]));
  return same ? found : step;
}

/** JSON as base64url of its UTF-8: letters, digits, `-` and `_` survive every chat and mail. */
function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** The fragment of an address that brings this recipe back; '' for one without steps. */
export function recipeToHash(recipe: Recipe): string {
  if (recipe.steps.length === 0) return '';
  const { seed, steps } = recipe;
  return `#${KEY}${toBase64Url(JSON.stringify({ pare: 1, ...(seed !== 0 && { seed }), steps: steps.map(short) }))}`;
}

/**
 * The recipe in a fragment; undefined when there is none.
 * @throws PareError `recipe/invalid` when there is one that cannot be read
 */
export function recipeFromHash(hash: string): Recipe | undefined {
  const part = hash
    .replace(/^#/, '')
    .split('&')
    .find((p) => p.startsWith(KEY));
  const text = part?.slice(KEY.length) ?? '';
  if (!text || text.length > MAX_TEXT) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(fromBase64Url(text));
  } catch {
    // An address cut short by a chat is no recipe: parsing what is left says so.
    json = text;
  }
  return parseRecipe(json);
}
