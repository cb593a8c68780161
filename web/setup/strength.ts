/** How good a password is, told kindly. The server has the last word; its rules are the same. */

export const leastLength = 10;

export type Strength = Readonly<{ /** 0 to 4. */ level: number; words: string }>;

const guessed = /password|passwort|letmein|welcome|qwert[yz]\w*|1234\d*|bellpull|admin/gi;

export function strength(password: string, names: readonly string[]): Strength {
  const length = [...password].length;
  if (length === 0) return { level: 0, words: `At least ${leastLength} characters. A few words that do not belong together are easy to keep in mind.` };
  if (length < leastLength) {
    const more = leastLength - length;
    return { level: 1, words: `${more} more character${more === 1 ? '' : 's'}. A sentence is fine.` };
  }
  let rest = password.replace(guessed, '').toLowerCase();
  for (const name of names) if ([...name].length > 2) rest = rest.replaceAll(name.toLowerCase(), '');
  const varied = new Set(rest).size;
  if (varied < 5) return { level: 1, words: 'Easy to guess: others would try this early. Add something that is only yours.' };
  if (rest.length < 12 || varied < 8) return { level: 2, words: 'This will do. Another word would make it strong.' };
  return rest.length < 18 ? { level: 3, words: 'Good.' } : { level: 4, words: 'Very good.' };
}
