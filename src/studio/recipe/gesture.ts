let count = 0;

/**
 * The number of the movement of the hand that is under way: a drag, a held key, a typed number. Changes within one movement
 * are undone together.
 */
export const gesture = (): number => count;

// Only after the movement's last change, which some browsers send with the release itself.
const end = () => setTimeout(() => count++);
for (const type of ['pointerup', 'pointercancel', 'keyup', 'focusout'] as const) addEventListener(type, end, true);
